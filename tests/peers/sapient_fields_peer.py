"""What a node says beyond its place and class, and what a parent asks beyond words: of the published messages, both ways."""

import socket
import time

from sapient_messages import ULID, pb
from sapient_peer import Node, Parent, STRANGER, read_until
from station import PATIENCE_S, Station, nodes

DEGREES = pb.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
SEA_LEVEL = pb.LOCATION_DATUM_WGS84_G
OTHER_OBJECT = "01BX5ZZKBKACTAV9WEVGEMMVRZ"


def ulid(number):
    """Another id with each number below 100."""
    return f"{ULID[:-2]}{number:02d}"


def put(location, lon, lat):
    location.x, location.y = lon, lat
    location.coordinate_system, location.datum = DEGREES, SEA_LEVEL


def cone(part, azimuth, width, distance):
    part.azimuth, part.horizontal_extent, part.range = azimuth, width, distance
    part.coordinate_system = pb.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
    part.datum = pb.RANGE_BEARING_DATUM_TRUE


class Teller(Node):
    """A node whose reports are never the same twice."""

    said = 0

    def fresh(self):
        self.said += 1
        return ulid(self.said)

    def status(self, system=None):
        message = super().status(system)
        message.status_report.report_id = self.fresh()
        return message

    def detection_at(self, lon, lat):
        message = self.envelope()
        part = message.detection_report
        part.report_id, part.object_id = self.fresh(), OTHER_OBJECT
        put(part.location, lon, lat)
        part.location.x_error = part.location.y_error = 0.0001
        part.classification.add(type="Human", confidence=0.9)
        part.behaviour.add(type="Walking", confidence=0.75)
        derived = part.derived_detection.add(node_id=STRANGER, object_id=ULID)
        derived.timestamp.GetCurrentTime()
        return message

    def registration(self, node_type, category="detection"):
        message = super().registration(node_type, category)
        message.registration.mode_definition[0].scan_type = pb.Registration.SCAN_TYPE_FIXED
        command = message.registration.mode_definition[0].task.command.add(units="id", type=pb.Registration.COMMAND_TYPE_FOLLOW)
        command.completion_time.units, command.completion_time.value = pb.Registration.TIME_UNITS_SECONDS, 60
        return message

    def acknowledge(self, task, status):
        answer = self.envelope()
        answer.task_ack.task_id, answer.task_ack.task_status = task.task_id, status
        self.send(answer)


def state_of(station, name):
    return next(sensor for sensor in station.picture()["sensors"] if sensor["id"] == name)


def until_sensor(station, what, name, holds):
    station.until(what, lambda picture: [s for s in picture["sensors"] if s["id"] == name and holds(s)])


def registered(station, node_id, node_type=pb.Registration.NODE_TYPE_RADAR):
    node = Teller(station, node_id)
    assert node.register(node_type).acceptance
    node.send(node.status())
    return node


def a_radar_says_where_it_looks(station, name, node):
    lon, lat = state_of(station, name)["at"]
    told = node.status()
    cone(told.status_report.field_of_view.range_bearing, 20.0, 90.0, 6_000.0)
    corners = ((lon - 0.02, lat), (lon + 0.04, lat), (lon + 0.04, lat + 0.04), (lon - 0.02, lat + 0.04))
    area = told.status_report.coverage.add()
    for x, y in corners:
        put(area.location_list.locations.add(), x, y)
    cone(told.status_report.obscuration.add().range_bearing, 40.0, 10.0, 6_000.0)
    node.send(told)
    until_sensor(station, "the view", name, lambda s: s["looks"]["seen"] and s["looks"]["hidden"])
    looks = state_of(station, name)["looks"]
    assert abs(looks["field"]["azimuth_deg"] - 20) < 0.5 and abs(looks["field"]["width_deg"] - 90) < 1, looks
    node.send(node.status())
    until_sensor(station, "the plain view", name, lambda s: not s["looks"]["seen"] and s["looks"]["field"] is None)


def a_node_whose_power_fails_is_impaired(station, name, node):
    for status, level, impaired in ((2, None, "power-fault"), (1, 3, "battery-empty"), (1, 90, None)):
        told = node.status()
        told.status_report.power.status, told.status_report.power.source = status, pb.StatusReport.POWERSOURCE_INTERNAL_BATTERY
        if level is not None:
            told.status_report.power.level = level
        node.send(told)
        health = "impaired" if impaired else "working"
        until_sensor(station, health, name, lambda s: s["health"] == health and s["impaired"] == impaired)
    told = node.status()
    told.status_report.status.add(
        status_level=pb.StatusReport.STATUS_LEVEL_ERROR_STATUS, status_type=pb.StatusReport.STATUS_TYPE_CLUTTER, status_value="rain"
    )
    node.send(told)
    until_sensor(station, "clutter", name, lambda s: s["health"] == "impaired" and s["impaired"] == "clutter")
    node.send(node.status())
    until_sensor(station, "no clutter", name, lambda s: s["health"] == "working")


