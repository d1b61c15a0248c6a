"""A sensor, a mast and a patrol, of the published messages of the standard, at the station's SAPIENT door."""

import datetime
import pathlib
import socket
import ssl
import struct
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sapient_messages import ULID, pb
from station import PATIENCE_S, Station, nodes

STRANGER = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


class Node:
    def __init__(self, station, node_id):
        self.node_id = node_id
        self.socket = socket.create_connection(station.sapient, timeout=PATIENCE_S)

    def envelope(self):
        message = pb.SapientMessage(node_id=self.node_id)
        message.timestamp.GetCurrentTime()
        return message

    def send(self, message):
        payload = message.SerializeToString()
        self.socket.sendall(struct.pack("<I", len(payload)) + payload)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise AssertionError("the station closed the connection")
            data += chunk
        return data

    def read_message(self, content):
        (length,) = struct.unpack("<I", self.exactly(4))
        message = pb.SapientMessage.FromString(self.exactly(length))
        assert message.WhichOneof("content") == content, f"wanted {content}, got {message}"
        return message

    def read(self, content):
        return getattr(self.read_message(content), content)

    def registration(self, node_type, category="detection"):
        message = self.envelope()
        part = message.registration
        part.node_definition.add(node_type=node_type)
        part.icd_version = "BSI Flex 335 v2.0"
        part.name = "a peer"
        part.capabilities.add(category=category, type="any")
        interval = part.status_definition.status_interval
        interval.units, interval.value = pb.Registration.TIME_UNITS_SECONDS, 30
        mode = part.mode_definition.add(mode_name="watch", mode_type=pb.Registration.MODE_TYPE_PERMANENT)
        mode.settle_time.units, mode.settle_time.value = pb.Registration.TIME_UNITS_SECONDS, 1
        region = mode.task.region_definition
        region.region_type.append(pb.Registration.REGION_TYPE_AREA_OF_INTEREST)
        area = region.region_area.add()
        area.location_units = pb.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
        area.location_datum = pb.LOCATION_DATUM_WGS84_G
        part.config_data.add(manufacturer="a peer", model="one")
        return message

    def register(self, node_type, category="detection"):
        self.send(self.registration(node_type, category))
        return self.read("registration_ack")

    def status(self, system=None):
        message = self.envelope()
        part = message.status_report
        part.report_id, part.mode, part.info = ULID, "watch", pb.StatusReport.INFO_NEW
        part.system = pb.StatusReport.SYSTEM_OK if system is None else system
        return message

    def detection(self):
        message = self.envelope()
        part = message.detection_report
        part.report_id, part.object_id = ULID, ULID
        part.range_bearing.azimuth, part.range_bearing.elevation = 200.0, -3.0
        part.range_bearing.coordinate_system = pb.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
        part.range_bearing.datum = pb.RANGE_BEARING_DATUM_TRUE
        part.classification.add(type="Human", confidence=0.75)
        return message


def strangers_and_effectors_are_refused(station, sensor):
    ack = Node(station, STRANGER).register(pb.Registration.NODE_TYPE_RADAR)
    assert ack.HasField("acceptance") and not ack.acceptance and STRANGER in ack.ack_response_reason[0], ack
    ack = Node(station, sensor[1]).register(pb.Registration.NODE_TYPE_JAMMER)
    assert ack.HasField("acceptance") and not ack.acceptance and "jammer" in ack.ack_response_reason[0], ack


def a_sensor_reports_and_goes_on_after_bad_messages(station, sensor):
    name, node_id = sensor
    node = Node(station, node_id)
    assert node.register(pb.Registration.NODE_TYPE_CAMERA).acceptance
    node.send(node.status())
    node.send(node.detection())

    bad = node.detection()
    bad.detection_report.ClearField("report_id")
    node.send(bad)
    error = node.read("error")
    assert error.error_message[0].startswith("detection_report.report_id: "), error
    assert bad.SerializeToString().startswith(error.packet), "the offending packet comes back"
    node.socket.sendall(struct.pack("<I", 7) + b"\xff" * 7)
    assert node.read("error").error_message[0].startswith("message: ")
    node.socket.sendall(struct.pack("<I", 2 << 20) + bytes(2 << 20))
    assert node.read("error").error_message[0].startswith("frame: ")

    node.send(node.detection())
    find = lambda picture: [s for s in picture["sensors"] if s["id"] == name and s["detections"] == 2]
    (state,) = station.until("two detections", find)
    assert state["health"] == "working", state
    counters = station.picture()["counters"]
    assert counters["rejected"] >= 5, counters
    return node


