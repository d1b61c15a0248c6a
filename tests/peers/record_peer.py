"""Verifies the record of a real station with tools/verify_record.py, which shares no code with it."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

from station import ROOT, Station

BINARY = str(ROOT / os.environ["WATCHLINE_BIN"])


def verdicts(data, key, older=None):
    """Exit codes of both verifiers, and what they said."""
    last = ["--from", str(older)] if older else []
    mine = [sys.executable, str(ROOT / "tools" / "verify_record.py"), str(data), "--key", str(key), *last]
    theirs = [BINARY, "record", "verify", str(data), "--keys", str(key), *last]
    runs = [subprocess.run(command, capture_output=True, text=True) for command in (mine, theirs)]
    return [run.returncode for run in runs], [run.stdout + run.stderr for run in runs]


def main():
    with Station() as station:
        data = pathlib.Path(station.folder.name) / "data"
        checkpoint, key = data / "record" / "checkpoint", data / "keys" / "record.vkey"
        deadline = time.monotonic() + 60
        while not checkpoint.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        older = pathlib.Path(station.folder.name) / "older"
        shutil.copy(checkpoint, older)
        time.sleep(3)
        # A station may be running on the directory.
        codes, said = verdicts(data, key, older)
        assert codes == [0, 0], said
        station.process.terminate()
        station.process.wait(60)

        codes, said = verdicts(data, key, older)
        assert codes == [0, 0], said
        assert checkpoint.read_text() != older.read_text(), "nothing was signed in three seconds"
        segment = data / "record" / "segment-0000000001"
        whole = segment.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 25)):
            segment.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            codes, said = verdicts(data, key)
            assert codes == [1, 1], (at, codes, said)
        segment.write_bytes(whole[: len(whole) // 2])
        assert verdicts(data, key)[0] == [1, 1], "cut short"
        segment.write_bytes(whole)
        assert verdicts(data, key)[0] == [0, 0]
        checkpoint.unlink()
        assert verdicts(data, key)[0] == [1, 1], "no checkpoint"
    print("a second verifier agrees about the record, whole, changed and cut short")


main()
