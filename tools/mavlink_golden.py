#!/usr/bin/env python3
"""Writes golden MAVLink frames under crates/wire/testdata/mavlink with pymavlink.

    python3 -m venv venv && venv/bin/pip install pymavlink==2.4.50
    venv/bin/python tools/mavlink_golden.py

One frame of each message that crates/wire reads, in version 2; then a signed heartbeat; then one in version 1, of
another system. The tests of crates/wire must read the same values.
"""

import pathlib

from pymavlink.dialects.v10 import ardupilotmega as v1
from pymavlink.dialects.v20 import ardupilotmega as v2

FILE = pathlib.Path(__file__).resolve().parent.parent / "crates" / "wire" / "testdata" / "mavlink" / "flight.bin"
SECRET = bytes(range(32))


def main():
    link = v2.MAVLink(None, srcSystem=7, srcComponent=1)
    half = 0.7071067690849304
    messages = [
        v2.MAVLink_heartbeat_message(2, 3, 128, 0, 4, 3),
        v2.MAVLink_sys_status_message(1, 1, 1, 500, 11_850, 1_250, 76, 0, 0, 0, 0, 0, 0),
        v2.MAVLink_attitude_message(120_000, 0.1, -0.2, 1.5, 0.01, 0.02, 0.03),
        v2.MAVLink_global_position_int_message(120_500, 345_000_000, -410_000_000, 312_500, 100_250, 150, -200, 25, 9_050),
        v2.MAVLink_battery_status_message(0, 0, 3, 2_150, [3_950] * 3 + [65_535] * 7, 1_250, 800, -1, 76),
        v2.MAVLink_mount_orientation_message(121_000, 1.5, -45.0, 90.0),
        v2.MAVLink_wind_cov_message(1_795_740_000_250_000, 3.0, -4.0, 0.5, 0.1, 0.1, 120.0, 1.0, 1.0),
        v2.MAVLink_wind_message(270.0, 6.5, 0.5),
        v2.MAVLink_camera_fov_status_message(
            122_000, 345_000_000, -410_000_000, 312_500, 345_100_000, -409_900_000, 212_500, [half, 0, -half, 0], 62.5, 48.0
        ),
        v2.MAVLink_gimbal_device_attitude_status_message(0, 0, 123_000, 32, [half, 0, -half, 0], 0, 0, 0, 0),
        v2.MAVLink_param_value_message(b"SOME_NAME", 1.0, 9, 1, 0),
    ]
    frames = [message.pack(link) for message in messages]
    for number, message in enumerate(messages):
        link.seq = number
        frames[number] = message.pack(link)
    link.seq = len(messages)
    link.signing.secret_key = SECRET
    link.signing.link_id = 1
    link.signing.timestamp = 1
    link.signing.sign_outgoing = True
    frames.append(messages[0].pack(link))
    old = v1.MAVLink(None, srcSystem=9, srcComponent=1)
    frames.append(v1.MAVLink_heartbeat_message(1, 3, 128, 0, 4, 3).pack(old))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(b"".join(frames))


if __name__ == "__main__":
    main()
