"""PyTAK as a patrol's phone at the station's Cursor on Target doors, in XML and with TAK_PROTO=1, by TCP and by UDP;
takproto reads what the station sends in protobuf, node-cot what it sends in XML."""

import asyncio
import json
import socket
import subprocess
import xml.etree.ElementTree as ET
from configparser import ConfigParser

import pytak
import takproto

from station import PATIENCE_S, ROOT, Station, node_packages, nodes

PHONE = "ANDROID-1"
# What a unit is on other phones.
UNIT = "a-f-G-U"
# What TAK's phones listen and speak to without a server.
GROUP = "239.2.3.1"


class Phone(pytak.RXWorker):
    """Keeps every event by its uid, the newest last."""

    def __init__(self, config, reader):
        super().__init__(asyncio.Queue(), config, reader)
        self.events = []

    async def listen(self):
        while True:
            data = await self.readcot()
            if data is None:
                return
            # Whatever stands before the event is the declaration of XML.
            self.events.append(data[data.index(b"<event"):].decode())

    async def until(self, what, holds):
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while asyncio.get_running_loop().time() < deadline:
            for event in reversed(self.events):
                if holds(ET.fromstring(event)):
                    return event
            await asyncio.sleep(0.05)
        raise AssertionError(f"waited in vain for {what}: {self.events[-5:]}")


def event(uid, kind, lon, lat, detail=()):
    """An event as PyTAK makes it, with more detail."""
    text = pytak.functions.gen_cot(uid=uid, cot_type=kind, lat=lat, lon=lon, ce=9, hae=0, le=9, stale=300)
    root = ET.fromstring(text)
    place = root.find("detail")
    for name, attributes, words in detail:
        ET.SubElement(place, name, attributes).text = words
    return ET.tostring(root)


async def talk(station, unit, proto, read):
    parser = ConfigParser()
    parser["phone"] = {"COT_URL": f"tcp://{station.cot}", "TAK_PROTO": str(proto)}
    # What it sends is in that protocol; it has not agreed on protobuf, so it is sent XML.
    parser["ear"] = {"COT_URL": f"tcp://{station.cot}", "TAK_PROTO": "0"}
    config = parser["phone"]
    reader, writer = await pytak.protocol_factory(config)
    phone, out = Phone(parser["ear"], reader), pytak.TXWorker(asyncio.Queue(), config, writer)
    listening = asyncio.create_task(phone.listen())
    in_thread = lambda *call: asyncio.to_thread(*call)
    start = next(u for u in station.picture()["units"] if u["id"] == unit)["at"]
    lon, lat = start[0] + 0.001 * (proto + 1), start[1]

    await out.send_data(event(PHONE, "a-f-G-U-C", lon, lat))
    moved = lambda p: next((u for u in p["units"] if u["id"] == unit and abs(u["at"][0] - lon) < 2e-4), None)
    assert (await in_thread(station.until, "the patrol's place", moved))["heard_at"]
    await phone.until("a sensor", lambda e: e.get("type") == "b-m-p-s-p-loc" and e.find("detail/sensor").get("fov"))
    await phone.until("a line that nobody watches", lambda e: e.get("type") == "u-d-f" and len(e.findall("detail/link")) > 1)
    await out.send_data(event("ping", "t-x-c-t", 0, 0))
    await phone.until("a pong", lambda e: e.get("type") == "t-x-c-t-r")

    mine = f"{PHONE}-{proto}-9-1-1"
    link = ("link", {"uid": PHONE, "relation": "p-p", "type": "a-f-G"}, None)
    await out.send_data(event(mine, "b-a-o-tbl", lon, lat, [("emergency", {"type": "911 Alert"}, f"HAWK-{proto}"), link]))
    called = lambda p: next((a for a in p["alerts"] if (a.get("caller") or {}).get("name") == f"HAWK-{proto}"), None)
    alert = await in_thread(station.until, "an alert", called)
    assert alert["kind"] == "called-for-help" and alert["caller"]["unit"] == unit, alert
    uid = f"watchline.andorra.alert.{alert['id']}"
    is_mine = lambda e, word: e.get("uid") == uid and word in (e.findtext("detail/remarks") or "")
    await phone.until("the alarm", lambda e: is_mine(e, "waits for the desk"))
    await in_thread(lambda: station.command(f"seen-{proto}", command="acknowledge", alert=alert["id"], by="desk-1"))
    await phone.until("the acknowledgement", lambda e: is_mine(e, "acknowledged by desk-1"))

    words = f"two by the well {proto}"
    chat = [("__chat", {"senderCallsign": "HAWK", "chatroom": "desk"}, None), link, ("remarks", {}, words)]
    await out.send_data(event(f"GeoChat.{PHONE}.desk.{proto}", "b-t-f", lon, lat, chat))
    await in_thread(station.until, "a message", lambda p: p["messages_version"] == 2 * proto + 1)
    message, words = station.messages()[-1], f"help is on its way {proto}"
    assert message["phone"] == PHONE, message
    await in_thread(lambda: station.answer(f"answer-{proto}", message=message["id"], text=words, by="desk-1"))
    await phone.until("the answer", lambda e: e.get("type") == "b-t-f" and e.find("detail/remarks").text == words)
    await out.send_data(event("STRANGER", "a-f-G", lon, lat))
    refused = lambda p: any("STRANGER" in r["reason"] for r in p["counters"]["rejections"])
    await in_thread(station.until, "a rejection", refused)
    read.extend(phone.events)
    listening.cancel()
    writer.close()


