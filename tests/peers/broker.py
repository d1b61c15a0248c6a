"""A real mosquitto for a test: with users and, by TLS, certificates; it can be stopped and started again."""

import pathlib
import socket
import subprocess
import tempfile
import time

from station import PATIENCE_S

USER, PASSWORD = "watchline", "kestrel"


class Broker:
    def __init__(self, more=""):
        """`more` goes on in the broker's file, in which {home} is its folder."""
        self.folder = tempfile.TemporaryDirectory()
        self.home = pathlib.Path(self.folder.name)
        self.home.chmod(0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        passwords = self.home / "passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), USER, PASSWORD], check=True, capture_output=True)
        passwords.chmod(0o644)
        (self.home / "secret").write_text(PASSWORD + "\n")
        self.config = self.home / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous false",
            f"password_file {passwords}",
            "persistence true",
            f"persistence_location {self.home}/",
            "autosave_interval 1",
            "user root",
            more.format(home=self.home),
        ]
        self.config.write_text("\n".join(lines) + "\n")
        self.process = None

    def start(self):
        self.log = open(self.home / "log", "a+")
        self.process = subprocess.Popen(["mosquitto", "-c", str(self.config)], stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.05)
        self.log.seek(0)
        raise SystemExit(f"mosquitto did not start: {self.log.read()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.log.close()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process:
            self.stop()
        self.folder.cleanup()
