"""A Watchline station for a test: started on free ports in a folder of its own, and stopped."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import tomllib
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SECTOR = ROOT / "sectors" / "andorra" / "sector.toml"
PATIENCE_S = 60
NODE_COT = "@tak-ps/node-cot@12.23.0"


class Station:
    def __init__(self, more="", sign_in="off"):
        """`more` goes on in the station's file."""
        self.more = more
        self.sign_in = sign_in

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.config = pathlib.Path(self.folder.name) / "station.toml"
        self.config.write_text(
            'sector = "andorra"\ndata = "data"\nlisten = "127.0.0.1:0"\nsapient_listen = "127.0.0.1:0"\ncot_listen = "127.0.0.1:0"\n[identity]\n'
            + f'sign_in = "{self.sign_in}"\nagency = "border-guard"\n'
            + self.more
        )
        command = [str(ROOT / os.environ["WATCHLINE_BIN"]), "serve", "--json", "--config", str(self.config)]
        self.log = open(pathlib.Path(self.folder.name) / "log", "w+")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        told = ""
        # One JSON object, over several lines.
        for line in self.process.stdout:
            told += line
            if line.rstrip() == "}" or (line.startswith("{") and line.rstrip().endswith("}")):
                break
        try:
            serving = json.loads(told)
        except ValueError:
            self.log.seek(0)
            raise SystemExit(f"the station did not start: {told}\n{self.log.read()}") from None
        self.serving = serving
        self.page = serving["page"].rstrip("/")
        self.sapient = self.address("sapient")
        self.cot = serving["cot"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.log.close()
        self.folder.cleanup()

    def address(self, door):
        """Host and port of an open door, by its name in what `serve` says."""
        host, port = self.serving[door].rsplit(":", 1)
        return host, int(port)

    def picture(self):
        with urllib.request.urlopen(self.page + "/api/picture", timeout=PATIENCE_S) as reply:
            return json.load(reply)

    def messages(self):
        with urllib.request.urlopen(self.page + "/api/messages", timeout=PATIENCE_S) as reply:
            return json.load(reply)["messages"]

    def command(self, key, **body):
        return self.post("/api/commands", key, body)

    def answer(self, key, **body):
        return self.post("/api/messages", key, body)

    def post(self, path, key, body):
        request = urllib.request.Request(
            self.page + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Idempotency-Key": key},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{path} {body}: {refused.code} {refused.read().decode()}") from refused

    def until(self, what, holds):
        """Waits until `holds(picture)` gives something; returns that."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            picture = self.picture()
            found = holds(picture)
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited in vain for {what}: {json.dumps(picture)[:2000]}")


def doors(station, *words):
    """What `watchline doors` answers."""
    command = [str(ROOT / os.environ["WATCHLINE_BIN"]), "--json", "doors", *words, "--config", str(station.config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def node_packages(*more):
    """The folder of the packages for Node.js: node-cot, and more of these exact versions."""
    npm = shutil.which("npm")
    assert npm, "npm is missing: apt-get install -y npm"
    folder = ROOT / "target" / "peers-node"
    named = lambda package: package.rsplit("@", 1)[0]
    missing = [p for p in (NODE_COT, *more) if not (folder / "node_modules" / named(p)).exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        # All at once: what is not named is thrown out.
        subprocess.run([npm, "install", "--silent", NODE_COT, *more], cwd=folder, check=True)
    return folder


def nodes():
    """(id, node id) of the sector's sensors and of its units."""
    sector = tomllib.loads(SECTOR.read_text())
    named = lambda kind: [(item["id"], item["node_id"]) for item in sector[kind]]
    return named("sensor"), named("unit")
