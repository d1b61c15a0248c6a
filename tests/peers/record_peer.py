"""Verifies the record of a real station, and what a witness signed of it, with tools/verify_record.py, which shares no code with it."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from station import ROOT, Station

BINARY = str(ROOT / os.environ["WATCHLINE_BIN"])


def verdicts(data, key, older=None, *more):
    """Exit codes of both verifiers, and what they said."""
    last = [*(["--from", str(older)] if older else []), *more]
    mine = [sys.executable, str(ROOT / "tools" / "verify_record.py"), str(data), "--key", str(key), *last]
    theirs = [BINARY, "record", "verify", str(data), "--keys", str(key), *last]
    runs = [subprocess.run(command, capture_output=True, text=True) for command in (mine, theirs)]
    return [run.returncode for run in runs], [run.stdout + run.stderr for run in runs]


def witness_key(name):
    """A witness's secret and public key, made here as the specification has it."""
    seed = os.urandom(32)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    number = hashlib.sha256(name.encode() + b"\n\x04" + public).hexdigest()[:8]
    text = [f"{name}+{number}+{base64.b64encode(bytes([4]) + key).decode()}" for key in (seed, public)]
    return "PRIVATE+KEY+" + text[0], text[1]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def witnessed():
    """A witness of our own key signs what a station shows it, and the second verifier agrees."""
    secret, public = witness_key("guard.example/w1")
    port = free_port()
    asked = f'[[record.witnesses]]\nurl = "http://127.0.0.1:{port}"\nkey = "{public}"\n'
    with tempfile.TemporaryDirectory() as home, Station(asked) as station:
        home, data = pathlib.Path(home), pathlib.Path(station.folder.name) / "data"
        (home / "seen" / "keys").mkdir(parents=True)
        (home / "seen" / "keys" / "witness.key").write_text(secret + "\n")
        key = data / "keys" / "record.vkey"
        record = key.read_text().strip()
        config = home / "witness.toml"
        config.write_text(f'data = "seen"\nlisten = "127.0.0.1:{port}"\nrecords = ["{record}"]\n')
        witness = subprocess.Popen([BINARY, "witness", "--config", str(config)], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 90
            seen = 0
            while not seen and time.monotonic() < deadline:
                time.sleep(1)
                with urllib.request.urlopen(station.page + "/api/record") as answer:
                    seen = json.load(answer)["entries_witnessed"]
            assert seen, "no witness within 90 s"
            (home / "witnesses.vkey").write_text(public + "\n")
            codes, said = verdicts(data, key, None, "--witnesses", str(home / "witnesses.vkey"))
            assert codes == [0, 0] and all("guard.example/w1" in words for words in said), said
            kept = next((data / "record" / "witnessed").iterdir())
            whole = kept.read_text()
            kept.write_text(whole.replace("\n" + whole.splitlines()[1] + "\n", "\n999999\n"))
            assert verdicts(data, key)[0] == [1, 1], "a size that nobody signed"
        finally:
            witness.terminate()
            witness.wait(30)
    print("a second verifier agrees about what a witness signed")


def over_http(station, key):
    """The second verifier reads a station's record by HTTP alone, and does not take it for another's."""
    verify = [sys.executable, str(ROOT / "tools" / "verify_record.py"), "--url", station.page + "/record", "--key"]
    run = subprocess.run([*verify, str(key)], capture_output=True, text=True)
    assert run.returncode == 0 and "the record holds" in run.stdout, run
    stranger = key.parent / "stranger.vkey"
    stranger.write_text(record_key())
    assert subprocess.run([*verify, str(stranger)], capture_output=True).returncode == 1, "another record's key"
    stranger.unlink()
    print("a second verifier reads a record by HTTP alone")


def record_key():
    """The public key of some other record."""
    public = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    number = hashlib.sha256(b"other\n\x01" + public).hexdigest()[:8]
    return f"other+{number}+{base64.b64encode(bytes([1]) + public).decode()}\n"


def proofs(data, key):
    """Both programs agree about proofs of single entries, closed and opened."""
    proof = data.parent / "proof"
    check = [sys.executable, str(ROOT / "tools" / "verify_record.py"), "--proof", str(proof), "--key", str(key)]
    theirs = [BINARY, "record", "check", str(proof), "--keys", str(key)]
    for entry in (1, 2, 5):
        for more in ([], ["--open"]):
            subprocess.run([BINARY, "record", "prove", str(data), "--entry", str(entry), "--out", str(proof), *more], check=True)
            runs = [subprocess.run(command, capture_output=True, text=True) for command in (check, theirs)]
            assert [run.returncode for run in runs] == [0, 0], runs
            assert all(("what it discloses" in run.stdout or "It says" in run.stdout) == bool(more) for run in runs), runs
        text = proof.read_text().splitlines()
        extra = bytearray(base64.b64decode(text[1].removeprefix("extra ")))
        for at in (0, 30, 80, 100, len(extra) - 1):
            changed = extra[:at] + bytes([extra[at] ^ 1]) + extra[at + 1 :]
            proof.write_text("\n".join([text[0], "extra " + base64.b64encode(changed).decode(), *text[2:], ""]))
            codes = [subprocess.run(command, capture_output=True).returncode for command in (check, theirs)]
            assert codes == [1, 1], (entry, at, codes)


# Edge cases of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020): key, message, signature, and whether it holds.
EDGE_CASES = [
    (
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" + "00" * 32,
        False,
    ),
    (
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"
        "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
        False,
    ),
    (
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e"
        "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
        False,
    ),
    (
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f"
        "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
        True,
    ),
]


def strictly():
    """The second verifier takes no signature that a key or an R of small order, or another text of S, would make hold."""
    sys.path.insert(0, str(ROOT / "tools"))
    import verify_record

    for public, message, signature, holds in EDGE_CASES:
        tagged = b"\x01" + bytes.fromhex(public)
        number = hashlib.sha256(b"edge\n" + tagged).hexdigest()[:8]
        try:
            key = verify_record.read_key(f"edge+{number}+{base64.b64encode(tagged).decode()}")
            verify_record.verify(key, bytes.fromhex(signature), bytes.fromhex(message))
            taken = True
        except (SystemExit, verify_record.Broken):
            taken = False
        assert taken == holds, public
    print("a second verifier verifies strictly")


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
        over_http(station, key)
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
        proofs(data, key)
        checkpoint.unlink()
        assert verdicts(data, key)[0] == [1, 1], "no checkpoint"
    print("a second verifier agrees about the record, whole, changed and cut short")


strictly()
main()
witnessed()
