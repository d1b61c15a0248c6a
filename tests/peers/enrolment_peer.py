"""node-tak gets a certificate by an invitation and streams with it; OpenSSL, cryptography and zipfile read the data package."""

import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from base64 import b64encode
from http.client import HTTPSConnection

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from station import PATIENCE_S, ROOT, Station, doors, node_packages, nodes

NODE_TAK = (
    "@tak-ps/node-tak@8.9.0",
    # It needs these and does not say so.
    "@openaddresses/batch-error@2.12.0",
    "@sinclair/typebox@0.34.41",
)
UID = "ANDROID-77"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def invited(station, name, *more):
    return doors(station, "invite", name, *more)["token"]


def node_tak_enrols_and_streams(station, unit, ca):
    token = invited(station, "hawk-1", "--unit", unit, "--phone", UID)
    folder = node_packages(*NODE_TAK)
    lon, lat = next(u for u in station.picture()["units"] if u["id"] == unit)["at"]
    ask = {
        "enrolment": f"https://localhost:{station.address('cot_enrolment')[1]}",
        "stream": f"ssl://localhost:{station.address('cot_tls')[1]}",
        "user": "hawk-1",
        "token": token,
        "uid": UID,
        "place": [lon + 0.003, lat],
    }
    told = subprocess.run(
        ["node", str(ROOT / "tests" / "peers" / "node_tak.mjs"), str(folder)],
        input=json.dumps(ask),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "NODE_EXTRA_CA_CERTS": str(ca)},
    )
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout)
    assert answer["again"] == "401", answer["again"]
    assert "b-m-p-s-p-loc" in answer["heard"], answer["heard"]
    certificate = x509.load_pem_x509_certificate(answer["cert"].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"watchline:phone?uid={UID}&unit={unit}"]
    moved = lambda p: next((u for u in p["units"] if u["id"] == unit and abs(u["at"][0] - lon - 0.003) < 2e-4), None)
    station.until("the patrol's place", moved)
    rows = doors(station, "list")
    assert [row["state"] for row in rows["invitations"]] == ["used"], rows


def tokens_in_a_loop(station, unit, ca):
    """Wrong ones are answered alike; after five nobody listens, however right the token is."""
    token = invited(station, "hawk-2", "--unit", unit)
    statuses = []
    for word in ["0000-0000-0000-0000-0000"] * 5 + [token]:
        context = ssl.create_default_context(cafile=str(ca))
        line = HTTPSConnection(*station.address("cot_enrolment"), context=context, timeout=PATIENCE_S)
        line.request(
            "POST",
            "/Marti/api/tls/signClient/v2?clientUid=ANDROID-78&version=3",
            body="AAAA",
            headers={"Authorization": "Basic " + b64encode(f"hawk-2:{word}".encode()).decode()},
        )
        statuses.append(line.getresponse().status)
        line.close()
    # node-tak has told one that was used already.
    assert statuses == [401] * 4 + [429] * 2, statuses
    station.until("rejections", lambda p: [r for r in p["counters"]["rejections"] if r["door"] == "cot-enrolment"])


def packages_open(station, unit):
    folder = pathlib.Path(station.folder.name)
    invited(station, "hawk-3", "--unit", unit)
    doors(station, "package", "hawk-3", "--out", str(folder / "enrol.zip"))
    doors(station, "package", UID, "--certificate", "--unit", unit, "--out", str(folder / "keyed.zip"))
    openssl = shutil.which("openssl")
    assert openssl, "openssl is missing: apt-get install -y openssl"
    for name, has_key in (("enrol.zip", False), ("keyed.zip", True)):
        with zipfile.ZipFile(folder / name) as package:
            assert package.testzip() is None
            listed = ET.fromstring(package.read("MANIFEST/manifest.xml"))
            files = [content.get("zipEntry") for content in listed.iter("Content")]
            assert sorted(files + ["MANIFEST/manifest.xml"]) == sorted(package.namelist()), files
            entries = {e.get("key"): e.text for e in ET.fromstring(package.read("certs/connection.pref")).iter("entry")}
            assert entries["connectString0"] == f"localhost:{station.address('cot_tls')[1]}:ssl", entries
            stores = {"caLocation0": "caPassword0", "certificateLocation0": "clientPassword0"}
            for place, password in stores.items():
                if place not in entries:
                    assert not has_key or place == "caLocation0", entries
                    continue
                content = package.read(entries[place].replace("cert/", "certs/"))
                key, leaf, more = pkcs12.load_key_and_certificates(content, entries[password].encode())
                assert (key is not None) == (place == "certificateLocation0")
                assert leaf or more
                read = subprocess.run(
                    [openssl, "pkcs12", "-legacy", "-info", "-nodes", "-password", f"pass:{entries[password]}"],
                    input=content,
                    capture_output=True,
                    check=True,
                )
                assert b"BEGIN CERTIFICATE" in read.stdout, read
            assert ("enrollForCertificateWithTrust0" in entries) == (not has_key)


def main():
    (_, units) = nodes()
    unit = units[0][0]
    more = "".join(
        f'[doors.cot.{door}]\nlisten = "127.0.0.1:{free_port()}"\n' for door in ("tls", "enrolment")
    )
    with Station(more) as station:
        ca = pathlib.Path(station.folder.name) / "ca.pem"
        doors(station, "ca", "--out", str(ca))
        node_tak_enrols_and_streams(station, unit, ca)
        packages_open(station, unit)
        tokens_in_a_loop(station, unit, ca)
    print("ok: node-tak enrols once and streams; OpenSSL reads the data packages; wrong tokens are refused")


main()
