#!/usr/bin/env python3
"""Writes a golden KLV packet under crates/wire/testdata/klv with klvdata.

    python3 -m venv venv && venv/bin/pip install klvdata==0.0.3
    venv/bin/python tools/klv_golden.py

klvdata turns values of MISB ST 0601 into octets; the tests of crates/wire must read the same values from them.
"""

import pathlib
import struct
from datetime import datetime, timezone

from klvdata import misb0601 as m
from klvdata.common import packet_checksum

FILE = pathlib.Path(__file__).resolve().parent.parent / "crates" / "wire" / "testdata" / "klv" / "flight.klv"
KEY = bytes.fromhex("060E2B34020B01010E01030101000000")
VALUES = [
    (m.PlatformHeadingAngle, 159.9744),
    (m.PlatformPitchAngle, -0.431532),
    (m.PlatformRollAngle, 3.40581),
    (m.SensorLatitude, 60.176823),
    (m.SensorLongitude, 128.426759),
    (m.SensorTrueAltitude, 14190.7),
    (m.SensorHorizontalFieldOfView, 144.571),
    (m.SensorVerticalFieldOfView, 152.643),
    (m.SensorRelativeAzimuthAngle, 160.719211),
    (m.SensorRelativeElevationAngle, -168.792325),
    (m.SensorRelativeRollAngle, 176.865437),
    (m.SlantRange, 68590.983),
    (m.FrameCenterLatitude, -10.542388),
    (m.FrameCenterLongitude, 29.15789),
    (m.FrameCenterElevation, 3216.03),
]


def main():
    time = datetime(2026, 11, 27, 1, 0, 0, 250_000, tzinfo=timezone.utc)
    body = b"\x02\x08" + struct.pack(">Q", round(time.timestamp() * 1e6))
    body += b"\x03\x09MISSION01"
    for element, value in VALUES:
        body += bytes(element(value))
    body += b"\x41\x01\x11"
    packet = KEY + bytes([0x81, len(body) + 4]) + body + b"\x01\x02\0\0"
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(packet[:-2] + packet_checksum(packet))


if __name__ == "__main__":
    main()
