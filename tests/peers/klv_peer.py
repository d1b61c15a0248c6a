"""A drone's video metadata made with klvdata, packed into a transport stream here and sent by UDP and TCP; where ffmpeg is, by it
as well, beside a video that it encodes."""

import json
import math
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from klvdata import misb0601 as m
from klvdata.common import packet_checksum

from station import PATIENCE_S, ROOT, Station

DRONE = "drone-1"
LON, LAT, ALTITUDE_M = 1.41607, 42.48106, 2_600.0
KEY = bytes.fromhex("060E2B34020B01010E01030101000000")
WIDTH, HEIGHT = 641, 481
PACKETS = 30
FFMPEG = shutil.which("ffmpeg") and shutil.which("ffprobe")


def ber(length):
    return bytes([length]) if length < 128 else bytes([0x82]) + struct.pack(">H", length)


def item(tag, value):
    return bytes([tag]) + ber(len(value)) + value


def targets(column, row):
    """ST 0903: the frame's size and one target by the number of its pixel."""
    pixel = row * WIDTH + column + 1
    target = bytes([7]) + item(1, pixel.to_bytes(3, "big")) + item(5, bytes([80]))
    return item(8, WIDTH.to_bytes(2, "big")) + item(9, HEIGHT.to_bytes(2, "big")) + item(101, ber(len(target)) + target)


