"""Cameras made of GStreamer's RTSP server: pulled, shown and recorded; ffprobe and ffmpeg read what the station gives out."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.request

from station import PATIENCE_S, ROOT, Station

HERE = pathlib.Path(__file__).resolve().parent
# The server needs GStreamer's bindings, which come from Debian: not the Python of these tests.
SYSTEM_PYTHON = "/usr/bin/python3"
CAMERAS = {"post-1-thermal": "h264", "post-2-thermal": "h265", "post-3-thermal": "jpeg", "post-4-thermal": "locked"}
CODECS = {"post-1-thermal": "h264", "post-2-thermal": "hevc", "post-3-thermal": "mjpeg", "post-4-thermal": "h264"}
USER, PASSWORD = "watch", "open sesame"


class Server:
    def __enter__(self):
        command = [SYSTEM_PYTHON, str(HERE / "rtsp_server.py")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().strip()
        if not port:
            raise SystemExit("the RTSP server did not start: apt-get install -y gir1.2-gst-rtsp-server-1.0 and GStreamer's plugins")
        self.base = f"rtsp://127.0.0.1:{port}"
        return self

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def get(station, path):
    with urllib.request.urlopen(station.page + path, timeout=PATIENCE_S) as reply:
        return json.load(reply)


def until(what, holds):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"waited in vain for {what}")


def watched(station, sensor, seconds):
    """What a live view gives out in some seconds, and of what type it is."""
    taken = b""
    with urllib.request.urlopen(f"{station.page}/api/cameras/{sensor}/live", timeout=PATIENCE_S) as reply:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            taken += reply.read1(1 << 16)
        return reply.headers["content-type"], taken


def frames(data):
    """Codec and number of pictures that ffmpeg decodes without a fault."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(data)
        file.flush()
        probe = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=codec_name,nb_read_frames,width", "-of", "json", file.name]
        told = subprocess.run(probe, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
        assert not told.stderr, told.stderr
        stream = json.loads(told.stdout)["streams"][0]
        assert stream["width"] == 320, stream
        return stream["codec_name"], int(stream["nb_read_frames"])


def main():
    secrets = tempfile.NamedTemporaryFile("w", suffix=".toml")
    secrets.write(f'user = "{USER}"\npassword = "{PASSWORD}"\n')
    secrets.flush()
    os.chmod(secrets.name, 0o600)
    with Server() as server:
        more = "[doors.rtsp]\nfile_s = 5\nstalled_after_s = 2\n"
        for sensor, path in CAMERAS.items():
            more += f'[doors.rtsp.cameras.{sensor}]\nurl = "{server.base}/{path}"\n'
            more += f'credentials = "{secrets.name}"\n' if path == "locked" else ""
        with Station(more) as station:
            check(server, station)


def check(server, station):
    camera = lambda sensor: next(c for c in get(station, "/api/cameras")["cameras"] if c["sensor"] == sensor)
    note = lambda sensor: next(s for s in station.picture()["sensors"] if s["id"] == sensor)["note"]
    for sensor in CAMERAS:
        until(f"pictures of {sensor}", lambda: camera(sensor)["frames"] > 20)
        until("a rate", lambda: 5 < camera(sensor)["frames_per_s"] < 20)

    kind, taken = watched(station, "post-1-thermal", 4)
    assert kind.startswith('video/mp4; codecs="avc1.'), kind
    codec, shown = frames(taken)
    assert codec == "h264" and shown >= 15, (codec, shown)
    kind, taken = watched(station, "post-3-thermal", 2)
    assert kind == "multipart/x-mixed-replace; boundary=picture", kind
    parts = [part for part in taken.split(b"--picture\r\n") if part][:-1]
    jpegs = [part.partition(b"\r\n\r\n")[2] for part in parts]
    assert len(jpegs) >= 5 and all(j.startswith(b"\xff\xd8") and j.endswith(b"\xff\xd9\r\n") for j in jpegs), len(jpegs)

    recorded = 0
    for sensor, codec in CODECS.items():
        recordings = lambda: get(station, f"/api/cameras/{sensor}/recordings")["recordings"]
        name = until(f"a recording of {sensor}", recordings)[0]["name"]
        with urllib.request.urlopen(f"{station.page}/api/cameras/{sensor}/recordings/{name}", timeout=PATIENCE_S) as reply:
            data = reply.read()
            assert reply.headers["Accept-Ranges"] == "bytes", reply.headers
        part = urllib.request.Request(reply.url, headers={"Range": "bytes=1000-2999", "If-Range": reply.headers["ETag"]})
        with urllib.request.urlopen(part, timeout=PATIENCE_S) as piece:
            assert piece.status == 206 and piece.headers["Content-Range"] == f"bytes 1000-2999/{len(data)}", piece.headers
            assert piece.read() == data[1000:3000]
        found, held = frames(data)
        assert found == codec and held >= 30, (sensor, found, held)
        recorded += held

    # A camera that ends is told lost with its sensor, and found again when it comes back.
    server.say("h264 gone")
    until("the loss", lambda: note("post-1-thermal").startswith("no pictures: "))
    told = next(check for check in get(station, "/api/health")["checks"] if check["name"] == "cameras")
    assert told["ok"] and told["attention"] and "post-1-thermal: no pictures" in told["detail"], told
    server.say("h264 back")
    until("its return", lambda: not note("post-1-thermal"))

    metrics = urllib.request.urlopen(station.page + "/metrics", timeout=PATIENCE_S).read().decode()
    assert 'watchline_camera_lost{sensor="post-1-thermal"} 0' in metrics, metrics
    station.log.flush()
    everything = pathlib.Path(station.folder.name)
    written = b"".join(path.read_bytes() for path in everything.rglob("*") if path.is_file() and path.suffix != ".mp4")
    assert PASSWORD.encode() not in written, "a password was written down"
    proven(station, everything / "data")
    print(f"ok: 4 cameras by gst-rtsp-server (H.264, H.265, JPEG, one by password), {shown} pictures live and {recorded} recorded, read by ffmpeg")


def proven(station, data):
    command = [str(ROOT / os.environ["WATCHLINE_BIN"]), "record", "footage", str(data), "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout)
    assert told["holds"] and told["intact"] >= 4 and not told["changed"], told
    file = next((data / "store" / "media").rglob("*.mp4"))
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    told = json.loads(run.stdout)
    assert run.returncode == 1 and [changed["file"] for changed in told["changed"]] == [f"{file.parent.name}/{file.name}"], told


if __name__ == "__main__":
    main()
