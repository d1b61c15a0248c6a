"""OpenSSL (by Python's ssl) as a sensor and PyTAK as a phone at the doors by TLS; what their certificates do not allow is refused."""

import asyncio
import pathlib
import socket
import ssl
import struct
import time
from configparser import ConfigParser

import pytak

from cot_peer import event
from sapient_peer import Node, pb
from station import PATIENCE_S, Station, doors, nodes

PHONE = "ANDROID-7"
TLS = '[doors.sapient.tls]\nlisten = "127.0.0.1:0"\n[doors.cot.tls]\nlisten = "127.0.0.1:0"\n'


class SecuredNode(Node):
    """The same sensor over TLS."""

    def __init__(self, address, context, node_id):
        self.node_id = node_id
        plain = socket.create_connection(address, timeout=PATIENCE_S)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")


def issue(station, name, *holder):
    prefix = pathlib.Path(station.folder.name) / name
    doors(station, "issue", *holder, "--out", str(prefix))
    # The station looks at its list every second.
    time.sleep(2)
    return prefix


def context(prefix, version=None):
    made = ssl.create_default_context(cafile=f"{prefix}.ca.pem")
    made.load_cert_chain(f"{prefix}.pem", f"{prefix}.key")
    if version:
        made.minimum_version = made.maximum_version = version
    return made


def is_ended(act):
    try:
        act()
    except (AssertionError, OSError):
        return True
    return False


def a_sensor_is_whom_its_certificate_names(station, sensors):
    (name, node_id), (_, other_id) = sensors[:2]
    radar = issue(station, "radar", "--node", node_id)
    address = station.address("sapient_tls")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        node = SecuredNode(address, context(radar, version), node_id)
        assert node.socket.version() == {ssl.TLSVersion.TLSv1_2: "TLSv1.2"}.get(version, "TLSv1.3")
        assert node.register(pb.Registration.NODE_TYPE_CAMERA).acceptance
        node.send(node.status())
    station.until("a sensor that works", lambda p: [s for s in p["sensors"] if s["id"] == name and s["health"] == "working"])

    ack = SecuredNode(address, context(radar), other_id).register(pb.Registration.NODE_TYPE_CAMERA)
    assert not ack.acceptance and node_id in ack.ack_response_reason[0], ack

    anybody = ssl.create_default_context(cafile=f"{radar}.ca.pem")
    assert is_ended(lambda: SecuredNode(address, anybody, node_id).register(pb.Registration.NODE_TYPE_CAMERA))

    doors(station, "revoke", node_id)
    node.socket.settimeout(PATIENCE_S)
    assert is_ended(lambda: node.exactly(1)), "a revoked certificate ends its connection"
    assert is_ended(lambda: SecuredNode(address, context(radar), node_id).register(pb.Registration.NODE_TYPE_CAMERA))


async def a_phone_is_whom_its_certificate_names(station, unit):
    phone = await asyncio.to_thread(issue, station, "phone", "--phone", PHONE, "--unit", unit)
    parser = ConfigParser()
    parser["phone"] = {
        "COT_URL": f"tls://localhost:{station.address('cot_tls')[1]}",
        "PYTAK_TLS_CLIENT_CERT": f"{phone}.pem",
        "PYTAK_TLS_CLIENT_KEY": f"{phone}.key",
        "PYTAK_TLS_CLIENT_CAFILE": f"{phone}.ca.pem",
        "TAK_PROTO": "0",
    }
    reader, writer = await pytak.protocol_factory(parser["phone"])
    out = pytak.TXWorker(asyncio.Queue(), parser["phone"], writer)
    start = next(u for u in station.picture()["units"] if u["id"] == unit)["at"]
    lon, lat = start[0] + 0.002, start[1]

    await out.send_data(event(PHONE, "a-f-G-U-C", lon, lat))
    moved = lambda p: next((u for u in p["units"] if u["id"] == unit and abs(u["at"][0] - lon) < 2e-4), None)
    await asyncio.to_thread(station.until, "the patrol's place", moved)
    heard = await asyncio.wait_for(reader.readuntil(b"b-m-p-s-p-loc"), PATIENCE_S)
    assert b"t-x-takp-v" in heard

    await out.send_data(event("ANDROID-8", "a-f-G-U-C", lon, lat))
    refused = lambda p: any("ANDROID-8" in r["reason"] for r in p["counters"]["rejections"])
    await asyncio.to_thread(station.until, "a rejection", refused)
    await asyncio.to_thread(doors, station, "revoke", PHONE)

    async def until_ended():
        try:
            while await reader.read(65_536):
                pass
        except OSError:
            pass

    await asyncio.wait_for(until_ended(), PATIENCE_S)


def main():
    sensors, units = nodes()
    with Station(TLS) as station:
        a_sensor_is_whom_its_certificate_names(station, sensors)
        asyncio.run(a_phone_is_whom_its_certificate_names(station, units[0][0]))
    print("ok: OpenSSL and PyTAK by TLS: their own words taken, others' refused, revoked at once")


main()
