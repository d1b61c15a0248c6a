#!/usr/bin/env python3
"""Writes the golden SAPIENT frames under crates/wire/testdata/sapient with Google's encoder and the published messages.

    tests/peers/python.sh tools/sapient_golden.py

The tests of crates/wire decode every frame and must write the same bytes again.
"""

import pathlib
import struct
import sys

from google.protobuf.descriptor import FieldDescriptor

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "peers"))
from sapient_messages import ULID, UUID, pb

TESTDATA = ROOT / "crates" / "wire" / "testdata"
SECONDS = 1_795_201_200  # 2026-11-20T19:00:00Z

# Fields whose text or number must be of a kind for the message to be valid.
TEXTS = {
    "node_id": UUID,
    "destination_id": UUID,
    "dependent_nodes": UUID,
    "icd_version": "BSI Flex 335 v2.0",
    "zone": "38N",
    "utm_zone": "38N",
    "id": "tail 12",
}
IDS = {"report_id", "object_id", "task_id", "alert_id", "region_id", "active_task_id", "follow_object_id"}
SMALL = {"confidence", "detection_confidence", "ranking", "level", "x", "y", "elevation", "azimuth"}


def scalar(field, count):
    """A value that is valid for the field and differs from its neighbours' where it may."""
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING and field.type == FieldDescriptor.TYPE_BYTES:
        return bytes([0, 255, count % 256])
    if kind == FieldDescriptor.CPPTYPE_STRING:
        if field.name in IDS:
            return ULID
        return TEXTS.get(field.name, f"{field.name} {count} é برج")
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        numbers = [value.number for value in field.enum_type.values if value.number]
        return numbers[count % len(numbers)]
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return True
    if kind in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return 0.25 if field.name in SMALL else 1.5 + count / 4
    return 1 + count % 90


def fill(message, pick, counter, nest=2):
    """Sets every field of a message; of a oneof's members, the one with number `pick`."""
    if message.DESCRIPTOR.full_name == "google.protobuf.Timestamp":
        message.seconds, message.nanos = SECONDS, 250_000_000
        return
    for field in message.DESCRIPTOR.fields:
        group = field.containing_oneof
        if group is not None and len(group.fields) > 1:
            # Units and datum of one family have the same place in their oneofs.
            if group.fields[pick % len(group.fields)].name != field.name:
                continue
        # Encoders may order fields as they like; ours writes a oneof at the place of its lowest
        # number, so this one field would stand on the other side of move_to, patrol and follow.
        if field.name == "command_parameter" and pick > 5:
            continue
        counter[0] += 1
        if field.message_type is None:
            value = scalar(field, counter[0])
            if field.is_repeated:
                getattr(message, field.name).extend([value, value])
            else:
                setattr(message, field.name, value)
            continue
        inner_nest = nest - 1 if field.message_type == message.DESCRIPTOR else nest
        if inner_nest == 0:
            continue
        # A node's own place is never a bearing from itself.
        inner_pick = 0 if field.name == "location_definition" else pick
        if field.is_repeated:
            fill(getattr(message, field.name).add(), inner_pick, counter, inner_nest)
            fill(getattr(message, field.name).add(), inner_pick, counter, inner_nest)
        else:
            part = getattr(message, field.name)
            part.SetInParent()
            fill(part, inner_pick, counter, inner_nest)


def envelope(content):
    message = pb.SapientMessage(node_id=UUID)
    message.timestamp.seconds, message.timestamp.nanos = SECONDS, 250_000_000
    getattr(message, content).SetInParent()
    return message


def every_field():
    """Messages that between them set every field and every member of every oneof."""
    members = pb.SapientMessage.DESCRIPTOR.oneofs_by_name["content"].fields
    seen = set()
    for pick in range(9):
        for member in members:
            message = envelope(member.name)
            message.destination_id = UUID
            message.additional_information = "all of it"
            fill(getattr(message, member.name), pick, [pick])
            # Counters make each pick's text differ, so sameness is judged on which fields are set.
            shape = shape_of(message)
            if shape not in seen:
                seen.add(shape)
                yield message


def shape_of(message):
    parts = []
    for field, value in message.ListFields():
        if field.message_type is None:
            parts.append(field.name)
        else:
            values = value if field.is_repeated else [value]
            parts.append((field.name, tuple(shape_of(inner) for inner in values)))
    return tuple(parts)


def plain():
    """Messages as sensors send them, with values that the tests name."""
    ack = envelope("registration_ack")
    ack.registration_ack.acceptance = False
    ack.registration_ack.ack_response_reason.append("node_id: unknown")
    yield "registration_refused", ack

    place = envelope("detection_report")
    report = place.detection_report
    report.report_id, report.object_id = ULID, ULID
    report.location.x, report.location.y, report.location.z = 41.03125, 34.40625, 0.0
    report.location.coordinate_system = pb.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
    report.location.datum = pb.LOCATION_DATUM_WGS84_G
    report.detection_confidence = 0.0
    report.classification.add(type="Human", confidence=0.75)
    yield "detection_at_a_place", place

    polar = envelope("detection_report")
    report = polar.detection_report
    report.report_id, report.object_id = ULID, ULID
    report.range_bearing.azimuth, report.range_bearing.elevation = 271.5, -1.25
    report.range_bearing.azimuth_error = 0.0625
    report.range_bearing.coordinate_system = pb.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
    report.range_bearing.datum = pb.RANGE_BEARING_DATUM_TRUE
    yield "detection_by_bearing", polar

    goodbye = envelope("status_report")
    status = goodbye.status_report
    status.report_id, status.mode = ULID, "watch"
    status.system, status.info = pb.StatusReport.SYSTEM_GOODBYE, pb.StatusReport.INFO_NEW
    yield "goodbye", goodbye


def frame(message):
    payload = message.SerializeToString(deterministic=True)
    return struct.pack("<I", len(payload)) + payload


def main():
    folder = TESTDATA / "sapient"
    folder.mkdir(exist_ok=True)
    for name, message in plain():
        (folder / f"{name}.frame").write_bytes(frame(message))
    frames = [frame(message) for message in every_field()]
    (folder / "every_field.frames").write_bytes(b"".join(frames))
    print(f"{len(frames)} messages, {sum(map(len, frames))} bytes in every_field.frames")


if __name__ == "__main__":
    main()