def a_mast_reports_dust(station):
    mast = Node(station, "5f0c1f6e-31a1-4f0e-8a55-0d1f4f3b7a01")
    assert mast.register(pb.Registration.NODE_TYPE_OTHER, "weather").acceptance
    status = mast.status()
    place = status.status_report.node_location
    place.x, place.y = 1.52, 42.54
    place.coordinate_system = pb.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
    place.datum = pb.LOCATION_DATUM_WGS84_G
    stamp = time.strftime("%d%H%MZ", time.gmtime())
    status.status_report.status.add(
        status_type=pb.StatusReport.STATUS_TYPE_WEATHER,
        status_value=f"METAR LESU {stamp} 27018G32KT 0600 +DS VV/// 14/02 Q1013",
    )
    mast.send(status)
    (weather,) = station.until("the weather", lambda picture: picture["weather"])
    assert weather["dust"] and weather["visibility_m"] == 600, weather
    return mast


def a_unit_is_sent_and_answers(station, sensor_node, unit):
    name, node_id = unit
    patrol = Node(station, node_id)
    assert patrol.register(pb.Registration.NODE_TYPE_HUMAN).acceptance
    patrol.send(patrol.status())

    sensor_node.send(sensor_node.status(pb.StatusReport.SYSTEM_GOODBYE))
    alert = station.until(
        "the alert of a lost sensor",
        lambda picture: [a for a in picture["alerts"] if a["kind"] == "sensor-lost"],
    )[0]
    station.command("peer-1", command="acknowledge", alert=alert["id"], by="desk")
    station.command(
        "peer-2", command="dispatch", alert=alert["id"], unit=name, task="inspect", reason="a look at the mast", by="desk"
    )
    task = patrol.read("task")
    assert task.task_description == "inspect" and len(task.command.move_to.locations) == 1, task
    answer = patrol.envelope()
    answer.task_ack.task_id = task.task_id
    answer.task_ack.task_status = pb.TaskAck.TASK_STATUS_ACCEPTED
    patrol.send(answer)
    station.until("the acceptance", lambda picture: [t for t in picture["tasks"] if t["stage"] == "accepted"])


def a_node_s_alert_reaches_the_desk(station, node):
    message = node.envelope()
    message.alert.alert_id = ULID
    message.alert.alert_type = pb.Alert.ALERT_TYPE_WARNING
    message.alert.description = "door of the mast open"
    node.send(message)
    ack = node.read("alert_ack")
    assert ack.alert_ack_status == pb.AlertAck.ALERT_ACK_STATUS_ACCEPTED, ack
    told = [message["text"] for message in station.until("the message", lambda _: station.messages())]
    assert told == ["warning: door of the mast open"], told


def a_sensor_looks_where_the_desk_asks(station, name, node):
    lon, lat = next(s["at"] for s in station.picture()["sensors"] if s["id"] == name)
    station.command("look-1", command="look-at", sensor=name, at=[lon + 0.005, lat], reason="a light", by="desk")
    task = node.read("task")
    (place,) = task.command.look_at.location_list.locations
    assert abs(place.x - lon - 0.005) < 1e-9 and task.control == pb.Task.CONTROL_START, task
    answer = node.envelope()
    answer.task_ack.task_id, answer.task_ack.task_status = task.task_id, pb.TaskAck.TASK_STATUS_COMPLETED
    node.send(answer)
    stage = lambda picture: [s for s in picture["sensors"] if s["id"] == name and s["pointing"]["stage"] == "done"]
    station.until("the answer to look at", stage)


