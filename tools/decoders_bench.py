"""What decoders of PyPI take for the golden messages that `cargo bench -p wire --bench decode` decodes: run them one after the other."""

import io
import json
import pathlib
import sys
import time
import xml.etree.ElementTree as ElementTree

import asterix
import klvdata
import takproto
from pymavlink.dialects.v20 import common as mavlink

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "peers"))
from sapient_messages import pb

TESTDATA = ROOT / "crates" / "wire" / "testdata"
ROUNDS_S = 1.0


def measure(what, size, act):
    """Repeats an act for a second of processor time and prints what the Rust bench prints of the same bytes."""
    act()
    rounds, began = 0, time.thread_time_ns()
    while time.thread_time_ns() - began < ROUNDS_S * 1e9:
        for _ in range(50):
            act()
        rounds += 50
    each_ns = (time.thread_time_ns() - began) / rounds
    print(f"{what}: {1e9 / each_ns:.0f} a second ({each_ns:.0f} ns, {size} bytes)")


def flight(data):
    parser = mavlink.MAVLink(io.BytesIO())
    parser.robust_parsing = True
    return parser.parse_buffer(data)


def main():
    detection = (TESTDATA / "sapient" / "detection_at_a_place.frame").read_bytes()[4:]
    measure("sapient detection, decoded by Google's protobuf (not validated)", len(detection), lambda: pb.SapientMessage.FromString(detection))

    xml = (TESTDATA / "tak" / "patrol.xml").read_bytes()
    measure("cursor on target event in xml, parsed by Python's expat", len(xml), lambda: ElementTree.fromstring(xml))

    mesh = (TESTDATA / "tak" / "patrol.mesh").read_bytes()
    measure("cursor on target event in protobuf, parsed by takproto", len(mesh) - 3, lambda: takproto.parse_proto(mesh))

    lines = (TESTDATA / "asterix" / "cat048.jsonl").read_text().splitlines()
    plots = b"".join(bytes.fromhex(json.loads(line)["octets"]) for line in lines)
    measure("asterix 048, datagram of all items, asterix-decoder", len(plots), lambda: asterix.parse(plots))

    frames = (TESTDATA / "mavlink" / "flight.bin").read_bytes()
    measure("mavlink, a frame of every message, pymavlink", len(frames), lambda: flight(frames))

    picture = (TESTDATA / "klv" / "flight.klv").read_bytes()
    measure("st 0601 set of a picture, klvdata", len(picture), lambda: [packet.MetadataList() for packet in klvdata.StreamParser(picture)])


main()
