#!/usr/bin/env python3
"""Verifies a record that a Watchline station wrote, without any code of Watchline.

    verify_record.py DATA --key record.vkey [--from OLDER_CHECKPOINT] [--witnesses WITNESSES.vkey]
    verify_record.py --url http://127.0.0.1:8420/record --key record.vkey [--from OLDER_CHECKPOINT] [--token TOKEN]
    verify_record.py --proof FILE --key record.vkey

Needs Python and `cryptography`. Exit 0: every entry is what was signed; 1: it is not, and why; 2: unusable input.
What is checked: the chain of segments and each frame's checksum and place, the root of the RFC 6962 tree over the
entries' leaves, the Ed25519 signature of the checkpoint over that root (C2SP signed-note and tlog-checkpoint), that what
witnesses have signed (tlog-cosignature) leads to it, and that every envelope is the one that its leaf tells of. What is in
envelopes is not read: that takes the station's keys. With --url the same of a station that runs, by its checkpoint, its tiles and its
bundles of entries (C2SP tlog-tiles), but for envelopes, which are not given out. With --proof: that one entry stands under a signed checkpoint, and what
it says, where the proof discloses that. Records of format 1, which had neither leaves nor envelopes, are verified too.
"""
import argparse
import base64
import hashlib
import pathlib
import struct
import sys
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# Of points of small order, which are nobody's key and in no honest signature: y, be it written above the prime or below it.
PRIME = 2**255 - 19
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER = {0, 1, PRIME - 1, ORDER_8, PRIME - ORDER_8}
HEADER, FRAME, LEAF = struct.Struct("<8s5QII"), struct.Struct("<IIQQ"), struct.Struct("<BBq16s32s32s")
FORMATS = (1, 2)
TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


class Broken(Exception):
    """The record is not what was signed."""


def crc32c(data: bytes) -> int:
    sum_ = 0xFFFFFFFF
    for byte in data:
        sum_ = sum_ >> 8 ^ TABLE[(sum_ ^ byte) & 0xFF]
    return sum_ ^ 0xFFFFFFFF


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def is_of_small_order(point: bytes) -> bool:
    return (int.from_bytes(point, "little") & (2**255 - 1)) % PRIME in SMALL_ORDER


def read_key(text: str, kind: int = 1):
    name, number, bytes_ = text.strip().split("+", 2)
    public = base64.b64decode(bytes_)
    if public[0] != kind or sha256(name.encode(), b"\n", public)[:4].hex() != number:
        raise SystemExit("the key's number is not that of its name and bytes")
    if is_of_small_order(public[1:]):
        raise SystemExit("the key is one that fits signatures which nobody made")
    return name, bytes.fromhex(number), Ed25519PublicKey.from_public_bytes(public[1:])


def signature_below(note: str, key) -> tuple[str, bytes]:
    """The text of a note and what the key has put below it."""
    name, number, _ = key
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        signer, _, signature = rest.partition(" ")
        raw = base64.b64decode(signature)
        if dash == "\u2014" and signer == name and raw[:4] == number:
            return text + "\n", raw[4:]
    raise Broken(f"the checkpoint bears no signature by {name}")


def verify(key, signature: bytes, message: bytes) -> None:
    try:
        if is_of_small_order(signature[:32]):
            raise InvalidSignature
        key[2].verify(signature, message)
    except InvalidSignature:
        raise Broken(f"the checkpoint's signature by {key[0]} is false") from None


def open_checkpoint(note: str, key) -> tuple[int, bytes]:
    text, signature = signature_below(note, key)
    verify(key, signature, text.encode())
    origin, size, root = text.splitlines()[:3]
    if origin != key[0]:
        raise Broken("the checkpoint is of another record")
    return int(size), base64.b64decode(root)


def seen_by(note: str, witness) -> int:
    """When a witness saw a checkpoint, in seconds since 1970."""
    text, signature = signature_below(note, witness)
    at = int.from_bytes(signature[:8], "big")
    verify(witness, signature[8:], f"cosignature/v1\ntime {at}\n{text}".encode())
    return at


