"""paho-mqtt at a real mosquitto: ground sensors, weather and a recorder's events reach the picture, each message once; in MQTT 5,
and in 3.1.1 with a broker that knows no other."""

import json
import math
import time
import urllib.request

import paho.mqtt.client as mqtt

from broker import PASSWORD, USER, Broker, OldBroker
from certificates import Authority
from station import PATIENCE_S, Station

CAMERA, GROUND = "post-3-thermal", "ground-2"
FACING_DEG = 200.0
TOPICS = """
[doors.weather.stations]
LESU = [1.409, 42.339]
mast = [1.53, 42.44]
[doors.mqtt]
broker = "127.0.0.1:{port}"
username = "watchline"
password_file = "{home}/secret"
{tls}
[[doors.mqtt.topics]]
kind = "ground-sensor"
topic = "field/ground-2/alarm"
sensor = "ground-2"
mapping = "{home}/ground.toml"
[[doors.mqtt.topics]]
kind = "weather"
topic = "airport/+"
[[doors.mqtt.topics]]
kind = "weather"
topic = "field/mast"
station = "mast"
mapping = "{home}/mast.toml"
[[doors.mqtt.topics]]
kind = "frigate"
snapshots = "http://127.0.0.1:5000/"
[doors.mqtt.topics.cameras.gate]
sensor = "post-3-thermal"
pixels_across = 1280
facing_deg = 200.0
view_deg = 20.0
"""
GROUND_MAPPING = """
[fields]
active = { pointer = "/alarm", kind = "flag" }
time = { pointer = "/ms", kind = "unix_time", scale = 0.001 }
class = { pointer = "/by", kind = "text", words = { P = "person", V = "vehicle" }, optional = true }
"""
MAST_MAPPING = """
[fields]
visibility_m = { pointer = "/vis_km", scale = 1000 }
wind_mps = { pointer = "/wind" }
dust = { pointer = "/dust", kind = "flag", optional = true }
"""


def doors(station):
    with urllib.request.urlopen(station.page + "/api/doors", timeout=PATIENCE_S) as reply:
        return next(door for door in json.load(reply)["doors"] if door["name"] == "mqtt")


def until(what, holds):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {what}")


def client(broker, ca=None):
    made = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="peer", protocol=mqtt.MQTTv5)
    made.username_pw_set(USER, PASSWORD)
    if ca:
        made.tls_set(ca_certs=str(ca.ca), certfile=str(ca.peer[0]), keyfile=str(ca.peer[1]))
    made.connect("127.0.0.1", broker.port)
    made.loop_start()
    return made


def say(peer, topic, payload, retain=False):
    payload = payload if isinstance(payload, (bytes, str)) else json.dumps(payload)
    peer.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)


def event(kind, number, across, **more):
    now = time.time()
    state = {
        "id": f"{number}-abc", "camera": "gate", "label": "person", "start_time": now - 1, "frame_time": now,
        "end_time": None, "score": 0.8, "top_score": 0.9, "box": [across - 10, 300, across + 10, 360],
        "false_positive": False, "stationary": False, "has_snapshot": True, "current_zones": [],
    }
    return {"type": kind, "before": state, "after": {**state, **more}}


def report():
    return time.strftime("METAR LESU %d%H%MZ 24010MPS 0800 DS VV002", time.gmtime())


def sensor(picture, name):
    return next(sensor for sensor in picture["sensors"] if sensor["id"] == name)


def config(broker, tls=""):
    (broker.home / "ground.toml").write_text(GROUND_MAPPING)
    (broker.home / "mast.toml").write_text(MAST_MAPPING)
    return TOPICS.format(port=broker.port, home=broker.home, tls=tls)


