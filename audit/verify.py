#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004, TRY301 - lengths are the formats' own, named in SPEC.md; refusals are told
"""Check what privseg put on record, without privseg.

    python3 verify.py DIR [--key VKEY] [--anchors FOLDER] [--remember FILE]  an exported log, a kit
    python3 verify.py --proof FILE [--entry FILE] --key VKEY                 one entry of a log
    python3 verify.py --register RELEASE.json [--key VKEY] [--witness VKEY]  a release's place

It needs Python 3.11 or newer and nothing else. It shares the specification (SPEC.md) with privseg,
and no code. It is one file, so that it can be read from top to bottom, copied and kept alone.
Exit: 0 clean, 5 tampered with, 2 wrong usage, 1 it could not do its work; never 0 on a failure.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import file_digest, sha256, sha512
from itertools import pairwise
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

CLEAN, FAILED, USAGE, TAMPERED = 0, 1, 2, 5


class RefusedError(Exception):
    """Something does not hold; the text says why."""


class UsageError(Exception):
    """The command is not one; the text says what to give."""


# --- Ed25519 verification, RFC 8032 section 5.1 -------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)
Point = tuple[int, int, int, int]  # extended homogeneous coordinates: x = X/Z, y = Y/Z, xy = T/Z


def add(p: Point, q: Point) -> Point:
    """Return p + q (RFC 8032 5.1.4; complete, so it doubles too)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: Point) -> Point:
    """Return scalar times point. Nothing here is secret, so the time may tell."""
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def combine(a: int, p: Point, b: int, q: Point) -> Point:
    """Return a times p plus b times q, doubling once for both."""
    choices = ((None, p), (q, add(p, q)))
    result = IDENTITY
    for bit in range(max(a.bit_length(), b.bit_length()) - 1, -1, -1):
        result = add(result, result)
        choice = choices[b >> bit & 1][a >> bit & 1]
        result = add(result, choice) if choice else result
    return result


def compress(point: Point) -> bytes:
    """Return the 32 bytes of a point (RFC 8032 5.1.2)."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decompress(data: bytes) -> Point | None:
    """Return the point of 32 bytes, or None for a second spelling or no point (RFC 8032 5.1.3)."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * ROOT_OF_MINUS_1 % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or IDENTITY


