"""CAP messages of a night, held against the schema of OASIS and read by cap-tools, before and after people act."""

import hashlib
import importlib.resources
import json
import os
import pathlib
import re
import subprocess
import urllib.request
import zipfile

import capvalidator
from cap_tools.models import Alert
from lxml import etree
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from night import Night
from station import PATIENCE_S, ROOT

PARSER = XmlParser(config=ParserConfig(fail_on_unknown_properties=True))
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
# CAP-v1.2.xsd of OASIS as the validator carries it (white space apart): another one would be another witness.
SCHEMA_SHA256 = "dd73a2e1f76efa451814b02b127bbf4c86cedc7bb21a77204231c38c84d8fd36"
# What the standard says in its words and its schema does not.
NUMBER = r"-?\d+(\.\d+)?"
PLACE = f"{NUMBER},{NUMBER}"
WORDS = {
    "identifier": r"[^\s,<&]+",
    "sender": r"[^\s,<&]+",
    "sent": r"\S+[-+]\d\d:\d\d",
    "circle": rf"{PLACE} \d+(\.\d+)?",
    "polygon": rf"{PLACE}( {PLACE}){{3,}}",
}


def is_valid(message):
    return capvalidator.check_schema(message).passed


def check_validator(message):
    """It holds the schema of OASIS, and refuses what that does not allow."""
    schema = importlib.resources.files("capvalidator").joinpath("static/CAP-v1.2-schema.xsd").read_bytes()
    assert b"Copyright OASIS Open 2010" in schema and hashlib.sha256(schema).hexdigest() == SCHEMA_SHA256
    assert is_valid(message)
    for right, wrong in [
        (b"<status>Exercise</status>", b"<status>Drill</status>"),
        (b"<scope>Restricted</scope>", b""),
        (b"<msgType>Alert</msgType>", b"<msgType>Alert</msgType><msgType>Alert</msgType>"),
        (b"</alert>", b"<more/></alert>"),
        (b"emergency:cap:1.2", b"emergency:cap:1.1"),
    ]:
        assert right in message and not is_valid(message.replace(right, wrong)), wrong
    sent = re.search(rb"<sent>.*?</sent>", message)[0]
    for other in [b"<sent>2026-11-27T01:00:00Z</sent>", b"<sent>yesterday</sent>", b"<sent>0000-00-00T00:00:00+00:00</sent>"]:
        assert not is_valid(message.replace(sent, other)), other


def read(message):
    """The message as cap-tools reads it, once the rules hold."""
    assert is_valid(message), message.decode()
    root = etree.fromstring(message)
    for name, words in WORDS.items():
        for element in root.iter(CAP + name):
            assert re.fullmatch(words, element.text), (name, element.text)
    for polygon in root.iter(CAP + "polygon"):
        places = polygon.text.split()
        assert places[0] == places[-1], polygon.text
    return PARSER.from_bytes(message, Alert)


def referred(message):
    """Identifiers of the messages that one refers to, in their order."""
    return [reference.identifier for reference in message.references_to_list()]


def message(night, alert):
    with urllib.request.urlopen(f"{night.page}/api/alerts/{alert}/cap", timeout=PATIENCE_S) as reply:
        assert reply.headers["Content-Type"].startswith("application/cap+xml"), reply.headers
        return reply.read()


def act(night, key, **body):
    request = urllib.request.Request(
        night.page + "/api/commands",
        data=json.dumps({"by": "desk-1", **body}).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": key},
    )
    urllib.request.urlopen(request, timeout=PATIENCE_S).close()


def main():
    with Night() as night:
        night.until_all_is_there()
        alert = night.all_of("alerts")["features"][0]["id"]
        raw = message(night, alert)
        check_validator(raw)
        first = read(raw)
        assert first.status.value == "Exercise" and first.scope.value == "Restricted", first
        assert [info.language for info in first.infos] == ["en", "ar"], first.infos
        assert all(info.areas[0].circles or info.areas[0].polygons for info in first.infos), first.infos
        act(night, "cap-1", command="acknowledge", alert=alert)
        update = read(message(night, alert))
        assert update.msg_type.value == "Update", update
        assert first.identifier in referred(update), update
        act(night, "cap-2", command="close", alert=alert, outcome="test", reason="a test")
        cancel = read(message(night, alert))
        assert cancel.msg_type.value == "Cancel", cancel
        assert {first.identifier, update.identifier} <= set(referred(cancel)), cancel
        assert cancel.infos[0].response_types[0].value == "AllClear", cancel.infos
        night.stop()
        path = pathlib.Path(night.folder.name) / "night.cap.zip"
        command = [str(ROOT / os.environ["WATCHLINE_BIN"]), "--json", "export", "--data", str(night.data)]
        command += ["--sector", "andorra", "--what", "alerts", "--out", str(path)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        with zipfile.ZipFile(path) as archive:
            read_back = [read(archive.read(name)) for name in archive.namelist()]
        assert len(read_back) == told["features"] > 0, told
        assert cancel.identifier in [one.identifier for one in read_back], read_back
        print(f"OASIS' schema and cap-tools: alert, update and cancel; {len(read_back)} messages of the record")
    print("ok")


main()