def an_alert_at_a_bearing_has_a_place(station, name, node):
    lon, lat = state_of(station, name)["at"]
    message = node.envelope()
    message.alert.alert_id, message.alert.alert_type = ULID, pb.Alert.ALERT_TYPE_CRITICAL
    message.alert.priority, message.alert.description = pb.Alert.DISCRETE_PRIORITY_HIGH, "smoke"
    polar = message.alert.range_bearing
    polar.azimuth, polar.range = 0.0, 1_000.0
    polar.coordinate_system, polar.datum = pb.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M, pb.RANGE_BEARING_DATUM_TRUE
    node.send(message)
    assert node.read("alert_ack").alert_ack_status == pb.AlertAck.ALERT_ACK_STATUS_ACCEPTED
    (told,) = station.until("the alert", lambda _: station.messages())
    assert told["text"] == "critical, high priority: smoke", told
    assert abs(told["at"][0] - lon) < 1e-4 and abs(told["at"][1] - lat - 0.009) < 1e-4, told


def a_track_is_told_with_what_its_sensor_says(station, name, node):
    """Somebody stands near the radar until there is a track; gives back its number."""
    lon, lat = state_of(station, name)["at"]
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        node.send(node.detection_at(lon, lat + 0.006))
        node.send(node.status())
        tracks = [track for track in station.picture()["tracks"] if track["told"]]
        if tracks:
            break
        time.sleep(2.5)
    (track,) = tracks
    told = track["told"][0]
    assert (told["sensor"], told["object_id"]) == (name, OTHER_OBJECT), told
    assert told["behaviours"] == [{"behaviour": "walking", "confidence": 0.75}], told
    (origin,) = told["origins"]
    assert (origin["relation"], origin["node_id"], origin["object_id"]) == ("derived", STRANGER, ULID), origin
    return track["id"]


def a_radar_follows_and_a_drone_patrols(station, name, node, track, drone):
    station.command("follow-1", command="follow-track", sensor=name, track=track, reason="who is it", by="desk")
    task = node.read("task")
    assert task.command.follow.follow_object_id == OTHER_OBJECT, task
    node.acknowledge(task, pb.TaskAck.TASK_STATUS_ACCEPTED)
    until_sensor(station, "it follows", name, lambda s: s["pointing"]["stage"] == "accepted")
    node.acknowledge(task, pb.TaskAck.TASK_STATUS_FAILED)
    until_sensor(station, "it lost it", name, lambda s: s["pointing"]["stage"] == "declined")

    drone_name, drone_id = drone
    flies = registered(station, drone_id, pb.Registration.NODE_TYPE_MOBILE_NODE)
    until_sensor(station, "the drone", drone_name, lambda s: s["health"] == "working")
    lon, lat = state_of(station, drone_name)["at"]
    path = [[lon + 0.004, lat + 0.001], [lon + 0.006, lat + 0.002], [lon + 0.003, lat + 0.003]]
    station.command("patrol-1", command="patrol-along", sensor=drone_name, path=path, reason="the valley", by="desk")
    task = flies.read("task")
    flown = [[place.x, place.y] for place in task.command.patrol.locations]
    assert all(abs(a - b) < 1e-9 for got, sent in zip(flown, path) for a, b in zip(got, sent)) and len(flown) == 3, task
    flies.acknowledge(task, pb.TaskAck.TASK_STATUS_COMPLETED)
    until_sensor(station, "it has flown", drone_name, lambda s: s["pointing"]["stage"] == "done")
    flies.socket.close()


def admitted(listener):
    parent = Parent(listener)
    registration = parent.read("registration")
    mode = registration.mode_definition[0]
    asked = {command.type for command in mode.task.command}
    assert {pb.Registration.COMMAND_TYPE_PATROL, pb.Registration.COMMAND_TYPE_FOLLOW} <= asked, registration
    assert "walking" in [definition.type for definition in mode.detection_definition[0].behaviour_definition]
    ack = parent.envelope()
    ack.registration_ack.acceptance = True
    parent.send(ack)
    read_until(parent, "status_report")
    return parent


def ask(parent, number):
    order = parent.envelope()
    order.task.task_id, order.task.control = ulid(number), pb.Task.CONTROL_START
    return order


def acknowledged(parent, order, status):
    is_it = lambda message: message.task_ack.task_id == order.task.task_id and message.task_ack.task_status == status
    return read_until(parent, "task_ack", is_it).task_ack


def asked_of(station, number):
    """The desk's message of the task that was asked last, once it has one of this many."""
    told = station.until("the task", lambda _: [m for m in station.messages() if m["asked"]][number - 1 :])
    return told[0]