def is_weak(key: Point) -> bool:
    """Return whether a public key is of small order: anybody can sign for it."""
    return compress(multiply(8, key)) == compress(IDENTITY)


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether an Ed25519 signature holds: S below L, one spelling each, equation exact."""
    key = decompress(public_key)
    s = int.from_bytes(signature[32:], "little")
    if key is None or is_weak(key):
        return False
    if len(signature) != 64 or s >= L:
        return False
    digest = sha512(signature[:32] + public_key + message).digest()
    negated = (P - key[0], key[1], key[2], P - key[3])
    k = int.from_bytes(digest, "little") % L
    return compress(combine(s, BASE, k, negated)) == signature[:32]


# --- The Merkle tree, RFC 6962 section 2.1 ------------------------------------------------------

WIDTH = 256  # hashes in a tile, entries in a bundle (C2SP tlog-tiles)


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root_hash(nodes: list[bytes]) -> bytes:
    """Return the root over hashes: neighbours are joined, a last one without neighbour rises.

    The hashes may be leaves, or roots of full trees of one size, of which the last may be smaller.
    """
    if not nodes:
        return sha256(b"").digest()
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        nodes = above + nodes[len(nodes) & ~1 :]
    return nodes[0]


class Tree:
    """A tree that grows by tiles of 256 leaves; of each level it keeps the tile not yet full."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]
        self.counts = [0]  # hashes of each level so far

    def add(self, leaves: list[bytes]) -> list[tuple[int, int, list[bytes]]]:
        """Add a tile of leaves (only the last may have fewer than 256).

        Return (level, number, hashes) of the tiles above the leaves that this filled.
        """
        filled: list[tuple[int, int, list[bytes]]] = []
        level, hashes = 0, leaves
        while True:
            self.levels[level] += hashes
            self.counts[level] += len(hashes)
            if len(self.levels[level]) < WIDTH:
                return filled
            if level:
                filled.append((level, self.counts[level] // WIDTH - 1, self.levels[level]))
            hashes, self.levels[level] = [root_hash(self.levels[level])], []
            level += 1
            if level == len(self.levels):
                self.levels.append([])
                self.counts.append(0)

    def root(self, more: list[bytes]) -> bytes:
        """Return the root over all leaves, and ``more`` (fewer than a tile) after them."""
        nodes = self.levels[0] + more
        for level in self.levels[1:]:
            nodes = level + ([root_hash(nodes)] if nodes else [])
        return root_hash(nodes)


def root_from_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        raise RefusedError("the index is outside the tree")
    here, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise RefusedError("the inclusion proof is too long")
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    if last:
        raise RefusedError("the inclusion proof is too short")
    return root


# --- Base 64, signed notes, keys, checkpoints and cosignatures (C2SP) ---------------------------

NAME = r"[^\s+\x00-\x1f\ud800-\udfff]+"
BASE64 = r"[A-Za-z0-9+/]+={0,2}"
COUNT = r"(?:0|[1-9][0-9]{0,18})"
MAX_COUNT = 2**63 - 1
MAX_NOTE = 1_000_000
ED25519, COSIGNATURE = 1, 4  # signature types of signed notes


class Key(NamedTuple):
    """A named Ed25519 public key, of a log or (``kind`` 4) of a witness."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        """Return SHA-256(name || 0x0A || kind || key)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def signer(self) -> tuple[str, bytes]:
        """Return what a signature line calls the key by."""
        return self.name, self.key_id

    def __str__(self) -> str:
        """Return the name and id: enough to compare with what was handed over elsewhere."""
        return f"{printable(self.name)}+{self.key_id.hex()}"


class Checkpoint(NamedTuple):
    """The head of a log."""

    origin: str
    size: int
    root: bytes


def printable(text: str) -> str:
    """Return text that cannot play tricks on a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def from_base64(text: str) -> bytes:
    """Return the bytes of the one padded spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise RefusedError("a line is not base 64") from None
    if base64.b64encode(data).decode() != text:
        raise RefusedError("a line is not the one base 64 spelling of its bytes")
    return data


def parse_vkey(text: str, kind: int = ED25519) -> Key:
    """Return the key of ``name+id+base64(kind || key)``."""
    match = re.fullmatch(rf"({NAME})\+([0-9a-f]{{8}})\+({BASE64})", text)
    if not match:
        raise RefusedError("the verifier key is not name+id+key")
    data = from_base64(match[3])
    key = Key(match[1], data[1:], kind)
    if len(data) != 33 or data[0] != kind:
        raise RefusedError("the verifier key is not an Ed25519 key of its kind")
    if key.key_id.hex() != match[2]:
        raise RefusedError("the verifier key's id is not the key's: it was mistyped or changed")
    point = decompress(key.public)
    if point is None or is_weak(point):
        raise RefusedError("the verifier key is no key: anybody, or nobody, can sign for it")
    return key


def vkey_of(key: Key) -> str:
    """Return a key as text."""
    typed = base64.b64encode(bytes([key.kind]) + key.public).decode()
    return f"{key.name}+{key.key_id.hex()}+{typed}"


def split_note(note: str) -> tuple[str, dict[tuple[str, bytes], bytes]]:
    """Return the text of a signed note and its signatures, in order; no signature is checked."""
    if len(note) > MAX_NOTE or not note.endswith("\n"):
        raise RefusedError("the note is too long, or has no last newline")
    if re.search(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]", note):
        raise RefusedError("a control character is in the note")
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not tail:
        raise RefusedError("no blank line stands before the signatures")
    found: dict[tuple[str, bytes], bytes] = {}
    for line in tail[:-1].split("\n"):
        match = re.fullmatch(rf"— ({NAME}) ({BASE64})", line)
        data = from_base64(match[2]) if match else b""
        if not match or len(data) <= 4:
            raise RefusedError("a signature line is not '— name base64'")
        if (match[1], data[:4]) in found:
            raise RefusedError("one key signed twice")
        found[match[1], data[:4]] = data[4:]
    return f"{text}\n", found


def open_note(note: str, key: Key) -> str:
    """Return the text that ``key`` signed; signatures of unknown keys are passed over."""
    text, signatures = split_note(note)
    if key.signer not in signatures:
        raise RefusedError(f"the key {key} did not sign this")
    if not verify_signature(key.public, text.encode(), signatures[key.signer]):
        raise RefusedError("the signature does not verify: the note was changed")
    return text


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of the three lines origin, size, root."""
    match = re.fullmatch(rf"({NAME})\n({COUNT})\n([A-Za-z0-9+/]{{43}}=)\n", text)
    if not match:
        raise RefusedError("the signed text is not the lines origin, size and root")
    head = Checkpoint(match[1], int(match[2]), from_base64(match[3]))
    if head.size > MAX_COUNT or (head.size == 0 and head.root != root_hash([])):
        raise RefusedError("no tree has this size and root")
    return head


def to_text(data: bytes) -> str:
    """Return UTF-8 text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RefusedError("it is not UTF-8") from None


def open_checkpoint(note: bytes, key: Key) -> Checkpoint:
    """Return the checkpoint in a signed note."""
    return parse_checkpoint(open_note(to_text(note), key))


def witnessed_at(note: str, witness: Key) -> int:
    """Return when a witness saw a checkpoint (C2SP tlog-cosignature, cosignature/v1).

    Its signature says that this was the largest head of the log it had seen, and that it continued
    all heads it had seen before.
    """
    text, signatures = split_note(note)
    signed = signatures.get(witness.signer)
    if signed is None:
        raise RefusedError(f"the witness {witness} did not sign this")
    when = int.from_bytes(signed[:8], "big")
    message = f"cosignature/v1\ntime {when}\n{text}"
    if len(signed) != 72 or when > MAX_COUNT:
        raise RefusedError("a cosignature is not a time and a signature")
    if not verify_signature(witness.public, message.encode(), signed[8:]):
        raise RefusedError(f"the cosignature of {witness} does not verify")
    return when


# --- Canonical JSON and entries (SPEC.md, sections 2 and 3) -------------------------------------

VERSION = "privseg.audit/1"
MAX_ENTRY = 65_535
MAX_DEPTH = 64
ACTORS = "marketer analyst engineer compliance_officer counsel auditor admin"
OUTCOMES = "ok pending denied failed"
SPELLINGS = {
    "NAME": r"[^\W\d][\w.\-]{0,127}",
    "CODE": r"[0-9A-Za-z._:/=+\-]{1,200}",
    "INDEX": r"0|[1-9][0-9]{0,18}",
    "SPAN": r"(?:0|[1-9][0-9]{0,18})(?:-[1-9][0-9]{0,18})?",
    "PROSE": r"(?![^@]*[0-9]{6})[^\x00-\x1f\x7f@]{1,400}",
}
SHAPES = {
    "NAME": "attributes categories format guarantee jurisdiction letter level purpose recipient "
    "report request role segmenter segments setting source system table verb",
    "CODE": "batch case edition epoch ground key_id law lifts_on plan policy previous release run "
    "value vkey",
    "INDEX": "of register snapshot",
    "SPAN": "erased",
    "PROSE": "place reason",
}
LISTS = frozenset({"attributes", "categories", "erased", "segments"})
RUN = "run segmenter purpose attributes segments policy plan edition report case place reason"
COMMON = "verb reason place case run"
ALLOWED = {
    "access.intent": RUN,
    "access.outcome": f"{RUN} of",
    "access.denied": f"{RUN} of",
    "release": f"{RUN} of release register guarantee",
    "consent": f"{COMMON} source batch purpose categories",
    "policy": f"{COMMON} policy previous",
    "dsr": f"{COMMON} request jurisdiction ground erased of level law letter system recipient "
    "purpose lifts_on",
    "key": f"{COMMON} key_id previous epoch",
    "configuration": f"{COMMON} setting value previous",
    "actor": f"{COMMON} role segmenter",
    "export": f"{COMMON} table format recipient purpose report release of segmenter segments "
    "attributes policy",
    "checkpoint.key": f"{COMMON} key_id previous vkey",
    "import": f"{COMMON} source table attributes format batch snapshot",
    "retention": f"{COMMON} erased",
}
REQUIRED = {
    "access.intent": "run segmenter purpose attributes",
    "access.outcome": "run of",
    "access.denied": "reason",
    "release": "run release",
}  # a kind that is not listed needs a verb
ALLOWED_KEYS = {kind: frozenset(keys.split()) for kind, keys in ALLOWED.items()}
REQUIRED_KEYS = {kind: frozenset(REQUIRED.get(kind, "verb").split()) for kind in ALLOWED}
PATTERN_OF = {
    key: re.compile(SPELLINGS[shape]) for shape, keys in SHAPES.items() for key in keys.split()
}


def _no_float(_: str) -> None:
    raise RefusedError("it holds a float")


DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def parse_canonical(data: bytes) -> Any:
    """Return the value of canonical JSON; any other spelling of it is refused."""
    try:
        value = DECODER.decode(data.decode())
        same = ENCODER.encode(value).encode() == data
    except (ValueError, RecursionError):
        raise RefusedError("it is not JSON text in UTF-8") from None
    if not same or (data.count(b"[") + data.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH):
        raise RefusedError("its spelling is not the canonical one, or it is nested too deep")
    return value


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, (dict, list)) else 0


def _words(words: str) -> str:
    return "|".join(map(re.escape, words.split()))


# An entry has ten keys in alphabetical order, and all but the header are spelled in one way: so
# this is canonical JSON wherever the header in its middle is.
LAYOUT = re.compile(
    rf'\{{"actor":"(?:{_words(ACTORS)})","boot_id":"([0-9a-f]{{32}})","commitment":"([0-9a-f]{{64}})",'
    rf'"header":(\{{.*\}}),"kind":"({_words(" ".join(ALLOWED))})","monotonic_ns":({COUNT}),'
    rf'"outcome":"({_words(OUTCOMES)})","sequence":({COUNT}),"time":"('
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z)"
    rf'","version":"{re.escape(VERSION)}"\}}'.encode(),
    re.DOTALL,
)
VERSION_OF = re.compile(rb'"version":"([^"]*)"\}\Z')