def witnessed(data: pathlib.Path, key, witnesses: list):
    """What witnesses have signed: their names, and the sizes and roots that they saw."""
    by_number = {witness[1].hex(): witness for witness in witnesses}
    for path in sorted((data / "record").glob("witnessed/*")):
        if path.name not in by_number:
            raise Broken(f"{path} is of a witness that nobody knows")
        note = path.read_text()
        seen_by(note, by_number[path.name])
        if len(note.splitlines()) != 6:
            raise Broken(f"{path} has lines that nobody signed")
        yield by_number[path.name][0], open_checkpoint(note, key)


def segments(record: pathlib.Path):
    """Segments from the oldest to the newest that count, each cut to what counts of it."""
    paths = {int(path.name[8:]): path for path in record.glob("segment-*") if path.name[8:].isdigit()}
    chain, wanted, counted = [], max(paths, default=0), None
    while wanted:
        if wanted not in paths:
            raise Broken(f"segment {wanted} is missing")
        data = paths[wanted].read_bytes()
        magic, sequence, first, previous, previous_bytes, carried, version, sum_ = HEADER.unpack_from(data)
        if magic != b"WLRECORD" or sequence != wanted or crc32c(data[:52]) != sum_ or previous >= sequence:
            raise Broken(f"the header of segment {wanted} is damaged")
        version, compacted = version & 0xFFFF, version >> 16
        if version not in FORMATS or compacted > 1:
            raise SystemExit(f"segment {wanted} has format {version}, this program reads {FORMATS}")
        if compacted:
            # What was erased is taken out of it; it says how long it was before.
            if carried != counted:
                raise Broken(f"segment {wanted} takes the place of another one than its successor names")
            counted = None
        chain.append((first, version, data[HEADER.size:counted]))
        wanted, counted = previous, previous_bytes
    return reversed(chain)


def entries(record: pathlib.Path):
    """What the tree holds of entries, in order; what is not a frame ends them, for a last write may be unfinished."""
    index = 1
    for first, version, data in segments(record):
        if first != index:
            raise Broken(f"entry {index} is missing")
        while data:
            if len(data) < FRAME.size:
                return
            length, sum_, found, _ = FRAME.unpack_from(data)
            frame = data[:FRAME.size + length]
            if len(frame) < FRAME.size + length or found != index or crc32c(frame[:4] + frame[8:]) != sum_:
                return
            yield leaf_of(frame[FRAME.size:], index) if version > 1 else frame[FRAME.size:]
            data, index = data[len(frame):], index + 1


def leaf_of(body: bytes, index: int) -> bytes:
    """The leaf of an entry, whose envelope must be the one that it tells of unless it was taken out."""
    leaf, envelope = body[:LEAF.size], body[LEAF.size:]
    if len(leaf) < LEAF.size or leaf[0] != 2 or envelope and sha256(envelope) != leaf[-32:]:
        raise Broken(f"the envelope of entry {index} is not the one that its leaf tells of")
    return leaf


