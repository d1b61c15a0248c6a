"""Real brokers for a test: mosquitto, with users and, by TLS, certificates, which can be stopped and started again; and amqtt."""

import pathlib
import socket
import subprocess
import sys
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

    def told(self):
        """What it wrote down so far."""
        return (self.home / "log").read_text()

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


class OldBroker:
    """amqtt, a broker in Python that knows MQTT 3.1.1 and no later version."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = pathlib.Path(self.folder.name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.config = self.home / "amqtt.yaml"
        plugin = "amqtt.plugins.authentication.AnonymousAuthPlugin"
        self.config.write_text(
            f"listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{self.port}\n"
            f"plugins:\n  {plugin}:\n    allow_anonymous: true\n"
        )

    def __enter__(self):
        self.log = open(self.home / "log", "w+")
        command = [pathlib.Path(sys.executable).with_name("amqtt"), "-c", str(self.config)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.1)
        self.log.seek(0)
        raise SystemExit(f"amqtt did not start: {self.log.read()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.log.close()
        self.folder.cleanup()
