"""A radar in hand-written ASTERIX at the station's door, and asterix-decoder as the reader of the tracks that come out."""

import json
import math
import socket
import struct
import time
import urllib.request

import asterix

from station import PATIENCE_S, Station

SAC, SIC = 25, 201
RADAR = "post-3-radar"
TURN_S = 1.0
# Eight walkers around the radar, each going away from it.
AZIMUTHS_DEG = range(0, 360, 45)
NEAR_M, SPEED_MPS = 400.0, 2.0


def time_of_day():
    return int(time.time() % 86_400 * 128).to_bytes(3, "big")


def block(category, body):
    return bytes([category]) + struct.pack(">H", 3 + len(body)) + body


def north_mark():
    """FSPEC 010 000 030 041: a turn of TURN_S."""
    return block(34, bytes([0xE8, SAC, SIC, 1]) + time_of_day() + struct.pack(">H", int(TURN_S * 128)))


def plot(stamp, azimuth_deg, range_m, kind=0x20):
    """FSPEC 010 140 020 040, and 161 for the track number."""
    polar = struct.pack(">HH", round(range_m / 1_852 * 256), round(azimuth_deg / 360 * 65_536) % 65_536)
    number = struct.pack(">H", 1 + int(azimuth_deg // 45))
    return bytes([0xF1, 0x10, SAC, SIC]) + stamp + bytes([kind]) + polar + number


def turn(at_s):
    stamp = time_of_day()
    seen = b"".join(plot(stamp, azimuth, NEAR_M + SPEED_MPS * at_s) for azimuth in AZIMUTHS_DEG)
    return block(48, seen)


def doors(station, name):
    with urllib.request.urlopen(station.page + "/api/doors", timeout=PATIENCE_S) as reply:
        return next(door for door in json.load(reply)["doors"] if door["name"] == name)


def main():
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(PATIENCE_S)
    more = (
        '[doors.asterix]\nlisten = "127.0.0.1:0"\n'
        f'[doors.asterix.radars."{SAC}/{SIC}"]\nsensor = "{RADAR}"\n'
        f'[doors.asterix.out]\nto = ["127.0.0.1:{ear.getsockname()[1]}"]\nsac = {SAC}\nsic = 1\n'
    )
    with Station(more) as station:
        address = doors(station, "asterix")["address"].rsplit(":", 1)
        radar = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        radar.connect((address[0], int(address[1])))
        began = time.monotonic()
        deadline = began + 3 * PATIENCE_S
        tracks = []
        turns = 0
        # One turn may be enough for a track; its pace takes two.
        while (turns < 2 or not tracks) and time.monotonic() < deadline:
            turns += 1
            radar.send(north_mark())
            radar.send(turn(time.monotonic() - began))
            time.sleep(TURN_S)
            tracks = [track for track in station.picture()["tracks"] if RADAR in track["seen_by"]]
        assert tracks, (station.picture()["sensors"], doors(station, "asterix"))
        # Sensors are counted once a second, tracks are shown between.
        counted = lambda p: next((s for s in p["sensors"] if s["id"] == RADAR and s["detections"] >= 16), None)
        state = station.until("two turns", counted)
        assert state["health"] == "working", state

        # A test report and a stranger are told apart from what was seen.
        radar.send(block(48, plot(time_of_day(), 10, 500, kind=0x30)))
        radar.send(block(48, plot(time_of_day(), 10, 500).replace(bytes([SAC, SIC]), bytes([SAC, 9]), 1)))
        refused = lambda p: {r["reason"] for r in p["counters"]["rejections"] if r["door"] == "asterix"}
        heard = lambda p: any("25/9 is no radar" in reason for reason in refused(p)) and refused(p)
        words = station.until("the stranger's refusal", heard)
        assert any("simulated" in reason for reason in words), words

        read = {}
        while not read:
            for record in asterix.parse(ear.recv(65_507), verbose=False):
                assert record["category"] == 62 and record["I010"]["SIC"]["val"] == 1, record
                read[record["I040"]["TrkN"]["val"]] = record
        shown = {track["id"]: track for track in station.picture()["tracks"]}
        both = set(read) & set(shown)
        assert both, (sorted(read), sorted(shown))
        for number in both:
            record, (lon, lat) = read[number], shown[number]["at"]
            north_m = (record["I105"]["Lat"]["val"] - lat) * 111_200
            east_m = (record["I105"]["Lon"]["val"] - lon) * 111_200 * math.cos(math.radians(lat))
            assert math.hypot(north_m, east_m) < 100, (record["I105"], shown[number])
            assert record["I500"]["APC"]["APC_X"]["val"] > 0 and record["I290"]["TRK"]["TRK"]["val"] < 60, record

        # The radar falls silent: it is down, and its silence is not taken for an empty field.
        down = lambda p: next((s for s in p["sensors"] if s["id"] == RADAR and s["health"] == "down"), None)
        station.until("the radar's loss", down)
        print(f"ok: {state['detections']} plots in, {len(both)} tracks out and read by asterix-decoder")


main()
