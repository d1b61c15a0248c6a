"""CAP messages of a night, held against the standard's rules and read by cap-tools, before and after people act."""

import json
import os
import pathlib
import subprocess
import urllib.request
import zipfile

import xmlschema
from cap_tools.models import Alert
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from night import Night
from station import PATIENCE_S, ROOT

SCHEMA = xmlschema.XMLSchema(str(pathlib.Path(__file__).with_name("cap12.xsd")))
PARSER = XmlParser(config=ParserConfig(fail_on_unknown_properties=True))


def read(text):
    """The message as cap-tools reads it, once the rules hold."""
    SCHEMA.validate(text)
    return PARSER.from_string(text, Alert)


def referred(message):
    """Identifiers of the messages that one refers to, in their order."""
    return [reference.identifier for reference in message.references_to_list()]


def message(night, alert):
    with urllib.request.urlopen(f"{night.page}/api/alerts/{alert}/cap", timeout=PATIENCE_S) as reply:
        assert reply.headers["Content-Type"].startswith("application/cap+xml"), reply.headers
        return read(reply.read().decode())


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
        first = message(night, alert)
        assert first.status.value == "Exercise" and first.scope.value == "Restricted", first
        assert [info.language for info in first.infos] == ["en", "ar"], first.infos
        assert all(info.areas[0].circles or info.areas[0].polygons for info in first.infos), first.infos
        act(night, "cap-1", command="acknowledge", alert=alert)
        update = message(night, alert)
        assert update.msg_type.value == "Update", update
        assert first.identifier in referred(update), update
        act(night, "cap-2", command="close", alert=alert, outcome="test", reason="a test")
        cancel = message(night, alert)
        assert cancel.msg_type.value == "Cancel", cancel
        assert {first.identifier, update.identifier} <= set(referred(cancel)), cancel
        assert cancel.infos[0].response_types[0].value == "AllClear", cancel.infos
        night.stop()
        path = pathlib.Path(night.folder.name) / "night.cap.zip"
        command = [str(ROOT / os.environ["WATCHLINE_BIN"]), "--json", "export", "--data", str(night.data)]
        command += ["--sector", "andorra", "--what", "alerts", "--out", str(path)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        with zipfile.ZipFile(path) as archive:
            read_back = [read(archive.read(name).decode()) for name in archive.namelist()]
        assert len(read_back) == told["features"] > 0, told
        assert cancel.identifier in [one.identifier for one in read_back], read_back
        print(f"cap-tools: alert, update and cancel; {len(read_back)} messages of the record")
    print("ok")


main()