class Entry(NamedTuple):
    """What an entry says."""

    header: dict[str, Any]
    kind: bytes
    outcome: bytes
    sequence: int
    time: bytes
    monotonic_ns: int
    boot_id: bytes
    commitment: bytes


def parse_entry(data: bytes) -> Entry:
    """Return what an entry says; whatever SPEC.md does not name is refused."""
    found = LAYOUT.fullmatch(data)
    if not found or len(data) > MAX_ENTRY:
        raise RefusedError(_why_none(data))
    boot, commitment, spelled, kind, ticks, outcome, number, time, day = found.groups()
    monotonic_ns, sequence = int(ticks), int(number)
    if monotonic_ns > MAX_COUNT or sequence > MAX_COUNT or not is_date(day):
        raise RefusedError("a number is 2^63 or more, or its day is on no calendar")
    header = HEADERS.get((kind, outcome, spelled)) or parse_header(kind, outcome, spelled)
    return Entry(header, kind, outcome, sequence, time, monotonic_ns, boot, commitment)


def _why_none(data: bytes) -> str:
    version = VERSION_OF.search(data)
    if len(data) > MAX_ENTRY:
        return f"it is longer than {MAX_ENTRY} bytes"
    if not version or version[1] != VERSION.encode():
        return "its version is unknown"
    return "it is not the ten fields, each in its one spelling and with a known value"


@lru_cache(1_000)
def is_date(day: bytes) -> bool:
    """Return whether a day is on the calendar."""
    try:
        return date.fromisoformat(day.decode()).isoformat() == day.decode()
    except ValueError:
        return False


IDS = {f'"{key}":"'.encode(): key for key in ["batch", "case", "of", "register", "release", "run"]}
ID = re.compile(rb"(" + b"|".join(IDS) + rb")([0-9A-Za-z._:/=+\-]{1,200})(?=\")")
HEADERS: dict[tuple[bytes, bytes, bytes], dict[str, Any]] = {}
MAX_HEADERS = 50_000  # texts of headers kept