def all_kinds(station, peer):
    """Each kind of topic is seen in the picture."""
    alarm = lambda by: {"alarm": True, "ms": time.time() * 1e3, "by": by}
    for _ in range(3):
        say(peer, "field/ground-2/alarm", alarm("P"))
        time.sleep(0.2)
    station.until("the ground sensor", lambda p: sensor(p, GROUND)["detections"] >= 3)

    say(peer, "airport/lesu", report())
    say(peer, "field/mast", {"vis_km": 4.5, "wind": 7, "dust": True})
    told = lambda p: len(p["weather"]) >= 2 and {w["source"]: w for w in p["weather"]}
    weather = station.until("two stations' weather", told)
    assert weather["LESU"]["visibility_m"] == 800 and weather["mast"]["visibility_m"] == 4500, weather

    say(peer, "frigate/stats", {"cameras": {"gate": {"camera_fps": 5.0, "process_fps": 5.0}}})
    station.until("the camera", lambda p: sensor(p, CAMERA)["health"] == "working")
    seen = lambda p: any(CAMERA in d["seen_by"] for d in p["directions"] + p["tracks"])
    deadline = time.monotonic() + PATIENCE_S
    number = 0
    while not seen(station.picture()) and time.monotonic() < deadline:
        number += 1
        say(peer, "frigate/events", event("new" if number == 1 else "update", 17, 640))
        time.sleep(1)
    picture = station.picture()
    assert seen(picture), (picture["directions"], doors(station))
    for track in [t["id"] for t in picture["tracks"] if CAMERA in t["seen_by"]]:
        with urllib.request.urlopen(f"{station.page}/api/tracks/{track}/lineage", timeout=PATIENCE_S) as reply:
            (snapshot,) = json.load(reply)["snapshots"]
        assert snapshot["href"] == "http://127.0.0.1:5000/api/events/17-abc/snapshot.jpg", snapshot
    before = sensor(picture, CAMERA)["detections"]
    for more in [{"stationary": True}, {"false_positive": True}]:
        say(peer, "frigate/events", event("update", 17, 640, **more))
    until("what says nothing", lambda: doors(station)["ignored"] >= 2)
    assert sensor(station.picture(), CAMERA)["detections"] == before
    # One that comes late moves no track, and is kept with its picture.
    say(peer, "frigate/events", event("end", 18, 640, frame_time=time.time() - 900, start_time=time.time() - 950))

    def late():
        with urllib.request.urlopen(station.page + "/api/evidence", timeout=PATIENCE_S) as reply:
            return [e for e in json.load(reply)["evidence"] if e["snapshot"] and e["snapshot"]["event"] == "18-abc"]

    until("the late event", late)
    say(peer, "frigate/stats", {"cameras": {"gate": {"camera_fps": 0.0}}})
    station.until("the camera's loss", lambda p: sensor(p, CAMERA)["health"] == "down")
    return number


def nasty(station, peer):
    """What cannot be used is told by field, and nothing stops."""
    accepted = doors(station)["accepted"]
    for topic, payload, word in [
        ("field/mast", '{"vis_km": NaN, "wind": 1}', "json"),
        ("field/mast", '{"vis_km": 1e308, "wind": 1}', "visibility_m"),
        ("field/mast", "[" * 100_000, "recursion"),
        ("field/mast", b"\xff\x00", "json"),
        ("field/mast", "x" * 1_000_000, "262144"),
        ("field/ground-2/alarm", {"alarm": True, "ms": -62_135_596_800_000}, "time"),
        ("field/ground-2/alarm", {"alarm": True, "ms": 253_402_300_799_000}, "time"),
        ("frigate/events", {"type": "new", "after": {"id": "1"}}, "camera is missing"),
        ("frigate/events", event("new", 1, 640, camera="cellar"), "cellar"),
        ("airport/x", "METAR OSDZ 201900Z 24010MPS 9999", "OSDZ"),
    ]:
        before = doors(station)["rejected"]
        say(peer, topic, payload)
        told = until(word, lambda: (d := doors(station))["rejected"] > before and d["last_error"])
        assert word in told["what"], (word, told)
    say(peer, "field/mast", {"vis_km": 5, "wind": 7})
    until("the next message", lambda: doors(station)["accepted"] > accepted)