def packet(azimuth_deg=90.0, elevation_deg=-60.0, vmti=b""):
    values = [
        (m.PlatformHeadingAngle, 0.0), (m.PlatformPitchAngle, 0.0), (m.PlatformRollAngle, 0.0),
        (m.SensorLatitude, LAT), (m.SensorLongitude, LON), (m.SensorTrueAltitude, ALTITUDE_M),
        (m.SensorHorizontalFieldOfView, 20.0), (m.SensorVerticalFieldOfView, 15.0),
        (m.SensorRelativeAzimuthAngle, azimuth_deg), (m.SensorRelativeElevationAngle, elevation_deg),
        (m.SensorRelativeRollAngle, 0.0),
    ]  # fmt: skip
    body = item(2, struct.pack(">Q", time.time_ns() // 1_000))
    body += b"".join(bytes(element(value)) for element, value in values)
    body += item(65, bytes([19])) + (item(74, vmti) if vmti else b"")
    whole = KEY + ber(len(body) + 4) + body + b"\x01\x02\0\0"
    return whole[:-2] + packet_checksum(whole)


def crc32(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


class Stream:
    """Packs KLV into a transport stream of one programme with one private stream."""

    TABLE, PROGRAMME, METADATA = 0, 0x100, 0x101

    def __init__(self):
        self.counters = {}

    def cut(self, pid, payload):
        out = b""
        start = 0x40
        while payload:
            now, payload = payload[:184], payload[184:]
            counter = self.counters.get(pid, 0)
            self.counters[pid] = (counter + 1) % 16
            fill = 184 - len(now)
            stuffing = b"" if not fill else bytes([fill - 1]) + (b"\0" + b"\xff" * (fill - 2) if fill > 1 else b"")
            head = bytes([0x47, start | pid >> 8, pid & 0xFF, (0x30 if fill else 0x10) | counter])
            out += head + stuffing + now
            start = 0
        return out

    def section(self, table, body):
        whole = bytes([table]) + struct.pack(">H", 0xB000 | len(body) + 9) + b"\0\1\xc1\0\0" + body
        return b"\0" + whole + struct.pack(">I", crc32(whole))

    def tables(self):
        programme = struct.pack(">HH", 1, 0xE000 | self.PROGRAMME)
        klva = b"\x05\x04KLVA"
        streams = struct.pack(">HHBHH", 0xE000 | self.METADATA, 0xF000, 0x06, 0xE000 | self.METADATA, 0xF000 | len(klva))
        return self.cut(self.TABLE, self.section(0, programme)) + self.cut(self.PROGRAMME, self.section(2, streams + klva))

    def metadata(self, klv):
        pes = b"\0\0\1\xbd" + struct.pack(">H", len(klv) + 3) + b"\x80\0\0" + klv
        return self.tables() + self.cut(self.METADATA, pes)


def get(station, path):
    with urllib.request.urlopen(station.page + path, timeout=PATIENCE_S) as reply:
        return json.load(reply)


def until(what, holds, act=lambda: None):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        act()
        found = holds()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"waited in vain for {what}")


def drone(station):
    return next((d for d in get(station, "/api/drones")["drones"] if d["sensor"] == DRONE and d["footprint"]), None)


def filmed(folder, name):
    """A transport stream in which ffmpeg has put packets of metadata beside a video of a test picture."""
    stream = Stream()
    metadata, file = Path(folder) / "metadata.ts", Path(folder) / name
    metadata.write_bytes(b"".join(stream.metadata(packet(azimuth_deg=270.0)) for _ in range(PACKETS)))
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=3", "-i", str(metadata)]
    command += ["-map", "0:v", "-map", "1:d", "-c:v", "mpeg2video", "-b:v", "400k", "-c:d", "copy", "-f", "mpegts", str(file)]
    subprocess.run(command, check=True, timeout=PATIENCE_S)
    probe = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_type,codec_name", "-of", "json", str(file)]
    told = json.loads(subprocess.run(probe, check=True, timeout=PATIENCE_S, capture_output=True).stdout)
    kinds = {(s["codec_type"], s.get("codec_name")) for s in told["streams"]}
    assert {("video", "mpeg2video"), ("data", "klv")} <= kinds, kinds
    return file


def by_ffmpeg(address):
    """Metadata and video, sent by ffmpeg in datagrams."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"udp://{address[0]}:{address[1]}?pkt_size=1316"
        command = ["ffmpeg", "-v", "error", "-re", "-i", str(filmed(folder, "flight.ts")), "-map", "0", "-c", "copy", "-f", "mpegts", url]
        subprocess.run(command, check=True, timeout=PATIENCE_S)


def beside_a_video(more):
    """What ffmpeg sends is taken; the video is passed over, and is not taken for damage."""
    with Station(more) as station:
        door = lambda: next(d for d in get(station, "/api/doors")["doors"] if d["name"] == "klv")
        host, port = door()["address"].rsplit(":", 1)
        by_ffmpeg((host, port))
        until("what ffmpeg sent", lambda: door()["accepted"] > 0)
        after = door()
        assert after["bytes"] > 20_000 and after["rejected"] == 0, after


def by_tcp():
    """The station connects to the drone's server itself."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(PATIENCE_S)
    more = f'[doors.klv.connect]\n"127.0.0.1:{server.getsockname()[1]}" = "drone-1"\n'
    with Station(more) as station:
        link, _ = server.accept()
        stream = Stream()
        until("the picture by tcp", lambda: drone(station), lambda: link.sendall(stream.metadata(packet())))
        link.close()
        lost = lambda: next(s for s in station.picture()["sensors"] if s["id"] == DRONE)["note"] == "connection lost"
        until("the loss of what hung up", lost)


def from_file():
    """Recorded flights, read without a station: one packed here, and one in which ffmpeg has put a video."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "flight.ts"
        stream = Stream()
        file.write_bytes(b"".join(stream.metadata(packet()) for _ in range(PACKETS)))
        for file in [file] + ([filmed(folder, "filmed.ts")] if FFMPEG else []):
            command = [str(ROOT / os.environ["WATCHLINE_BIN"]), "--json", "video", str(file), "--every", "0"]
            told = json.loads(subprocess.run(command, check=True, timeout=PATIENCE_S, capture_output=True).stdout)
            assert told["packets"] == told["taken"] == PACKETS and told["unreadable"] == 0, (file.name, told)
            for frame in told["frames"]:
                assert math.dist(frame["drone"], [LON, LAT]) < 1e-6 and abs(frame["altitude_m"] - ALTITUDE_M) < 0.5, frame


def main():
    more = '[doors.klv]\nlisten = "127.0.0.1:0"\n[doors.klv.assets]\n"127.0.0.1" = "drone-1"\n'
    with Station(more) as station:
        door = lambda: next(d for d in get(station, "/api/doors")["doors"] if d["name"] == "klv")
        host, port = door()["address"].rsplit(":", 1)
        link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        link.connect((host, int(port)))
        stream = Stream()

        def send(klv):
            data = stream.metadata(klv)
            for at in range(0, len(data), 1_316):
                link.send(data[at : at + 1_316])

        shown = until("the drone's picture", lambda: drone(station), lambda: send(packet()))
        assert shown["door"] == "klv" and math.dist(shown["at"], [LON, LAT]) < 1e-5, shown
        # It looks east and 60 degrees down.
        assert all(lon > LON for lon, _ in shown["footprint"]), shown["footprint"]
        sensor = lambda: next(s for s in station.picture()["sensors"] if s["id"] == DRONE)
        until("a working drone", lambda: sensor()["health"] == "working", lambda: send(packet()))

        target = lambda: send(packet(vmti=targets(WIDTH // 2, HEIGHT // 2)))
        until("detections", lambda: sensor()["detections"] >= 2, target)
        level = lambda: send(packet(elevation_deg=10.0, vmti=targets(WIDTH // 2, HEIGHT // 2)))
        told = lambda: [r for r in station.picture()["counters"]["rejections"] if r["door"] == "klv"]
        until("a refusal of a target in the sky", lambda: any("target 7 has no place" in r["reason"] for r in told()), level)
        link.send(b"\x47" + b"\xff" * 400)
        until("a refusal of damage", lambda: any("damaged" in r["reason"] for r in told()))

        until("the drone's loss", lambda: not get(station, "/api/drones")["drones"])
        found = sensor()["detections"]
    by_tcp()
    packed = "by us"
    if FFMPEG:
        beside_a_video(more)
        packed += " and by ffmpeg, beside a video"
    else:
        print("SKIPPED: ffmpeg is missing, so no stream with a video was sent: apt-get install -y ffmpeg", file=sys.stderr)
    from_file()
    print(f"ok: {found} targets of a drone's video on the ground, packed {packed}; by datagrams and by tcp")


if __name__ == "__main__":
    main()