def parse_header(kind: bytes, outcome: bytes, spelled: bytes) -> dict[str, Any]:
    """Return the header of a kind of entry.

    A log says the same again and again, but for ids: each distinct text is checked once, with 0 in
    the place of every id that is spelled as a CODE.
    """
    parts = ID.split(spelled)  # text, key, id, text, ...
    ids = dict(zip(parts[1::3], parts[2::3], strict=True))
    parts[2::3] = [b"0"] * (len(parts) // 3)
    common = b"".join(parts)
    known = HEADERS.get((kind, outcome, common))
    if known is None:
        known = parse_canonical(common)
        check_header(kind.decode(), outcome.decode(), known)
        if len(HEADERS) >= MAX_HEADERS:
            HEADERS.clear()
        HEADERS[kind, outcome, common] = known
    said = {IDS[key]: value.decode() for key, value in ids.items()}
    for key in said.keys() & {"of", "register"}:
        _check_shape(key, said[key])
    return known | said


def check_header(kind: str, outcome: str, header: dict[str, Any]) -> None:
    """Refuse a header whose keys or texts are not those of its kind, and a wrong outcome."""
    if (kind == "access.intent") != (outcome == "pending"):
        raise RefusedError("an intent is pending, and nothing else is")
    if kind == "access.denied" and outcome != "denied":
        raise RefusedError("a denial is denied")
    if not REQUIRED_KEYS[kind] <= header.keys() <= ALLOWED_KEYS[kind]:
        raise RefusedError("its header lacks a key, or has one that its kind does not")
    for key, value in header.items():
        _check_shape(key, value)
    for text in header.get("erased", ()):
        if "-" in text and span(text)[0] >= span(text)[1]:
            raise RefusedError("its header: erased names a range that ends before it begins")


def _check_shape(key: str, value: object) -> None:
    texts = value if isinstance(value, list) else [value]
    fits = PATTERN_OF[key].fullmatch
    if isinstance(value, list) != (key in LISTS) or not all(
        isinstance(text, str) and fits(text) for text in texts
    ):
        raise RefusedError(f"its header: {key} does not have its shape")


def span(text: str) -> tuple[int, int]:
    """Return the first and last number of ``7`` or ``7-12``."""
    first, dash, last = text.partition("-")
    return int(first), int(last) if dash else int(first)


# --- What is found ------------------------------------------------------------------------------

WARNINGS = frozenset({"intent.open", "clock.wall", "clock.jump", "clock.monotonic", "body.kept"})
MAX_PER_RULE = 20


class Finding(NamedTuple):
    """One thing found; ``sequence`` names the entry, None the log as a whole."""

    rule: str
    sequence: int | None
    message: str

    @property
    def severity(self) -> str:
        """Return whether the record still says what was written."""
        return "warning" if self.rule in WARNINGS else "tampered"


def shorten(findings: list[Finding]) -> list[Finding]:
    """Return findings in order of sequence, at most 20 of each rule."""
    seen: Counter[str] = Counter()
    kept = []
    for finding in sorted(findings, key=lambda f: (f.sequence is None, f.sequence or 0)):
        seen[finding.rule] += 1
        if seen[finding.rule] <= MAX_PER_RULE:
            kept.append(finding)
    return kept


# --- An export on disk (SPEC.md, section 7) -----------------------------------------------------


class Export:
    """A checkpoint, C2SP tlog-tiles, handovers, and bodies if they were exported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if it is not there; any other failure is raised."""
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def below(self, name: str) -> list[str]:
        """Return the paths of all files below a folder of the export."""
        top = self.folder / name
        try:
            top.stat()
        except FileNotFoundError:
            return []
        walk = os.walk(top, onerror=_raise)
        return [
            Path(at, file).relative_to(top).as_posix() for at, _, files in walk for file in files
        ]


def _raise(failure: OSError) -> None:
    raise failure


ENTRY_LENGTH, BODY_LENGTH = Struct(">H"), Struct(">I")  # before each text of a bundle


def tile_path(number: int, width: int = WIDTH) -> str:
    """Return the path of a tile: three digits to a folder, and the width of a partial one."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    path = "/".join(reversed(groups))
    return path if width == WIDTH else f"{path}.p/{width}"


def tiles_of(count: int) -> Iterator[tuple[str, int, int]]:
    """Yield (path, first, end) of the tiles that hold ``count`` hashes or entries."""
    for first in range(0, count, WIDTH):
        end = min(first + WIDTH, count)
        yield tile_path(first // WIDTH, end - first), first, end


def cut(bundle: bytes, count: int, length: Struct) -> tuple[list[bytes], int]:
    """Return up to ``count`` texts, each after its length, and where they end."""
    found: list[bytes] = []
    at, digits, total = 0, length.size, len(bundle)
    while len(found) < count and at + digits <= total:
        end = at + digits + length.unpack_from(bundle, at)[0]
        if end > total:
            break
        found.append(bundle[at + digits : end])
        at = end
    return found, at


# --- The keys of a log: one after the other (SPEC.md, section 6) --------------------------------


class Era(NamedTuple):
    """A key, the size up to which it speaks for the log (None: the last), and the head there."""

    key: Key
    until: int | None = None
    root: bytes = b""


def keys_of(beside: bytes | None, given: list[str]) -> list[Key]:
    """Return the keys of a log, oldest first: those in its log.vkey, or those given if it is gone.

    Every key that was given must be one of them.
    """
    if beside is None and not given:
        raise UsageError("there is no log.vkey in the folder: give the log's key with --key")
    trusted = [parse_vkey(text) for text in given]
    lines = None if beside is None else to_text(beside).split("\n")
    if lines is not None and lines.pop() != "":
        raise RefusedError("log.vkey is not keys, one a line")
    keys = trusted if lines is None else [parse_vkey(line) for line in lines]
    if not all(key in keys for key in trusted):
        raise RefusedError("the log.vkey in the folder is not the key of this log")
    return keys


def eras_of(export: Export, keys: list[Key]) -> list[Era]:
    """Return what each key speaks for: a key is handed over by a head that both keys signed."""
    if len(export.below("handover")) != len(keys) - 1:
        raise RefusedError("there is not one handover between each key and the next")
    eras: list[Era] = []
    for number, (old, new) in enumerate(pairwise(keys)):
        note = to_text(export.read(f"handover/{tile_path(number)}") or b"")
        head = parse_checkpoint(open_note(note, old))
        open_note(note, new)
        if list(split_note(note)[1]) != [old.signer, new.signer] or head.origin != keys[0].name:
            raise RefusedError(
                "a handover is not one head of this log, signed by the old key first"
            )
        if head.size <= (eras[-1].until or 0 if eras else 0):
            raise RefusedError("handovers are out of order")
        eras.append(Era(old, head.size, head.root))
    return [*eras, Era(keys[-1])]


def is_rotation(entry: Entry) -> bool:
    """Return whether an entry of kind ``checkpoint.key`` says that the key was changed."""
    return entry.outcome == b"ok" and entry.header["verb"] == "rotate"


def names(entry: Entry, old: Key, new: Key) -> bool:
    """Return whether an entry says that one key hands over to another."""
    wanted = {"previous": old.key_id.hex(), "key_id": new.key_id.hex(), "vkey": vkey_of(new)}
    return wanted.items() <= entry.header.items()


# --- The checks ---------------------------------------------------------------------------------

GONE, INTACT, CHANGED, ERASED = 0, 1, 2, 4  # what is known of a body; ERASED is added to the others
AS_ERASED = bytes(state | ERASED for state in range(256))
DAY_NS = 86_400 * 10**9


class Check:
    """One pass over an export, a bundle at a time; ``findings`` is what it found."""

    def __init__(self, export: Export, head: Checkpoint, eras: list[Era], sizes: set[int]) -> None:
        self.export = export
        self.head = head
        self.eras = eras
        self.handovers = {each.until: place for place, each in enumerate(eras) if each.until}
        self._named: set[int] = set()  # handovers that an entry tells
        self.wanted = sorted(sizes | self.handovers.keys() | {0, head.size}, reverse=True)
        self.roots: dict[int, bytes] = {}  # of the first so many entries, where it is wanted
        self.times: dict[int, bytes] = {}  # of the entry after them
        self.findings: list[Finding] = []
        self.tree = Tree()
        self.size = 0
        self.kinds: Counter[bytes] = Counter()
        self.has_bodies = bool(export.below("bodies"))
        self.bodies = bytearray()  # a state for each entry
        self.released: list[tuple[str, str]] = []
        self.last: Entry | None = None
        self._shift = 0
        self._monotonic: dict[bytes, int] = {}
        self._open: dict[int, str] = {}

    def run(self) -> None:
        """Read and check every entry, then what only the whole can tell."""
        for path, first, end in tiles_of(self.head.size):
            if not self._bundle(path, first, end):
                break
        else:
            self._partial_tiles()
        for index in self._open:
            message = f"the intent of entry {index} has no outcome: the run crashed, or what it "
            self.find("intent.open", index, f"{message}read is unaccounted for")
        if self.has_bodies:
            self._bodies_left()
        self._see_sizes([], [])
        self._handovers_left()
        self._tree()
        self.findings = shorten(self.findings)

    def find(self, rule: str, sequence: int | None, message: str) -> None:
        """Note a finding; of a flood only the first are kept."""
        self.findings.append(Finding(rule, sequence, message))
        if len(self.findings) > 10_000:
            self.findings = shorten(self.findings)

    def _bundle(self, path: str, first: int, end: int) -> bool:
        """Check one bundle of entries; False if no entry can be told apart after it."""
        data = self.export.read(f"tile/entries/{path}") or b""
        entries, used = cut(data, end - first, ENTRY_LENGTH)
        leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        self._stored_hashes(path, first, end, leaves)
        facts = self._parse(first, entries)
        self._sequence(first, facts)
        self._clocks(first, facts)
        self._references(first, facts)
        if self.has_bodies:
            self._bodies(path, first, facts, whole=len(entries) == end - first)
        self._see_sizes(leaves, facts)
        self.size += len(entries)
        for level, number, hashes in self.tree.add(leaves):
            self._upper_tile(level, tile_path(number), number, hashes)
        if len(entries) < end - first:
            self.find("bundle", self.size, f"tile/entries/{path} is missing or cut")
        elif used != len(data):
            self.find("bundle", first, f"tile/entries/{path} holds more than its entries")
        return len(entries) == end - first

    def _stored_hashes(self, path: str, first: int, end: int, leaves: list[bytes]) -> None:
        tile = self.export.read(f"tile/0/{path}") or b""
        if len(tile) != 32 * (end - first):
            self.find("tile", first, f"the hash tile tile/0/{path} is missing or cut")
        elif not tile.startswith(b"".join(leaves)):
            for place, leaf in enumerate(leaves):
                if tile[32 * place : 32 * place + 32] != leaf:
                    index = first + place
                    message = f"the bytes of entry {index} are not those that were hashed"
                    self.find("leaf", index, message)

    def _parse(self, first: int, entries: list[bytes]) -> list[Entry | None]:
        facts: list[Entry | None] = []
        for data in entries:
            try:
                facts.append(parse_entry(data))
            except RefusedError as refusal:
                index = first + len(facts)
                self.find("entry", index, f"entry {index} is no entry: {refusal}")
                facts.append(None)
        return facts

    def _sequence(self, first: int, facts: list[Entry | None]) -> None:
        """An entry bears the number of its place; where the numbering jumps is told once."""
        for index, entry in enumerate(facts, first):
            shift = entry.sequence - index if entry else self._shift
            if shift not in (self._shift, 0):
                message = f"entry {index} does not bear the number {index}: entries were deleted, "
                self.find("sequence", index, f"{message}repeated or moved")
            self._shift = shift

    def _clocks(self, first: int, facts: list[Entry | None]) -> None:
        last, boots = self.last, self._monotonic
        for index, entry in enumerate(facts, first):
            if entry is None:
                continue
            if last and entry.time < last.time:
                self.find("clock.wall", index, f"at entry {index} the wall clock went back")
            elif last and entry.time[:10] != last.time[:10] and jumped(last, entry):
                message = f"at entry {index} the wall clock jumped ahead by more than a day"
                self.find("clock.jump", index, message)
            if entry.monotonic_ns < boots.get(entry.boot_id, 0):
                message = f"at entry {index} the monotonic clock went back within one boot"
                self.find("clock.monotonic", index, message)
            boots[entry.boot_id] = entry.monotonic_ns
            last = entry
        self.last = last

    def _references(self, first: int, facts: list[Entry | None]) -> None:
        """What an entry says of another one, of the register, and of the log's key."""
        self.kinds.update(entry.kind for entry in facts if entry)
        for index, entry in enumerate(facts, first):
            if entry is None:
                continue
            if entry.kind == b"access.intent":
                self._open[index] = entry.header["run"]
                continue
            if "of" in entry.header and not self._refers(index, entry):
                message = f"entry {index} refers to an entry that is not its intent"
                self.find("pair", index, message)
            if entry.kind == b"release" and "register" in entry.header:
                self.released.append((entry.header["register"], entry.header["release"]))
            if entry.kind == b"checkpoint.key" and is_rotation(entry):
                self._rotation(index, entry)

    def _refers(self, index: int, entry: Entry) -> bool:
        """An outcome or denial ends an open intent of its run; any other ``of`` looks back."""
        of = int(entry.header["of"])
        if entry.kind not in (b"access.outcome", b"access.denied"):
            return of < index
        run = self._open.pop(of, None)
        return run is not None and entry.header.get("run", run) == run

    def _rotation(self, index: int, entry: Entry) -> None:
        """Where one key hands over to the next, the entry says so; elsewhere none does."""
        place = self.handovers.get(index + 1)
        if place is None:
            message = f"entry {index} changes the key, and no head that both keys signed follows"
            self.find("handover", index, message)
        elif names(entry, self.eras[place].key, self.eras[place + 1].key):
            self._named.add(place)

    def _bodies(self, path: str, first: int, facts: list[Entry | None], *, whole: bool) -> None:
        """Compare each body with its commitment, and note what entries say was erased."""
        data = self.export.read(f"bodies/{path}") or b""
        bodies, used = cut(data, len(facts), BODY_LENGTH)
        if len(bodies) < len(facts):
            self.find("body", first + len(bodies), f"bodies/{path} is missing or cut")
            bodies += [b"?"] * (len(facts) - len(bodies))
        elif used != len(data) and whole:
            self.find("body", first, f"bodies/{path} holds more than its bodies")
        for index, (entry, body) in enumerate(zip(facts, bodies, strict=True), first):
            state = GONE
            if body and entry:
                digest = sha256(b"privseg.audit/1/body\n" + body).hexdigest()
                holds = len(body) >= 32 and digest == entry.commitment.decode()
                state = INTACT if holds else CHANGED
                if not holds:
                    self.find("body", index, f"the body of entry {index} was changed")
            self.bodies.append(state if entry else CHANGED)
            if entry and entry.outcome == b"ok" and entry.kind in (b"dsr", b"retention"):
                for start, last in map(span, entry.header.get("erased", ())):
                    end = min(last + 1, index)
                    self.bodies[start:end] = self.bodies[start:end].translate(AS_ERASED)

    def _bodies_left(self) -> None:
        for index in places(self.bodies, GONE):
            message = f"the body of entry {index} is gone, and no erasure entry says so"
            self.find("body", index, message)
        for index in places(self.bodies, INTACT | ERASED):
            message = f"the body of entry {index} is said to be erased and is still there"
            self.find("body.kept", index, message)
        ours = {path for path, _, _ in tiles_of(self.head.size)}
        for _ in set(self.export.below("bodies")) - ours:
            self.find("body", self.head.size, "a body lies here that belongs to no entry")

    def _see_sizes(self, leaves: list[bytes], facts: list[Entry | None]) -> None:
        """Take the roots that are wanted of sizes inside the next bundle, and the time there."""
        while self.wanted and self.wanted[-1] - self.size < (len(leaves) or 1):
            size = self.wanted.pop()
            self.roots[size] = self.tree.root(leaves[: size - self.size])
            if facts and (entry := facts[size - self.size]):
                self.times[size] = entry.time

    def _upper_tile(self, level: int, path: str, number: int, hashes: list[bytes]) -> None:
        """Compare a hash tile above the leaves with the tree."""
        if self.export.read(f"tile/{level}/{path}") != b"".join(hashes):
            index = number * WIDTH ** (level + 1)
            self.find("tile", index, f"the hash tile tile/{level}/{path} is not the tree's")

    def _partial_tiles(self) -> None:
        for level, hashes in enumerate(self.tree.levels):
            if level and hashes:
                number = self.tree.counts[level] // WIDTH
                self._upper_tile(level, tile_path(number, len(hashes)), number, hashes)

    def _handovers_left(self) -> None:
        for size, place in self.handovers.items():
            if place not in self._named or self.roots.get(size) != self.eras[place].root:
                message = f"entry {size - 1} is not the one under the head that both keys signed"
                self.find("handover", size - 1, message)

    def _tree(self) -> None:
        if self.size != self.head.size:
            message = f"{self.head.size} entries were signed and {self.size} can be read"
            self.find("tree.size", self.size, message)
        elif self.roots[self.size] != self.head.root:
            self.find("tree.root", None, "the entries are not all those that were signed")

    def anchor(self, past: Checkpoint) -> bool:
        """Compare with a head kept elsewhere; return whether it is a past of this log."""
        if past.origin != self.head.origin:
            self.find("anchor", None, "a remembered head is of another log")
        elif past.size > self.size:
            message = f"the log had {past.size} entries and has {self.size}: it was rolled back"
            self.find("rollback", self.size, message)
        elif self.roots[past.size] != past.root:
            message = f"the first {past.size} entries are not those remembered"
            self.find("fork", None, f"{message}: the log has two pasts")
        else:
            return True
        return False


def jumped(last: Entry, entry: Entry) -> bool:
    """Return whether within one boot the wall clock ran a day further than the monotonic one."""
    if last.boot_id != entry.boot_id:
        return False
    then, now = (datetime.fromisoformat(each.time.decode()) for each in (last, entry))
    wall = (now - then) // timedelta(microseconds=1) * 1000
    return min(wall, wall - (entry.monotonic_ns - last.monotonic_ns)) > DAY_NS


def places(states: bytearray, wanted: int) -> Iterator[int]:
    """Yield where a state stands."""
    at = states.find(wanted)
    while at >= 0:
        yield at
        at = states.find(wanted, at + 1)


# --- An exported log and what is kept elsewhere of it -------------------------------------------

MAX_SIGNATURES = 1_000  # of anchors that hold: checking one takes milliseconds


class Anchor(NamedTuple):
    """A head kept elsewhere."""

    name: str
    note: bytes


def read_anchors(paths: list[Path]) -> list[Anchor]:
    """Return the heads in files, and in folders of ``<20 digits>.checkpoint`` files."""
    files: list[Path] = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        files += [each for each in inside if each is path or each.suffix == ".checkpoint"]
    return [Anchor(file.name, file.read_bytes()) for file in files]


def check_log(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the report on an exported log; update ``--remember`` if it is clean."""
    export = Export(folder)
    note = export.read("checkpoint")
    if note is None:
        raise OSError(f"{folder}: there is no checkpoint in it; name the folder of an export")
    remembered = [options.remember] if options.remember and options.remember.exists() else []
    report = judge(export, options.key, read_anchors([*options.anchors, *remembered]))
    if options.remember and state_of(report) != "tampered":
        _replace(options.remember, note)
    return report


def judge(export: Export, given: list[str], anchors: list[Anchor]) -> dict[str, Any]:
    """Return the report on an export; without a head that holds, nothing else is looked at."""
    report: dict[str, Any] = {"findings": [], "key_authenticated": bool(given)}
    started, rule = time.monotonic(), "key"
    try:
        keys = keys_of(export.read("log.vkey"), given)
        rule = "handover"
        eras = eras_of(export, keys)
        rule = "checkpoint"
        head = open_checkpoint(export.read("checkpoint") or b"", keys[-1])
        if len(eras) > 1 and (eras[-2].until or 0) > head.size:
            rule = "handover"
            raise RefusedError("a key was handed over above the head: the log was rolled back")
    except RefusedError as refusal:
        return {**report, "findings": [Finding(rule, None, str(refusal))]}
    check = Check(export, head, eras, {size for size in map(_size_of, anchors) if size is not None})
    check.run()
    anchored = _check_anchors(check, anchors)
    return {
        **report,
        "findings": shorten(check.findings),
        "origin": head.origin,
        "key": str(keys[-1]),
        "keys": len(keys),
        "size": check.size,
        "root": base64.b64encode(head.root).decode(),
        "first_time": check.times[0].decode() if 0 in check.times else None,
        "last_time": check.last.time.decode() if check.last else None,
        "kinds": {kind.decode(): count for kind, count in sorted(check.kinds.items())},
        "bodies": {
            "checked": check.has_bodies,
            "intact": check.bodies.count(INTACT) + check.bodies.count(INTACT | ERASED),
            "erased": check.bodies.count(GONE | ERASED),
        },
        "anchors": len(anchors),
        "anchored": anchored,
        "unanchored_since": check.times[anchored].decode() if anchored in check.times else None,
        "seconds": round(time.monotonic() - started, 3),
        "released": check.released,
    }


def _size_of(anchor: Anchor) -> int | None:
    """Return the size that an anchor claims; whether it holds is judged later."""
    try:
        return parse_checkpoint(split_note(to_text(anchor.note))[0]).size
    except RefusedError:
        return None


def _check_anchors(check: Check, anchors: list[Anchor]) -> int:
    """Compare the log with every head kept elsewhere; return the size of the largest that holds."""
    anchored, signatures = 0, 0
    for each in sorted(anchors, key=lambda anchor: _size_of(anchor) or 0, reverse=True):
        try:
            past = parse_checkpoint(split_note(to_text(each.note))[0])
            ours = past.origin == check.head.origin and check.roots.get(past.size) == past.root
            if not ours or signatures < MAX_SIGNATURES:
                _open_in_its_era(each, past, check.eras)
                signatures += 1
            if each.name[:20].isdigit() and each.name != f"{past.size:020}.checkpoint":
                raise RefusedError("its name is not its size")
        except RefusedError as refusal:
            check.find("anchor", None, f"a head kept elsewhere does not hold: {refusal}")
            continue
        if check.anchor(past):
            anchored = max(anchored, past.size)
    return anchored


def _open_in_its_era(anchor: Anchor, past: Checkpoint, eras: list[Era]) -> None:
    """Refuse a head that was not signed by the key that spoke for the log at its size."""
    refusal = RefusedError("no key spoke for the log at its size")
    start = 0
    for era in eras:
        if start <= past.size and (era.until is None or past.size <= era.until):
            try:
                open_checkpoint(anchor.note, era.key)
            except RefusedError as why:
                refusal = why
            else:
                return
        start = era.until or 0
    raise refusal


def _replace(file: Path, data: bytes) -> None:
    """Write a file whole or not at all: what was remembered must survive a crash."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_bytes(data)
    fresh.replace(file)


# --- One entry, and releases --------------------------------------------------------------------

PROOF = re.compile(
    rf"c2sp\.org/tlog-proof@v1\n(?:extra {BASE64}\n)?"
    rf"index ({COUNT})\n((?:[A-Za-z0-9+/]{{43}}=\n){{0,63}})\n(.+)",
    re.DOTALL,
)


def check_proof(file: Path, entry_file: Path | None, options: argparse.Namespace) -> dict[str, Any]:
    """Return the report on a C2SP tlog-proof of one entry, whose bytes lie in another file."""
    if len(options.key) != 1:
        raise UsageError("give the log's key with --key")
    data = (entry_file or file.with_suffix(".json")).read_bytes()
    report: dict[str, Any] = {"findings": [], "key_authenticated": True}
    try:
        found = PROOF.fullmatch(to_text(file.read_bytes()))
        if not found:
            raise RefusedError("the lines are not those of a tlog-proof")
        key = parse_vkey(options.key[0])
        head = open_checkpoint(found[3].encode(), key)
        path = [from_base64(line) for line in found[2].split("\n")[:-1]]
        if root_from_proof(leaf_hash(data), int(found[1]), head.size, path) != head.root:
            raise RefusedError("the proof does not lead from this entry to the signed root")
        entry = parse_entry(data)
        if entry.sequence != int(found[1]):
            raise RefusedError("the entry bears another number")
    except RefusedError as refusal:
        return {**report, "findings": [Finding("proof", None, str(refusal))]}
    about = {"size": head.size, "index": int(found[1]), "entry": json.loads(data)}
    return {**report, "origin": head.origin, "key": str(key), **about}


def check_register(file: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the report on the log part of a release (SPEC.md, section 9)."""
    report: dict[str, Any] = {"findings": [], "key_authenticated": bool(options.key)}
    if len(options.key) > 1:
        raise UsageError("give one key: a release has the register's")
    try:
        release = read_json(file.read_bytes())
        record = _map(release.get("register", release))
        text = options.key[0] if options.key else record.get("vkey")
        if text is None:
            raise UsageError("there is no key in the file: give the register's key with --key")
        key = parse_vkey(_text(text))
        note = _text(record.get("checkpoint"))
        head = parse_checkpoint(open_note(note, key))
        _check_leaf(record, head)
        said = _check_statement(release, record, key)
        seen = witnesses(_cosigned(note, options.checkpoint), options.witness)
    except RefusedError as refusal:
        return {**report, "findings": [Finding("register", None, str(refusal))]}
    place = {"size": head.size, "index": record["index"], "leaf": record["leaf"]}
    about = {"statement": said, "witnessed": seen}
    return {**report, "origin": head.origin, "key": str(key), **place, **about}


def _cosigned(note: str, file: Path | None) -> str:
    """Return the same head from a file, where witnesses have signed it since."""
    if file is None:
        return note
    later = to_text(file.read_bytes())
    if split_note(later)[0] != split_note(note)[0]:
        raise RefusedError("the head that witnesses signed is not the one of this release")
    return later


def witnesses(note: str, vkeys: list[str]) -> dict[str, str]:
    """Return when each witness that is asked for saw a head; all of them must have."""
    keys = [parse_vkey(text, COSIGNATURE) for text in vkeys]
    return {str(key): spoken(witnessed_at(note, key)) for key in keys}


def spoken(seconds: int) -> str:
    """Return a moment as text; one that no calendar has is no moment."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError):
        raise RefusedError("a cosignature is of no time on any calendar") from None


def read_json(data: bytes) -> dict[str, Any]:
    """Return a file's map: no key twice, no floats."""
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_no_duplicates,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
        ENCODER.encode(value).encode()
    except (ValueError, RecursionError):
        raise RefusedError("the file is not JSON text in UTF-8") from None
    return _map(value)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise RefusedError("a key stands twice in one map")
    return dict(pairs)


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError("something that must be a map is none")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise RefusedError("a field is missing or not text")
    return value


RELEASE_FORMATS = ("privseg.release/2", "privseg.exact-release/1", "privseg.learned/1")
RELEASE_KEYS = {"privseg", "statement", "register", "signature", "data"}
NO_STATEMENT = "not in this file"


def _check_leaf(record: dict[str, Any], head: Checkpoint) -> None:
    leaf, index, proof = record.get("leaf"), record.get("index"), record.get("proof")
    if not isinstance(leaf, dict) or type(index) is not int or not isinstance(proof, list):
        raise RefusedError("leaf is not a map, index not an integer, or proof not a list")
    if record.get("size", head.size) != head.size or type(record.get("size", 0)) is not int:
        raise RefusedError("the size is not the head's")
    path = [from_base64(_text(each)) for each in proof]
    if any(len(each) != 32 for each in path):
        raise RefusedError("a hash of the proof is not 32 bytes long")
    data = ENCODER.encode(leaf).encode()
    if root_from_proof(leaf_hash(data), index, head.size, path) != head.root:
        raise RefusedError("the proof does not lead to the signed root")


def _check_statement(release: dict[str, Any], record: dict[str, Any], key: Key) -> str:
    """Compare the statement, if the file has one, with the leaf and the release's signature.

    Nothing may stand in the file that neither of them binds.
    """
    if release.keys() & {"register", "statement"} and release.keys() - RELEASE_KEYS:
        raise RefusedError("the file says more than its statement, which nobody signed")
    if release.get("data") is not None:
        _check_data(release)
    if "statement" not in release:
        return NO_STATEMENT
    digest = sha256(ENCODER.encode(release["statement"]).encode()).hexdigest()
    if record["leaf"].get("statement") != digest:
        raise RefusedError("the statement is not the one that the register holds")
    made_as = _text(release.get("privseg"))
    if made_as not in RELEASE_FORMATS:
        raise RefusedError("it is no release of a format known here")
    signed = open_note(_text(release.get("signature")), key)
    if signed != f"{made_as}\n{digest}\n":
        raise RefusedError("the signature is of another statement")
    return f"sha-256 {digest}, signed, and in the register"


def _check_data(release: dict[str, Any]) -> None:
    """Compare the records of a release with the hash in its statement."""
    digest = sha256(_text(release["data"]).encode()).hexdigest()
    if _map(_map(release.get("statement")).get("records")).get("sha256") != digest:
        raise RefusedError("the records are not those that the statement is about")


# --- A kit: all of it in one folder (SPEC.md, section 10) ---------------------------------------

KIT_FORMAT = "privseg.kit/1"


def check_kit(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the report on a kit: its files, its log with anchors, its register of releases."""
    problems = list(_files(folder))
    if (folder / "anchors").is_dir():
        options.anchors = [*options.anchors, folder / "anchors"]
    report = check_log(folder / "log", options)
    if "size" in report:
        try:
            report |= _check_releases(folder, report["released"], options)
        except (RefusedError, ValueError) as refusal:
            problems.append(f"the releases do not hold: {refusal}")
    kit = [Finding("kit", None, text) for text in problems[:MAX_PER_RULE]]
    return {**report, "findings": [*report["findings"], *kit]}


def _files(folder: Path) -> Iterator[str]:
    """Yield what is wrong with the files that the manifest names."""
    try:
        manifest = read_json((folder / "manifest.json").read_bytes())
        named = _map(manifest.get("files"))
    except RefusedError as refusal:
        yield f"the manifest is none: {refusal}"
        return
    if manifest.get("format") != KIT_FORMAT:
        yield "the manifest's format is unknown"
    there = set(Export(folder).below(".")) - {"manifest.json"}
    for path in sorted(named.keys() ^ there):
        yield f"{path} is {'not in the kit' if path in named else 'not in the manifest'}"
    for path in sorted(named.keys() & there):
        with (folder / path).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != named[path]:
                yield f"{path} is not the file that the manifest names"


def _check_releases(
    folder: Path, logged: list[tuple[str, str]], options: argparse.Namespace
) -> dict[str, Any]:
    """Check that the register of releases, the log and the statements say the same.

    Every kit has a register, be it empty: nobody signs the manifest that could say it has none.
    """
    export = Export(folder / "register")
    signed = export.read("checkpoint")
    if signed is None:
        raise RefusedError("there is no register in the kit")
    note = to_text(signed)
    (key,) = keys_of(export.read("log.vkey"), options.release_key)
    head = parse_checkpoint(open_note(note, key))
    leaves = []
    for path, first, end in tiles_of(head.size):
        leaves += cut(export.read(f"tile/entries/{path}") or b"", end - first, ENTRY_LENGTH)[0]
    if len(leaves) != head.size or root_hash(list(map(leaf_hash, leaves))) != head.root:
        raise RefusedError("its register's entries are not those that were signed")
    published = [parse_canonical(leaf) for leaf in leaves]
    if [str(leaf["statement"]) for leaf in published] != [each[1] for each in logged]:
        raise RefusedError("the register is not what the log says was published")
    one = argparse.Namespace(key=[vkey_of(key)], witness=[], checkpoint=None)
    for place, leaf in enumerate(published):
        file = folder / f"releases/{place:06}.json"
        if not file.is_file():
            raise RefusedError(f"releases/{file.name} is not in the kit")
        found = check_register(file, one)
        if found["findings"] or (found["index"], found["leaf"]) != (place, leaf):
            raise RefusedError(f"releases/{place:06}.json is not the release of its place")
        if found["statement"] == NO_STATEMENT:
            raise RefusedError(f"releases/{place:06}.json does not say what was released")
    seen = _witnessed(export, key, list(map(leaf_hash, leaves)), options.witness)
    about = {"releases": head.size, "release_key": str(key), "witnessed": seen}
    return {**about, "release_key_authenticated": bool(options.release_key)}


def _witnessed(export: Export, key: Key, leaves: list[bytes], vkeys: list[str]) -> dict[str, str]:
    """Return the newest head of the register that each witness signed, and when."""
    names = sorted(export.below("witnessed"), reverse=True)
    notes = [to_text(export.read(f"witnessed/{name}") or b"") for name in names]
    heads = [parse_checkpoint(open_note(note, key)) for note in notes]
    if any(root_hash(leaves[: head.size]) != head.root for head in heads):
        raise RefusedError("a head that witnesses signed is no past of this register")
    found: dict[str, str] = {}
    for text in vkeys:
        witness = parse_vkey(text, COSIGNATURE)
        signed = [n for n in notes if witness.signer in split_note(n)[1]]
        if not signed:
            raise RefusedError(f"the witness {witness} signed no head of the register")
        size = parse_checkpoint(split_note(signed[0])[0]).size
        found[str(witness)] = f"{spoken(witnessed_at(signed[0], witness))}, at {size} releases"
    return found


# --- The command line ---------------------------------------------------------------------------


def state_of(report: dict[str, Any]) -> str:
    """Return which of the three states a log is in; ``ok`` is for what is no log."""
    if any(finding.severity == "tampered" for finding in report["findings"]):
        return "tampered"
    if "bodies" not in report:
        return "ok"
    return "erased" if report["bodies"]["erased"] else "intact"


def first_bad(report: dict[str, Any]) -> int | None:
    """Return the number of the first entry that is bad, if one can be named."""
    bad = (each.sequence for each in report["findings"] if each.severity == "tampered")
    return min((sequence for sequence in bad if sequence is not None), default=None)


def print_report(report: dict[str, Any], what: str) -> None:
    """Print a report for people."""
    if "origin" in report:
        print(f"log        {printable(report['origin'])}")
        print(f"signed by  {printable(report['key'])}")
        print(f"entries    {report['size']}")
    if "statement" in report:
        print(f"place      {report['index']}")
        print(f"statement  {report['statement']}")
    if "entry" in report:
        print(f"entry      {printable(json.dumps(report['entry'], ensure_ascii=False))}")
    if "anchored" in report:
        _print_log(report)
    if "releases" in report:
        print(f"releases   {report['releases']}, as in the log, under {report['release_key']}")
    for witness, when in report.get("witnessed", {}).items():
        print(f"witnessed  by {witness} on {when}")
    for finding in report["findings"]:
        where = "the log" if finding.sequence is None else f"entry {finding.sequence}"
        print(f"{finding.severity.upper()}: {where}: {printable(finding.message)} [{finding.rule}]")
    if not (report["key_authenticated"] and report.get("release_key_authenticated", True)):
        print(
            "NOTE: a key came with the data. It shows that nothing was changed by accident, not\n"
            "      who signed: get the keys from the controller another way and give them."
        )
    named = first_bad(report)
    first = "" if named is None else f"; the first bad entry is {named}"
    held = {"erased": "OK, with bodies lawfully erased"}.get(state_of(report), "OK")
    print(f"RESULT: {what} {'TAMPERED WITH' + first if state_of(report) == 'tampered' else held}")


def _print_log(report: dict[str, Any]) -> None:
    bodies, size, anchored = report["bodies"], report["size"], report["anchored"]
    if report["keys"] > 1:
        print(f"keys       {report['keys']}, each handed over to by the one before")
    if report["first_time"]:
        print(f"time       {report['first_time']} to {report['last_time']}")
        print("kinds      " + ", ".join(f"{k} {n}" for k, n in report["kinds"].items()))
    if bodies["checked"]:
        print(f"bodies     {bodies['intact']} intact, {bodies['erased']} lawfully erased")
    else:
        print("bodies     not in this export, not checked")
    since = f" (since {report['unanchored_since']})" if report["unanchored_since"] else ""
    print(f"anchored   {anchored} entries; heads kept elsewhere: {report['anchors']}")
    print(f"unanchored {size - anchored} entries{since}: they could be cut off unnoticed")
    print(f"checked    in {report['seconds']} s")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Check an exported privseg log, a kit, one entry, or a release's place.",
        epilog="exit: 0 clean, 5 tampered with, 2 wrong usage, 1 it could not do its work",
    )
    more: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("folder", nargs="?", type=Path, help="an export (tlog-tiles) or a kit")
    parser.add_argument("--register", type=Path, metavar="FILE", help="a release file (JSON)")
    parser.add_argument("--proof", type=Path, metavar="FILE", help="a proof of one entry")
    parser.add_argument("--entry", type=Path, metavar="FILE", help="its bytes; else FILE.json")
    parser.add_argument("--key", metavar="VKEY", help="the log's key, got another way", **more)
    parser.add_argument("--release-key", metavar="VKEY", help="of a kit: the register's", **more)
    parser.add_argument("--witness", metavar="VKEY", help="it must have cosigned", **more)
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="the cosigned head")
    parser.add_argument(
        "--anchors", "--anchor", type=Path, metavar="PATH", dest="anchors", **more,
        help="a head kept elsewhere, or a folder of them: the log must still contain it",
    )  # fmt: skip
    parser.add_argument(
        "--remember", type=Path, metavar="FILE", help="an anchor, written anew if the log is clean"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


OPTIONS = ["key", "release_key", "witness", "checkpoint", "entry", "anchors", "remember"]
MEANT = {  # what is looked at where; asked for elsewhere, it would be believed to have been
    "the register proof": "key witness checkpoint",
    "the entry's proof": "key entry",
    "the kit": "key release_key witness anchors remember",
    "the log": "key anchors remember",
}


def _require_meant(options: argparse.Namespace, what: str) -> None:
    """Refuse an option that would not be looked at."""
    for name in OPTIONS:
        if getattr(options, name) and name not in MEANT[what].split():
            raise UsageError(f"--{name.replace('_', '-')} says nothing about {what}: leave it out")


def _check(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Return the report that was asked for, and what it is about."""
    what = "the log"
    if options.register:
        what = "the register proof"
    elif options.proof:
        what = "the entry's proof"
    elif (options.folder / "manifest.json").exists():
        what = "the kit"
    _require_meant(options, what)
    return _report_on(what, options), f"{what} is"


def _report_on(what: str, options: argparse.Namespace) -> dict[str, Any]:
    if what == "the register proof":
        return check_register(options.register, options)
    if what == "the entry's proof":
        return check_proof(options.proof, options.entry, options)
    return (check_kit if what == "the kit" else check_log)(options.folder, options)


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if sum(each is not None for each in (options.folder, options.register, options.proof)) != 1:
        parser.error("give the folder of an export or kit, or --register FILE, or --proof FILE")
    try:
        report, what = _check(options)
    except UsageError as mistake:
        parser.error(str(mistake))
    except OSError as failure:
        print(f"not readable: {failure}", file=sys.stderr)
        return FAILED
    state = state_of(report)
    if options.json:
        report.pop("released", None)
        found = [{**f._asdict(), "severity": f.severity} for f in report["findings"]]
        told = {"ok": state != "tampered", "state": state, "first_bad": first_bad(report)}
        print(json.dumps({**report, **told, "findings": found}, indent=2))
    else:
        print_report(report, what)
    return TAMPERED if state == "tampered" else CLEAN


def _run() -> int:
    """Run the program; whatever stops it (a bug, no memory, Ctrl-C, no place to print) is 1."""
    if sys.stdout is None:  # closed: nobody would read what was found
        return FAILED
    try:
        status = main()
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as failure:  # noqa: BLE001 - see above
        status = FAILED
        with suppress(Exception):
            print(f"verify.py failed, and nothing was shown: {failure!r}", file=sys.stderr)
    return status


if __name__ == "__main__":
    STATUS = _run()
    if STATUS == FAILED:
        os._exit(FAILED)  # at once: printing what is left could fail and change the status
    sys.exit(STATUS)
