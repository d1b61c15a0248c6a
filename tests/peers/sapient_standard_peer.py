"""Holds what the station refuses against what the standard's own files demand: every mandatory field, id, choice and number."""

import math
import socket
import struct
import sys

from google.protobuf.descriptor import FieldDescriptor
from sapient_messages import needs_one, pb, rules
from sapient_peer import Node, Parent
from station import PATIENCE_S, ROOT, Station, nodes

sys.path.insert(0, str(ROOT / "tools"))
from sapient_golden import every_field

FROM_A_NODE = ("registration", "status_report", "detection_report", "alert", "task_ack")
FROM_A_PARENT = ("registration_ack", "task", "alert_ack")
NUMBERS = (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE)


def fields_of(message):
    """Fields of the standard's own messages; a moment has rules of another kind."""
    is_moment = message.DESCRIPTOR.full_name == "google.protobuf.Timestamp"
    return () if is_moment else message.DESCRIPTOR.fields


def parts(message, path=""):
    """Each message within one, by its path, the first of those that repeat."""
    yield path, message
    for field in fields_of(message):
        if field.message_type is None:
            continue
        if field.is_repeated:
            inner = list(getattr(message, field.name))[:1]
        else:
            inner = [getattr(message, field.name)] if message.HasField(field.name) else []
        step = f"{field.name}[0]" if field.is_repeated else field.name
        for part in inner:
            yield from parts(part, f"{path}.{step}" if path else step)


def at(message, path):
    for step in path.split(".") if path else ():
        name, _, index = step.partition("[")
        message = getattr(message, name)[0] if index else getattr(message, name)
    return message


def is_set(part, field):
    return part.HasField(field.name) if field.has_presence else bool(getattr(part, field.name))


def put(part, field, value):
    if field.is_repeated:
        getattr(part, field.name)[0] = value
    else:
        setattr(part, field.name, value)


def changes(part):
    """What the standard does not allow, each as (the field that a fault must name, what is done to the message)."""
    for group in part.DESCRIPTOR.oneofs:
        if needs_one(group) and part.WhichOneof(group.name):
            name = part.WhichOneof(group.name)
            yield {name, group.name.removesuffix("_oneof")}, lambda part, name=name: part.ClearField(name)
    for field in fields_of(part):
        if not is_set(part, field):
            continue
        rule = rules(field)
        if rule.is_mandatory:
            yield {field.name}, lambda part, field=field: part.ClearField(field.name)
        if rule.is_ulid or rule.is_uuid:
            yield {field.name}, lambda part, field=field: put(part, field, "x")
        if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
            yield {field.name}, lambda part, field=field: put(part, field, 99)
            if rule.is_mandatory:
                yield {field.name}, lambda part, field=field: put(part, field, 0)
        if field.cpp_type in NUMBERS:
            for number in (math.nan, math.inf, -math.inf):
                yield {field.name}, lambda part, field=field, number=number: put(part, field, number)


def faults(speaker, message):
    """What the station says is wrong, each beginning with a field's path; nothing where it takes the message."""
    speaker.send(message)
    # An envelope with nothing in it is refused whatever comes before it, and so tells where the answers end.
    end = pb.SapientMessage(node_id=speaker.node_id)
    speaker.send(end)
    lines = set()
    while True:
        (length,) = struct.unpack("<I", speaker.exactly(4))
        answer = pb.SapientMessage.FromString(speaker.exactly(length))
        # Whatever is taken is not answered, or by an answer of its own.
        if not answer.HasField("error"):
            continue
        if answer.error.packet == end.SerializeToString():
            return lines
        lines |= set(answer.error.error_message)


def sweep(speaker, contents):
    """Each change of each message, one at a time; gives back how many there were and what was not noticed."""
    tried, missed = set(), []
    for whole in every_field():
        content = whole.WhichOneof("content")
        if content not in contents:
            continue
        base = pb.SapientMessage.FromString(whole.SerializeToString())
        base.node_id = speaker.node_id
        base.timestamp.GetCurrentTime()
        if content == "status_report":
            # A goodbye would end the connection.
            base.status_report.system = pb.StatusReport.SYSTEM_OK
        known = faults(speaker, base)
        for path, part in parts(base):
            for number, (names, change) in enumerate(changes(part)):
                once = (content, path, number, tuple(sorted(names)))
                if once in tried:
                    continue
                tried.add(once)
                message = pb.SapientMessage.FromString(base.SerializeToString())
                change(at(message, path))
                told = {line.split(": ")[0] for line in faults(speaker, message) - known}
                inner = {f"{path}.{name}" if path else name for name in names}
                if not any(field == name or field.startswith(f"{name}[") for field in told for name in inner):
                    missed.append((content, sorted(inner), sorted(told)))
    return len(tried), missed


def main():
    sensor = nodes()[0][0]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        port = listener.getsockname()[1]
        with Station(f'[doors.sapient_parent]\nconnect = "127.0.0.1:{port}"\n') as station:
            node = Node(station, sensor[1])
            assert node.register(pb.Registration.NODE_TYPE_CAMERA).acceptance
            node.send(node.status())
            parent = Parent(listener)
            parent.read("registration")
            results = [sweep(node, FROM_A_NODE), sweep(parent, FROM_A_PARENT)]
    for _, missed in results:
        for content, names, told in missed:
            print(f"{content}: {' or '.join(names)} was not noticed, told {told}", file=sys.stderr)
    assert not any(missed for _, missed in results)
    assert all(count > 20 for count, _ in results), results
    print(f"sapient standard peer: all well ({sum(count for count, _ in results)} changes)")


if __name__ == "__main__":
    main()