async def protobuf_of(stream):
    """The next frame of a stream, as it lay in it."""
    frame = await stream.readexactly(1)
    assert frame == b"\xbf", frame
    length, shift = 0, 0
    while True:
        byte = await stream.readexactly(1)
        frame += byte
        length |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    return frame + await stream.readexactly(length)


async def agree(station, unit):
    """Asks for protobuf, as TAK's protocol has it, and gives takproto everything that comes from then on, until a unit
    that moves is told."""
    reader, writer = await asyncio.open_connection(*station.address("cot"))
    heard = lambda: asyncio.wait_for(reader.readuntil(b"</event>"), PATIENCE_S)
    offer = ET.fromstring((await heard()).decode())
    version = offer.find("detail/TakControl/TakProtocolSupport").get("version")
    assert (offer.get("type"), version) == ("t-x-takp-v", "1"), offer.attrib
    ask = ET.fromstring(event(offer.get("uid"), "t-x-takp-q", 0, 0))
    ET.SubElement(ET.SubElement(ask.find("detail"), "TakControl"), "TakRequest", {"version": "1"})
    writer.write(ET.tostring(ask))
    answer = ""
    # What was on its way in XML comes before the answer.
    while 't-x-takp-r' not in answer:
        answer = (await heard()).decode()
    assert ET.fromstring(answer).find("detail/TakControl/TakResponse").get("status") == "true", answer
    lon, lat = next(u for u in station.picture()["units"] if u["id"] == unit)["at"]
    _, mover = await asyncio.open_connection(*station.address("cot"))
    mover.write(event(PHONE, "a-f-G-U-C", lon + 0.003, lat))
    read = {}
    has_moved = lambda: UNIT in read and abs(read[UNIT].lon - lon - 0.003) < 2e-4
    while not has_moved():
        message = takproto.parse_proto(await asyncio.wait_for(protobuf_of(reader), PATIENCE_S))
        kind = message.cotEvent.type
        assert kind == UNIT or message.cotEvent.uid.startswith("watchline."), message
        read[kind] = message.cotEvent
    moved = read[UNIT]
    assert moved.detail.contact.callsign and abs(moved.lat - lat) < 2e-4, moved
    assert all(one.staleTime > one.sendTime > 0 for one in read.values()), read
    mover.close()
    writer.close()
    return read.keys()


async def sender(url, proto):
    """PyTAK's own way out by datagrams, by the loopback interface."""
    parser = ConfigParser()
    parser["out"] = {"COT_URL": url, "TAK_PROTO": str(proto), "PYTAK_MULTICAST_LOCAL_ADDR": "127.0.0.1"}
    _, writer = await pytak.protocol_factory(parser["out"])
    return pytak.TXWorker(asyncio.Queue(), parser["out"], writer)


async def ear_of(mesh):
    """PyTAK's own ear in a group, by the loopback interface."""
    parser = ConfigParser()
    url = f"udp+ro://{mesh[0]}:{mesh[1]}"
    parser["ear"] = {"COT_URL": url, "TAK_PROTO": "0", "PYTAK_MULTICAST_LOCAL_ADDR": "127.0.0.1"}
    reader, _ = await pytak.protocol_factory(parser["ear"])
    return pytak.DiscardRXWorker(asyncio.Queue(), parser["ear"], reader)