def a_node_that_was_cut_off_goes_on(station, name, node):
    node.socket.close()
    station.until("a lost node", lambda picture: [s for s in picture["sensors"] if s["id"] == name and s["health"] == "down"])
    again = Node(station, node.node_id)
    again.send(again.status())
    station.until("its return", lambda picture: [s for s in picture["sensors"] if s["id"] == name and s["health"] == "working"])
    return again


class Parent(Node):
    """A fusion node above the station: it listens, and the station comes."""

    def __init__(self, listener):
        self.node_id = STRANGER
        self.socket, _ = listener.accept()
        self.socket.settimeout(PATIENCE_S)


def a_parent_is_told_and_asks():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        port = listener.getsockname()[1]
        with Station(f'[doors.sapient_parent]\nconnect = "127.0.0.1:{port}"\n') as station:
            parent = Parent(listener)
            registration = parent.read("registration")
            assert registration.node_definition[0].node_type == pb.Registration.NODE_TYPE_FUSION_NODE, registration
            ack = parent.envelope()
            ack.registration_ack.acceptance = True
            parent.send(ack)
            status = parent.read("status_report")
            assert "sensors at work" in status.status[0].status_value, status
            order = parent.envelope()
            order.task.task_id, order.task.control = ULID, pb.Task.CONTROL_START
            order.task.task_name = "smoke in the valley"
            order.task.command.request = "Registration"
            parent.send(order)
            answer = None
            while answer is None:
                (length,) = struct.unpack("<I", parent.exactly(4))
                message = pb.SapientMessage.FromString(parent.exactly(length))
                answer = message.task_ack if message.HasField("task_ack") else None
            assert answer.task_status == pb.TaskAck.TASK_STATUS_ACCEPTED, answer
            told = [message["text"] for message in station.until("the message", lambda _: station.messages())]
            assert told == ["task request: smoke in the valley"], told
            parent.socket.close()


class SecuredParent(Parent):
    """The same by TLS, with its own authority: it wants to see a certificate."""

    def __init__(self, listener, context):
        super().__init__(listener)
        self.socket = context.wrap_socket(self.socket, server_side=True)


