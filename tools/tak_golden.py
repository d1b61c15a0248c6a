#!/usr/bin/env python3
"""Writes golden TAK messages under crates/wire/testdata/tak with takproto, from events in XML.

    python3 -m venv venv && venv/bin/pip install takproto==3.0.0
    venv/bin/python tools/tak_golden.py

For each `<name>.xml` takproto makes `<name>.stream` (version 1 for a TCP stream) and `<name>.mesh` (for a
datagram). The tests of crates/wire read all three and must find the same event.
"""

import pathlib

import takproto

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "crates" / "wire" / "testdata" / "tak"


def main():
    for path in sorted(FOLDER.glob("*.xml")):
        text = path.read_text()
        path.with_suffix(".stream").write_bytes(takproto.xml2proto(text, takproto.TAKProtoVer.STREAM))
        path.with_suffix(".mesh").write_bytes(takproto.xml2proto(text, takproto.TAKProtoVer.MESH))


if __name__ == "__main__":
    main()
