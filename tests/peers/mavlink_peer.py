"""pymavlink as a drone: by datagrams at the station's door, and by TCP as the server that the station connects to."""

import json
import math
import os
import time
import urllib.request

os.environ["MAVLINK20"] = "1"

from pymavlink import mavutil
from pymavlink.dialects.v20 import common as mav

from station import PATIENCE_S, Station

DRONE = "drone-1"
LON, LAT = 1.41607, 42.48106
# Above sea; the ground there is below 2 000 m.
ALTITUDE_M = 2_600.0
# Straight down, the nose to the north.
DOWN = [math.sqrt(0.5), 0.0, -math.sqrt(0.5), 0.0]


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
        time.sleep(0.2)
    raise AssertionError(f"waited in vain for {what}")


def say(link, armed=True):
    """A second of a drone's life."""
    mode = mav.MAV_MODE_FLAG_SAFETY_ARMED if armed else 0
    state = mav.MAV_STATE_ACTIVE if armed else mav.MAV_STATE_STANDBY
    link.mav.heartbeat_send(mav.MAV_TYPE_QUADROTOR, mav.MAV_AUTOPILOT_PX4, mode, 0, state)
    link.mav.global_position_int_send(
        0, round(LAT * 1e7), round(LON * 1e7), round(ALTITUDE_M * 1e3), 400_000, 0, 0, 0, 0
    )
    link.mav.sys_status_send(0, 0, 0, 500, 15_200, 1_000, 14, 0, 0, 0, 0, 0, 0)
    flags = mav.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME
    link.mav.gimbal_device_attitude_status_send(0, 0, 0, flags, DOWN, 0, 0, 0, 0)
    link.mav.wind_cov_send(0, 0.0, 6.0, 0, 0, 0, 0, 0, 0)


def drone(station):
    return next((d for d in get(station, "/api/drones")["drones"] if d["sensor"] == DRONE and d["footprint"]), None)


def sensor(station):
    return next(s for s in station.picture()["sensors"] if s["id"] == DRONE)


def by_datagrams():
    with Station('[doors.mavlink]\nlisten = "127.0.0.1:0"\n[doors.mavlink.systems]\n1 = "drone-1"\n') as station:
        door = next(d for d in get(station, "/api/doors")["doors"] if d["name"] == "mavlink")
        link = mavutil.mavlink_connection(f"udpout:{door['address']}", source_system=1, source_component=1)
        stranger = mavutil.mavlink_connection(f"udpout:{door['address']}", source_system=9, source_component=1)
        # What one round says comes message by message.
        whole = lambda: next((d for d in [drone(station)] if d and d["wind_mps"] is not None), None)
        shown = until("the drone's picture", whole, lambda: say(link))
        assert shown["door"] == "mavlink" and shown["battery_percent"] == 14, shown
        assert shown["wind_mps"] == 6.0 and shown["wind_from_deg"] == 270.0, shown
        assert math.dist(shown["at"], [LON, LAT]) < 1e-5 and abs(shown["altitude_m"] - ALTITUDE_M) < 0.1, shown
        ring = shown["footprint"]
        assert ring[0] == ring[-1] and len(ring) == 65, ring
        assert all(abs(lon - LON) < 0.01 and abs(lat - LAT) < 0.01 for lon, lat in ring), ring
        told = lambda: next((w for w in station.picture()["weather"] if w["source"] == DRONE), None)
        wind = until("the drone's wind at the weather desk", told, lambda: say(link))
        assert wind["wind_mps"] == 6.0 and wind["visibility_m"] is None, wind
        assert math.dist(wind["at"], [LON, LAT]) < 1e-4 and abs(wind["height_m"] - ALTITUDE_M) < 1, wind
        working = lambda: sensor(station)["health"] == "working"
        until("a working drone", working, lambda: say(link))
        assert "battery below 20 %" in sensor(station)["note"], sensor(station)

        greeting = link.recv_match(type="HEARTBEAT", blocking=True, timeout=PATIENCE_S)
        assert greeting.type == mav.MAV_TYPE_GCS and greeting.get_srcSystem() == 255, greeting
        until("a grounded drone", lambda: "not armed" in sensor(station)["note"], lambda: say(link, armed=False))
        assert sensor(station)["health"] == "down"
        link.mav.wind_send(270.0, 200.0, 0.0)
        too_strong = lambda p: any("got 200.0" in r["reason"] for r in p["counters"]["rejections"])
        station.until("the refusal of a wind that cannot be", too_strong)
        say(stranger)
        refused = lambda p: any("9 is no drone" in r["reason"] for r in p["counters"]["rejections"])
        station.until("the stranger's refusal", refused)
        until("the drone's loss", lambda: not get(station, "/api/drones")["drones"])
        assert sensor(station)["note"] == "connection lost", sensor(station)
    return len(ring)


def by_tcp():
    server = mavutil.mavlink_connection("tcpin:127.0.0.1:0", source_system=1, source_component=1)
    port = server.listen.getsockname()[1]
    more = f'[doors.mavlink]\nconnect = ["127.0.0.1:{port}"]\n[doors.mavlink.systems]\n1 = "drone-1"\n'
    with Station(more) as station:
        # It accepts when it is read.
        act = lambda: (server.recv_match(blocking=False), server.port and say(server))
        until("the drone's picture by tcp", lambda: drone(station), act)
        door = lambda: next(d for d in get(station, "/api/doors")["doors"] if d["name"] == "mavlink-tcp")
        until("the station's greeting", lambda: door()["sent"] >= 1, act)
        assert door()["connected"] == 1 and door()["accepted"] >= 4, door()


if __name__ == "__main__":
    corners = by_datagrams()
    by_tcp()
    print(f"ok: a drone by datagrams and by tcp, its picture of {corners} places on the ground")
