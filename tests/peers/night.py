"""A night under way: the demonstration, with everything in it that a map can be shown."""

import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.request

from station import PATIENCE_S, ROOT

COLLECTIONS = "line stretches sensors coverage tracks trails alerts units incidents evidence".split()


class Night:
    """The demonstration's night over Andorra, on free ports and in a folder of its own."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        command = [str(ROOT / os.environ["WATCHLINE_BIN"]), "demo", "--sector", "andorra", "--speed", "20"]
        command += ["--listen", "127.0.0.1:0", "--sapient-listen", "127.0.0.1:0", "--no-browser"]
        self.data = pathlib.Path(self.folder.name) / "data"
        self.process = subprocess.Popen(command + ["--data", str(self.data)], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "http://" in line:
                self.page = line[line.index("http://") :].split()[0].rstrip("/.,")
                break
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def get(self, path):
        with urllib.request.urlopen(self.page + path, timeout=PATIENCE_S) as reply:
            return json.load(reply)

    def all_of(self, collection):
        return self.get(f"/ogc/collections/{collection}/items?limit=10000")

    def tell_late(self):
        """A patrol brings word of what it saw three minutes ago: too late to move a track, so it is kept as evidence."""
        picture = self.get("/api/picture")
        unit = next(unit for unit in picture["units"] if unit["at"])
        at = datetime.datetime.fromisoformat(picture["now"].replace("Z", "+00:00")) - datetime.timedelta(minutes=3)
        lon, lat = unit["at"]
        row = f"id,time,lon_deg,lat_deg\nlate-1,{at:%Y-%m-%dT%H:%M:%SZ},{lon},{lat}\n"
        request = urllib.request.Request(
            f"{self.page}/api/ingest/detections?unit={unit['id']}", data=row.encode(), headers={"Content-Type": "text/csv"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
            assert json.load(reply)["accepted"] == 1

    def until_all_is_there(self):
        """Waits until every collection holds something."""
        self.until_there(set(COLLECTIONS) - {"evidence"})
        self.tell_late()
        self.until_there(COLLECTIONS)

    def until_there(self, names):
        deadline = time.monotonic() + 2 * PATIENCE_S
        while time.monotonic() < deadline:
            if all(self.all_of(name)["features"] for name in names):
                return
            time.sleep(0.5)
        empty = [name for name in names if not self.all_of(name)["features"]]
        raise AssertionError(f"nothing among the {empty} in time")

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