def tile_path(number: int, width: int) -> str:
    """Where a tile lies, as tlog-tiles has it."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    return "/".join(groups) + (f".p/{width}" if width < 256 else "")


class Mirror:
    """A record that is read from a station."""

    def __init__(self, url: str, token: str | None):
        self.url, self.headers = url.rstrip("/"), {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> bytes:
        request = urllib.request.Request(f"{self.url}/{path}", headers=self.headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def entries(self, size: int):
        """Leaves in order, each held against the tiles of all levels above it."""
        levels = [[]]
        for first in range(0, size, 256):
            width = min(256, size - first)
            place = tile_path(first // 256, width)
            bundle, leaves = self.get(f"tile/entries/{place}"), []
            while bundle:
                length = int.from_bytes(bundle[:2], "big")
                leaves.append(bundle[2:2 + length])
                bundle = bundle[2 + length:]
            if len(leaves) != width:
                raise Broken(f"the bundle from entry {first + 1} on has {len(leaves)} entries, not {width}")
            yield from leaves
            levels[0] += [sha256(b"\0", leaf) for leaf in leaves]
        while levels[-1]:
            level, hashes = len(levels) - 1, levels[-1]
            for first in range(0, len(hashes), 256):
                part = hashes[first:first + 256]
                if self.get(f"tile/{level}/{tile_path(first // 256, len(part))}") != b"".join(part):
                    raise Broken(f"tile {first // 256} of level {level} is not what the entries lead to")
            whole = len(hashes) // 256
            levels.append([full_root(hashes[256 * at:256 * at + 256]) for at in range(whole)])


def full_root(hashes: list) -> bytes:
    while len(hashes) > 1:
        hashes = [sha256(b"\1", *hashes[at:at + 2]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def check_proof(text: str, key) -> str:
    """What a proof of one entry (C2SP tlog-proof) shows."""
    try:
        head, checkpoint = text.split("\n\n", 1)
        first, extra, place, *path = head.split("\n")
        if first != "c2sp.org/tlog-proof@v1":
            raise ValueError(first)
        extra, index = base64.b64decode(extra.removeprefix("extra ")), int(place.removeprefix("index "))
        path = [base64.b64decode(line) for line in path]
        _, class_, at, _, commitment, _ = LEAF.unpack(extra[:LEAF.size])
    except (ValueError, struct.error) as why:
        raise SystemExit(f"this is no proof: {why}") from None
    size, root = open_checkpoint(checkpoint, key)
    node, last, here = sha256(b"\0", extra[:LEAF.size]), size - 1, index
    for beside in path:
        if here & 1 or here == last:
            node = sha256(b"\1", beside, node)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            node = sha256(b"\1", node, beside)
        here, last = here >> 1, last >> 1
    if index >= size or last or node != root:
        raise Broken("entry and path do not lead to the root that was signed")
    shown = f"entry {index + 1} of {size}, of kind {class_}, taken {at / 1000} s after 1970, stands in {key[0]}"
    if len(extra) == LEAF.size:
        return shown
    if sha256(extra[LEAF.size:]) != commitment:
        raise Broken("what the proof discloses is not what the entry was made of")
    return f"{shown}; what it discloses is what the entry was made of: {extra[LEAF.size + 32:].hex()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path, nargs="?")
    parser.add_argument("--url")
    parser.add_argument("--token")
    parser.add_argument("--proof", type=pathlib.Path)
    parser.add_argument("--key", type=pathlib.Path, required=True)
    parser.add_argument("--from", dest="older", type=pathlib.Path)
    parser.add_argument("--witnesses", type=pathlib.Path)
    options = parser.parse_args()
    key = read_key(options.key.read_text())
    if sum(map(bool, (options.data, options.url, options.proof))) != 1:
        parser.error("one of DATA, --url URL and --proof FILE")
    if options.proof:
        try:
            print(check_proof(options.proof.read_text(), key))
        except Broken as why:
            print(f"the proof does NOT hold: {why}", file=sys.stderr)
            return 1
        return 0
    try:
        seen, signed = [], [open_checkpoint(options.older.read_text(), key)] if options.older else []
        if options.url:
            mirror = Mirror(options.url, options.token)
            signed.append(open_checkpoint(mirror.get("checkpoint").decode(), key))
            found = mirror.entries(signed[-1][0])
        else:
            keys = options.witnesses or options.data / "keys" / "witnesses.vkey"
            witnesses = [read_key(line, 4) for line in keys.read_text().splitlines()] if keys.exists() else []
            note = options.data / "record" / "checkpoint"
            if not note.exists():
                raise Broken("nothing is signed: record/checkpoint is missing")
            signed.append(open_checkpoint(note.read_text(), key))
            seen = list(witnessed(options.data, key, witnesses))
            signed += [saw for _, saw in seen]
            found = entries(options.data / "record")
        sizes = {count for count, _ in signed}
        peaks, size, roots = [], 0, {0: sha256()}
        for entry in found:
            node, size = sha256(b"\0", entry), size + 1
            at = size
            while at % 2 == 0:
                node, at = sha256(b"\1", peaks.pop(), node), at // 2
            peaks.append(node)
            if size in sizes:
                root = peaks[-1]
                for left in reversed(peaks[:-1]):
                    root = sha256(b"\1", left, root)
                roots[size] = root
        for count, root in sorted(signed):
            if count not in roots:
                raise Broken(f"{count} entries were signed, {size} are intact: entry {size + 1} is not what it was")
            if roots[count] != root:
                raise Broken(f"entries up to {count} are not those that were signed")
    except Broken as why:
        print(f"the record does NOT hold: {why}", file=sys.stderr)
        return 1
    saw = "".join(f", {count} seen by {name}" for name, (count, _) in seen)
    print(f"the record holds: {size} entries, {max(sizes)} of them signed by {key[0]}{saw}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