async def by_datagrams(station, unit, port, ear):
    """In by UDP, to the station alone and to its group; out to another group, where somebody has listened from the start."""
    start = next(u for u in station.picture()["units"] if u["id"] == unit)["at"]

    async def until(what, holds):
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while asyncio.get_running_loop().time() < deadline:
            data = await asyncio.wait_for(ear.readcot(), PATIENCE_S)
            if holds(data):
                return data
        raise AssertionError(f"waited in vain for {what}")

    def message_of(data):
        return takproto.parse_proto(data) if data[:1] == b"\xbf" else None

    says = lambda data: message_of(data) and message_of(data).takControl.maxProtoVersion == 1
    await until("a word on versions", says)
    seen = {}

    def has_all(data):
        if message := message_of(data):
            seen[message.cotEvent.type] = message.cotEvent
        return {"b-m-p-s-p-loc", "u-d-f"} <= seen.keys()

    await until("a sensor and a blind line in protobuf", has_all)
    sensor = seen["b-m-p-s-p-loc"]
    assert "<link " in seen["u-d-f"].detail.xmlDetail, seen["u-d-f"]
    assert sensor.detail.contact.callsign and "<sensor " in sensor.detail.xmlDetail, sensor
    assert -180 <= sensor.lon <= 180 and sensor.staleTime > sensor.sendTime > 0, sensor
    ways = [(f"udp+wo://127.0.0.1:{port}", 1), (f"udp+wo://{GROUP}:{port}", 1), (f"udp+wo://{GROUP}:{port}", 0)]
    for step, (url, proto) in enumerate(ways):
        lon, lat = start[0] + 0.001 * (step + 4), start[1]
        out = await sender(url, proto)
        await out.send_data(event(PHONE, "a-f-G-U-C", lon, lat))
        moved = lambda p: any(u["id"] == unit and abs(u["at"][0] - lon) < 2e-4 for u in p["units"])
        await asyncio.to_thread(station.until, f"the place by {url} in version {proto}", moved)
    # The last one reads XML alone, for all that it says: everything is told again in XML.
    data = await until("a sensor in XML", lambda d: b"b-m-p-s-p-loc" in d and message_of(d) is None)
    assert ET.fromstring(data.decode()).find("detail/sensor") is not None, data
    ear.reader.close()
    return seen.keys()


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def read_by_node_cot(events):
    """Another reader of the format takes everything that the station said, and turns it into GeoJSON."""
    folder = node_packages()
    script = ROOT / "tests" / "peers" / "node_cot.mjs"
    told = subprocess.run(
        ["node", str(script), str(folder)], input=json.dumps(events), capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


async def night(read):
    (_, units) = nodes()
    unit = units[0][0]
    port, mesh = free_port(), ("239.2.3.9", free_port())
    doors = (
        f'[doors.cot]\nudp_listen = "0.0.0.0:{port}"\nfrom = ["127.0.0.1"]\nmulticast = "{GROUP}"\n'
        f'[doors.cot.mesh]\nto = "{mesh[0]}:{mesh[1]}"\ninterface = "127.0.0.1"\n'
    )
    ear = await ear_of(mesh)
    with Station(doors + f'[doors.cot.units]\n{PHONE} = "{unit}"\n') as station:
        for proto in (0, 1):
            await talk(station, unit, proto, read)
        types = await agree(station, unit)
        types |= await by_datagrams(station, unit, port, ear)
    return types


def main():
    read = []
    types = asyncio.run(night(read))
    shown = [text for text in read if 'type="t-' not in text]
    features = read_by_node_cot(shown)
    assert len(features) == len(shown), (len(features), len(shown))
    kinds = {feature["properties"]["type"] for feature in features}
    assert {"u-d-f", "b-m-p-s-p-loc", "b-a-o-tbl"} <= kinds, kinds
    lines = [f for f in features if f["properties"]["type"] == "u-d-f"]
    assert all(line["geometry"]["type"] == "LineString" for line in lines), lines[0]
    print(f"ok: {sorted(types)} read by takproto; in and out by UDP, in both versions")
    print(f"ok: {len(shown)} events read by PyTAK and by node-cot, of {len(kinds)} types")


if __name__ == "__main__":
    main()