def comes_and_goes(station, peer, broker):
    """A broker that is gone is told of, and what was sent meanwhile comes, once."""
    peer.loop_stop()
    peer.disconnect()
    broker.stop()
    until("the broker's loss", lambda: doors(station)["trouble"])
    with urllib.request.urlopen(station.page + "/metrics", timeout=PATIENCE_S) as reply:
        assert b'watchline_door_works{door="mqtt"} 0' in reply.read()
    broker.start()
    until("the broker's return", lambda: not doors(station)["trouble"])
    assert doors(station)["connected"] == 1


def kept_for_a_station_that_is_away(broker):
    """What is sent at quality of service 1 while the station is away waits for it."""
    more = config(broker)
    with Station(more) as station:
        until("the broker", lambda: doors(station)["connected"] == 1)
        time.sleep(0.5)
    peer = client(broker)
    say(peer, "airport/lesu", report())
    say(peer, "field/mast", {"vis_km": 3, "wind": 2}, retain=True)
    with Station(more) as station:
        kept = station.until("the report", lambda p: [w for w in p["weather"] if w["visibility_m"] == 800])
        assert kept
    peer.loop_stop()


def by_tls():
    """With certificates of a private authority, both ways."""
    authority = Authority()
    broker = Broker(
        f"cafile {authority.ca}\ncertfile {authority.server[0]}\nkeyfile {authority.server[1]}\nrequire_certificate true"
    )
    own = f'cert = "{authority.peer[0]}"\nkey = "{authority.peer[1]}"\n'
    tls = f'[doors.mqtt.tls]\nca = "{authority.ca}"\n'
    with broker:
        with Station(config(broker, tls + own)) as station:
            until("the broker by TLS", lambda: doors(station)["connected"] == 1)
            peer = client(broker, authority)
            say(peer, "airport/lesu", report())
            station.until("the weather", lambda p: [w for w in p["weather"] if w["visibility_m"] == 800])
            peer.loop_stop()
        with Station(config(broker, tls)) as station:
            until("the broker's refusal", lambda: doors(station)["trouble"])
            assert doors(station)["connections"] == 0, "without a certificate of its own"


def by_an_old_broker():
    """One that knows no version 5 is spoken to in 3.1.1."""
    with OldBroker() as broker:
        (broker.home / "ground.toml").write_text(GROUND_MAPPING)
        (broker.home / "mast.toml").write_text(MAST_MAPPING)
        (broker.home / "secret").write_text(PASSWORD)
        with Station(TOPICS.format(port=broker.port, home=broker.home, tls="")) as station:
            until("the old broker", lambda: doors(station)["connected"] == 1)
            peer = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="peer", protocol=mqtt.MQTTv311)
            peer.connect("127.0.0.1", broker.port)
            peer.loop_start()
            say(peer, "field/mast", {"vis_km": 2.5, "wind": 3})
            station.until("the weather", lambda p: [w for w in p["weather"] if w["visibility_m"] == 2500])
            assert not doors(station)["trouble"], doors(station)
            peer.loop_stop()


def main():
    with Broker() as broker:
        with Station(config(broker)) as station:
            until("the broker", lambda: doors(station)["connected"] == 1)
            assert "as watchline (p5, c0, " in broker.told(), broker.told()
            peer = client(broker)
            events = all_kinds(station, peer)
            nasty(station, peer)
            comes_and_goes(station, peer, broker)
            assert math.isfinite(doors(station)["messages_per_s"])
        kept_for_a_station_that_is_away(broker)
    by_tls()
    by_an_old_broker()
    print(f"ok: {events} events of a recorder, ground sensors and weather by mosquitto, plain and by TLS, in MQTT 5; by amqtt in 3.1.1")


main()