def authority(folder):
    """A parent's authority, made by `cryptography`: its certificate, and those of the parent and of the station."""
    now = datetime.datetime.now(datetime.timezone.utc)
    key = ec.generate_private_key(ec.SECP256R1())
    name = lambda text: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def certificate(subject, public, usage=None):
        made = x509.CertificateBuilder(name("parent's authority"), name(subject), public, x509.random_serial_number())
        made = made.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
        made = made.add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
        if usage:
            names = x509.SubjectAlternativeName([x509.DNSName(subject)])
            made = made.add_extension(names, critical=False).add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    (folder / "ca.pem").write_bytes(certificate("parent's authority", key.public_key()))
    for subject, usage in (("parent.test", ExtendedKeyUsageOID.SERVER_AUTH), ("station", ExtendedKeyUsageOID.CLIENT_AUTH)):
        own = ec.generate_private_key(ec.SECP256R1())
        (folder / f"{subject}.pem").write_bytes(certificate(subject, own.public_key(), usage))
        (folder / f"{subject}.key").write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def read_until(parent, kind, holds=lambda message: True):
    """The next message of a kind, whatever the station tells of itself between."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        (length,) = struct.unpack("<I", parent.exactly(4))
        message = pb.SapientMessage.FromString(parent.exactly(length))
        if message.HasField(kind) and holds(message):
            return message
    raise AssertionError(f"waited in vain for {kind}")


def a_parent_by_tls_speaks_to_sensors_through_the_station(sensor, unit):
    (name, node_id), (_, unit_id) = sensor, unit
    with socket.create_server(("127.0.0.1", 0)) as listener, tempfile.TemporaryDirectory() as place:
        listener.settimeout(PATIENCE_S)
        folder = pathlib.Path(place)
        authority(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(folder / "parent.test.pem", folder / "parent.test.key")
        files = "".join(
            f'{what} = "{folder / file}"\n'
            for what, file in (("ca", "ca.pem"), ("certificate", "station.pem"), ("key", "station.key"))
        )
        more = (
            f'[doors.sapient_parent]\nconnect = "127.0.0.1:{listener.getsockname()[1]}"\nhands_on = true\n'
            f'[doors.sapient_parent.tls]\nname = "parent.test"\n{files}'
        )
        with Station(more) as station:
            parent = SecuredParent(listener, context)
            shown = dict(part[0] for part in parent.socket.getpeercert()["subject"])
            assert shown["commonName"] == "station", shown
            parent.read("registration")
            ack = parent.envelope()
            ack.registration_ack.acceptance = True
            parent.send(ack)
            read_until(parent, "status_report")

            effector = Node(station, node_id)
            assert not effector.register(pb.Registration.NODE_TYPE_JAMMER).acceptance
            node = Node(station, node_id)
            assert node.register(pb.Registration.NODE_TYPE_CAMERA).acceptance
            node.send(node.status())
            station.until("a sensor at work", lambda p: [s for s in p["sensors"] if s["id"] == name and s["health"] == "working"])

            registers = node.registration(pb.Registration.NODE_TYPE_CAMERA)
            registers.destination_id = parent.node_id
            node.send(registers)
            assert node.read("registration_ack").acceptance, "the station's own answer"
            assert read_until(parent, "registration") == registers, "as it came"
            ack = parent.envelope()
            ack.destination_id, ack.registration_ack.acceptance = node_id, True
            parent.send(ack)
            assert node.read_message("registration_ack") == ack, "as it came"
            node.send(node.status())

            order = parent.envelope()
            order.destination_id = node_id
            order.task.task_id, order.task.control = ULID, pb.Task.CONTROL_START
            order.task.command.request = "Status"
            parent.send(order)
            asked = node.read_message("task")
            assert asked == order, "as it came"
            answer = node.envelope()
            answer.destination_id = parent.node_id
            answer.task_ack.task_id, answer.task_ack.task_status = ULID, pb.TaskAck.TASK_STATUS_COMPLETED
            node.send(answer)
            assert read_until(parent, "task_ack") == answer, "as it came"
            report = node.status()
            report.destination_id = parent.node_id
            node.send(report)
            passed = read_until(parent, "status_report", lambda message: message.node_id == node_id)
            assert passed == report

            impostor = node.status()
            impostor.node_id, impostor.destination_id = unit_id, parent.node_id
            node.send(impostor)
            assert node.read("error").error_message[0].startswith("node_id: ")
            order.destination_id, order.task.task_id = unit_id, ULID[:-1] + "B"
            parent.send(order)
            refused = read_until(parent, "task_ack", lambda message: message.task_ack.task_id == order.task.task_id)
            assert refused.task_ack.task_status == pb.TaskAck.TASK_STATUS_REJECTED, refused
            told = [message["text"] for message in station.until("the message", lambda _: station.messages())]
            assert told == [f"to {name}: task request"], told
            parent.socket.close()


def main():
    sensors, units = nodes()
    a_parent_is_told_and_asks()
    a_parent_by_tls_speaks_to_sensors_through_the_station(sensors[0], units[0])
    with Station() as station:
        strangers_and_effectors_are_refused(station, sensors[0])
        sensor_node = a_sensor_reports_and_goes_on_after_bad_messages(station, sensors[0])
        a_node_s_alert_reaches_the_desk(station, sensor_node)
        a_sensor_looks_where_the_desk_asks(station, sensors[0][0], sensor_node)
        sensor_node = a_node_that_was_cut_off_goes_on(station, sensors[0][0], sensor_node)
        mast = a_mast_reports_dust(station)
        a_unit_is_sent_and_answers(station, sensor_node, units[0])
        mast.socket.close()
    print("sapient peer: all well")


if __name__ == "__main__":
    main()