def a_parent_reads_what_a_track_was_made_of(parent, node_id):
    is_track = lambda message: message.detection_report.derived_detection
    report = read_until(parent, "detection_report", is_track).detection_report
    (derived,) = report.derived_detection
    assert (derived.node_id, derived.object_id) == (node_id, OTHER_OBJECT), report
    assert [(b.type, b.confidence) for b in report.behaviour] == [("walking", 0.75)], report
    return report.object_id


def a_parent_s_tasks_come_to_an_end(station, parent, name, node, object_id):
    lon, lat = state_of(station, name)["at"]
    patrol = ask(parent, 51)
    for step in range(3):
        put(patrol.task.command.patrol.locations.add(), lon + 0.001 * step, lat + 0.002)
    parent.send(patrol)
    acknowledged(parent, patrol, pb.TaskAck.TASK_STATUS_ACCEPTED)
    told = asked_of(station, 1)
    assert told["asked"]["kind"] == "patrol" and len(told["asked"]["places"]) == 3, told
    station.command("answer-1", command="answer-asked", message=told["id"], answer="done", reason="flown twice", by="desk")
    assert acknowledged(parent, patrol, pb.TaskAck.TASK_STATUS_COMPLETED).reason == ["flown twice"]

    follow = ask(parent, 52)
    follow.task.command.follow.follow_object_id = object_id
    parent.send(follow)
    acknowledged(parent, follow, pb.TaskAck.TASK_STATUS_ACCEPTED)
    told = asked_of(station, 2)
    assert told["asked"]["kind"] == "follow" and told["asked"]["track"], told
    station.command("follow-2", command="follow-track", sensor=name, track=told["asked"]["track"], reason="as asked", by="desk")
    task = node.read("task")
    station.command("answer-2", command="answer-asked", message=told["id"], answer="taken-on", sensor=name, reason="the radar", by="desk")
    assert acknowledged(parent, follow, pb.TaskAck.TASK_STATUS_ACCEPTED).reason == ["the radar"]
    node.acknowledge(task, pb.TaskAck.TASK_STATUS_FAILED)
    acknowledged(parent, follow, pb.TaskAck.TASK_STATUS_FAILED)

    nowhere = ask(parent, 53)
    put(nowhere.task.command.move_to.locations.add(), lon - 90, lat)
    parent.send(nowhere)
    reason = acknowledged(parent, nowhere, pb.TaskAck.TASK_STATUS_REJECTED).reason[0]
    assert reason.startswith("task.command.move_to.locations[0]"), reason


def a_parent_s_faulty_message_is_answered(parent):
    bad = ask(parent, 54)
    bad.task.ClearField("task_id")
    bad.task.ClearField("control")
    parent.send(bad)
    error = read_until(parent, "error").error
    assert [line.split(": ")[0] for line in error.error_message] == ["task.task_id", "task.control"], error
    assert bad.SerializeToString().startswith(error.packet)


def by_a_parent(radar):
    name, node_id = radar
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        port = listener.getsockname()[1]
        with Station(f'[doors.sapient_parent]\nconnect = "127.0.0.1:{port}"\n') as station:
            parent = admitted(listener)
            node = registered(station, node_id)
            until_sensor(station, "the radar", name, lambda s: s["health"] == "working")
            a_track_is_told_with_what_its_sensor_says(station, name, node)
            object_id = a_parent_reads_what_a_track_was_made_of(parent, node_id)
            a_parent_s_tasks_come_to_an_end(station, parent, name, node, object_id)
            a_parent_s_faulty_message_is_answered(parent)

            parent.socket.close()
            again = Parent(listener)
            status = again.read("status_report")
            assert "sensors at work" in status.status[0].status_value, status
            station.process.terminate()
            is_goodbye = lambda message: message.status_report.system == pb.StatusReport.SYSTEM_GOODBYE
            read_until(again, "status_report", is_goodbye)
            again.socket.close()


def main():
    sensors = dict(nodes()[0])
    radar, drone = ("post-3-radar", sensors["post-3-radar"]), ("drone-1", sensors["drone-1"])
    with Station() as station:
        name, node = radar[0], registered(station, radar[1])
        until_sensor(station, "the radar", name, lambda s: s["health"] == "working")
        a_radar_says_where_it_looks(station, name, node)
        a_node_whose_power_fails_is_impaired(station, name, node)
        an_alert_at_a_bearing_has_a_place(station, name, node)
        track = a_track_is_told_with_what_its_sensor_says(station, name, node)
        a_radar_follows_and_a_drone_patrols(station, name, node, track, drone)
    by_a_parent(radar)
    print("sapient fields peer: all well")


if __name__ == "__main__":
    main()
