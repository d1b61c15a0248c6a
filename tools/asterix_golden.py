#!/usr/bin/env python3
"""Writes golden ASTERIX records under crates/wire/testdata/asterix, as asterix-decoder reads them.

    python3 -m venv venv && venv/bin/pip install asterix_decoder==0.7.11 lxml
    venv/bin/python tools/asterix_golden.py

Records are drawn at random, by that program's own tables of the categories: every item alone, then many at a
time. Each line of `<category>.jsonl` holds a block's octets and what asterix-decoder reads in its record. The
tests of crates/wire must read the same and write the same octets.
"""

import json
import pathlib
import random
import string

import asterix
from lxml import etree

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "crates" / "wire" / "testdata" / "asterix"
TABLES = pathlib.Path(asterix.__file__).parent / "config"
CATEGORIES = {34: "asterix_cat034_1_27.xml", 48: "asterix_cat048_1_21.xml", 62: "asterix_cat062_1_18.xml"}
MIXED = 40


def octets(dice, count):
    return bytes(dice.randrange(256) for _ in range(count))


def ended(part, more):
    return part[:-1] + bytes([part[-1] & 0xFE | more])


def drawn(dice, layout):
    """Random octets of one layout."""
    if layout.tag == "Fixed":
        length = int(layout.get("length"))
        if any(bits.get("encode") == "ascii" for bits in layout.findall("Bits")):
            # The peer takes text on trust and breaks down over other octets.
            return "".join(dice.choices(string.ascii_uppercase + string.digits, k=length)).encode()
        return octets(dice, length)
    parts = [part for part in layout if isinstance(part.tag, str)]
    if layout.tag == "Variable":
        lengths = [int(part.get("length")) for part in parts]
        count = dice.randint(1, len(lengths)) if len(lengths) > 1 else dice.randint(1, 3)
        lengths += [lengths[-1]] * (count - len(lengths))
        return b"".join(ended(octets(dice, lengths[i]), i + 1 < count) for i in range(count))
    if layout.tag == "Repetitive":
        count = dice.randint(1, 3)
        length = 8 if parts[0].tag == "BDS" else int(parts[0].get("length"))
        return bytes([count]) + octets(dice, count * length)
    if layout.tag == "Explicit":
        rest = octets(dice, dice.randint(1, 5))
        return bytes([1 + len(rest)]) + rest
    if layout.tag == "Compound":
        return compound(dice, parts[0], parts[1:])
    raise ValueError(layout.tag)


def compound(dice, first, subs):
    """A compound item: its presence bits in their order, then the subfields that they tell of."""
    flat = []
    for bits in (bits for part in first for bits in part.findall("Bits") if not bits.get("fx")):
        width = abs(int(bits.get("from", 0)) - int(bits.get("to", 0))) + 1 if bits.get("from") else 1
        flat += [int(bits.findtext("BitsPresence") or 0)] * width
    chosen = [at for at, presence in enumerate(flat) if presence and dice.random() < 0.6]
    chosen = chosen or [next(at for at, presence in enumerate(flat) if presence)]
    head = presence_octets(chosen)
    return head + b"".join(drawn(dice, subs[flat[at] - 1]) for at in chosen)


def presence_octets(numbers):
    head = bytearray(max(numbers) // 7 + 1)
    for number in numbers:
        head[number // 7] |= 0x80 >> number % 7
    for at in range(len(head) - 1):
        head[at] |= 1
    return bytes(head)


def plain(read):
    """What the peer read, without its words."""
    if isinstance(read, dict):
        return read["val"] if "val" in read else {name: plain(value) for name, value in read.items()}
    if isinstance(read, list):
        return [plain(value) for value in read]
    return read


def main():
    FOLDER.mkdir(exist_ok=True)
    dice = random.Random(48)
    for category, name in CATEGORIES.items():
        root = etree.parse(TABLES / name).getroot()
        layouts = {}
        for item in root.findall("DataItem"):
            formats = [child for child in item.find("DataItemFormat") if isinstance(child.tag, str)]
            layouts[item.get("id")] = formats[0]
        uap = root.find("UAP")
        # Opaque items have no table that could be compared.
        profile = [
            (int(entry.get("frn")) - 1, entry.text)
            for entry in uap
            if entry.text in layouts and layouts[entry.text].tag != "Explicit"
        ]
        choices = [[entry] for entry in profile]
        choices += [sorted(dice.sample(profile, dice.randint(2, len(profile)))) for _ in range(MIXED)]
        lines = []
        for chosen in choices:
            body = presence_octets([number for number, _ in chosen])
            body += b"".join(drawn(dice, layouts[item]) for _, item in chosen)
            block = bytes([category]) + (3 + len(body)).to_bytes(2, "big") + body
            (record,) = asterix.parse(block, verbose=False)
            items = {key[1:]: plain(value) for key, value in record.items() if key.startswith("I")}
            assert len(items) == len(chosen), (chosen, items)
            lines.append(json.dumps({"octets": block.hex(), "items": items}))
        (FOLDER / f"cat{category:03}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
