#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 - lengths in bytes are the formats' own, and named in SPEC.md
"""Check an exported privseg audit log, or the log part of a release, without privseg.

    python3 verify.py DIR [--key VKEY] [--anchor FILE]... [--remember FILE] [--json]
    python3 verify.py --register RELEASE.json [--key VKEY] [--json]

It needs Python 3.10 or newer and nothing else; it shares the specification (SPEC.md) with
privseg, and no code. It is one file, so that it can be read, copied and kept alone.
Exit: 0 clean, 5 tampered with, 2 wrong usage, 1 not readable.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import re
import sys
from collections import Counter
from datetime import datetime
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, NamedTuple

CLEAN, UNREADABLE, USAGE, TAMPERED = 0, 1, 2, 5


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


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root_hash(leaves: list[bytes]) -> bytes:
    """Return the root: full subtrees like the bits of a counter, joined from the right."""
    stack: list[bytes] = []
    for index, leaf in enumerate(leaves):
        node = leaf
        while index & 1:
            node, index = node_hash(stack.pop(), node), index >> 1  # noqa: PLW2901 - the carry
        stack.append(node)
    if not stack:
        return sha256(b"").digest()
    root = stack.pop()
    while stack:
        root = node_hash(stack.pop(), root)
    return root


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


# --- Base 64, signed notes, keys and checkpoints (C2SP) -----------------------------------------

NAME = r"[^\s+\x00-\x1f\ud800-\udfff]+"
BASE64 = r"[A-Za-z0-9+/]+={0,2}"
COUNT = r"(?:0|[1-9][0-9]{0,18})"
MAX_COUNT = 2**63 - 1
MAX_NOTE = 1_000_000


class Key(NamedTuple):
    """A named Ed25519 public key."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Return SHA-256(name || 0x0A || 0x01 || key)[:4]."""
        return sha256(self.name.encode() + b"\n\x01" + self.public).digest()[:4]

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


def parse_vkey(text: str) -> Key:
    """Return the key of ``name+id+base64(0x01 || key)``."""
    match = re.fullmatch(rf"({NAME})\+([0-9a-f]{{8}})\+({BASE64})", text)
    if not match:
        raise RefusedError("the verifier key is not name+id+key")
    data = from_base64(match[3])
    key = Key(match[1], data[1:])
    if len(data) != 33 or data[0] != 1:
        raise RefusedError("the verifier key is not an Ed25519 key")
    if key.key_id.hex() != match[2]:
        raise RefusedError("the verifier key's id is not the key's: it was mistyped or changed")
    point = decompress(key.public)
    if point is None or is_weak(point):
        raise RefusedError("the verifier key is no key: anybody, or nobody, can sign for it")
    return key


def open_note(note: str, key: Key) -> str:
    """Return the text that ``key`` signed; signatures of unknown keys are passed over."""
    if len(note) > MAX_NOTE or not note.endswith("\n"):
        raise RefusedError("the note is too long, or has no last newline")
    if re.search(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]", note):
        raise RefusedError("a control character is in the note")
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not tail:
        raise RefusedError("no blank line stands before the signatures")
    signers = [_check_line(line, f"{text}\n", key) for line in tail[:-1].split("\n")]
    if len(set(signers)) != len(signers):
        raise RefusedError("one key signed twice")
    if (key.name, key.key_id) not in signers:
        raise RefusedError(f"the key {key} did not sign this")
    return f"{text}\n"


def _check_line(line: str, text: str, key: Key) -> tuple[str, bytes]:
    """Return who signed a line; a line of ``key`` must hold."""
    match = re.fullmatch(rf"— ({NAME}) ({BASE64})", line)
    data = from_base64(match[2]) if match else b""
    if not match or len(data) <= 4:
        raise RefusedError("a signature line is not '— name base64'")
    signer = (match[1], data[:4])
    if signer == (key.name, key.key_id) and not verify_signature(
        key.public, text.encode(), data[4:]
    ):
        raise RefusedError("the signature does not verify: the note was changed")
    return signer


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of the three lines origin, size, root."""
    match = re.fullmatch(rf"({NAME})\n({COUNT})\n([A-Za-z0-9+/]{{43}}=)\n", text)
    if not match:
        raise RefusedError("the signed text is not the lines origin, size and root")
    head = Checkpoint(match[1], int(match[2]), from_base64(match[3]))
    if head.size > MAX_COUNT or (head.size == 0 and head.root != root_hash([])):
        raise RefusedError("no tree has this size and root")
    return head


def open_checkpoint(note: bytes, key: Key) -> Checkpoint:
    """Return the checkpoint in a signed note."""
    try:
        return parse_checkpoint(open_note(note.decode(), key))
    except UnicodeDecodeError:
        raise RefusedError("the note is not UTF-8") from None


# --- Canonical JSON and entries (SPEC.md, sections 2 and 3) -------------------------------------

VERSION = "privseg.audit/1"
MAX_ENTRY = 65_535
MAX_DEPTH = 64
KEYS = frozenset(
    {"actor", "boot_id", "commitment", "header", "kind", "monotonic_ns", "outcome", "sequence"}
    | {"time", "version"}
)
ACTORS = frozenset({"marketer", "analyst", "engineer", "compliance_officer", "auditor", "admin"})
OUTCOMES = frozenset({"ok", "pending", "denied", "failed"})
SPELLINGS = {
    "NAME": r"[^\W\d][\w.\-]{0,127}",
    "CODE": r"[0-9A-Za-z._:/=+\-]{1,200}",
    "INDEX": r"0|[1-9][0-9]{0,18}",
    "PROSE": r"(?![^@]*[0-9]{6})[^\x00-\x1f\x7f@]{1,400}",
}
SHAPES = {
    "NAME": "attributes categories format ground guarantee jurisdiction purpose recipient report "
    "request role segmenter segments setting source table value verb",
    "CODE": "batch case edition epoch key_id plan policy previous release run vkey",
    "INDEX": "erased of register snapshot",
    "PROSE": "place reason",
}
SHAPE_OF = {key: SPELLINGS[shape] for shape, keys in SHAPES.items() for key in keys.split()}
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
    "dsr": f"{COMMON} request jurisdiction ground erased of",
    "key": f"{COMMON} key_id previous epoch",
    "configuration": f"{COMMON} setting value previous",
    "actor": f"{COMMON} role segmenter",
    "export": f"{COMMON} table format recipient purpose report release of",
    "checkpoint.key": f"{COMMON} key_id previous vkey",
    "import": f"{COMMON} source table attributes format batch snapshot",
    "retention": f"{COMMON} erased",
}
REQUIRED = {
    "access.intent": "run segmenter purpose attributes",
    "access.outcome": "run of",
    "access.denied": "reason",
    "release": "run release",
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


ALLOWED_KEYS = {kind: frozenset(keys.split()) for kind, keys in ALLOWED.items()}
REQUIRED_KEYS = {kind: frozenset(REQUIRED.get(kind, "verb").split()) for kind in ALLOWED}
PATTERN_OF = {key: re.compile(spelling) for key, spelling in SHAPE_OF.items()}


def parse_entry(data: bytes) -> dict[str, Any]:
    """Return the fields of an entry; whatever SPEC.md does not name is refused."""
    if len(data) > MAX_ENTRY:
        raise RefusedError(f"it is longer than {MAX_ENTRY} bytes")
    entry = parse_canonical(data)
    if not isinstance(entry, dict) or entry.get("version") != VERSION:
        raise RefusedError("its version is unknown")
    if entry.keys() != KEYS:
        raise RefusedError("a key is unknown or missing")
    _check_fields(entry)
    _check_header(entry["kind"], entry["header"])
    return entry


def _check_fields(entry: dict[str, Any]) -> None:
    numbers = (entry["sequence"], entry["monotonic_ns"])
    if not all(type(number) is int and 0 <= number <= MAX_COUNT for number in numbers):
        raise RefusedError("a number is not an integer from 0 to 2^63 - 1")
    for key, pattern in (("boot_id", "[0-9a-f]{32}"), ("commitment", "[0-9a-f]{64}")):
        if not isinstance(entry[key], str) or not re.fullmatch(pattern, entry[key]):
            raise RefusedError(f"{key} is not lower-case hex of its length")
    if not isinstance(entry["time"], str) or not _is_time(entry["time"]):
        raise RefusedError("its time is not UTC with six digits of a second")
    closed = ((entry["kind"], ALLOWED), (entry["outcome"], OUTCOMES), (entry["actor"], ACTORS))
    if not all(isinstance(word, str) and word in known for word, known in closed):
        raise RefusedError("its kind, outcome or actor is unknown")
    if (entry["kind"] == "access.intent") != (entry["outcome"] == "pending"):
        raise RefusedError("an intent is pending, and nothing else is")
    if entry["kind"] == "access.denied" and entry["outcome"] != "denied":
        raise RefusedError("a denial is denied")


def _is_time(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z", text):
        return False
    try:
        moment = datetime.fromisoformat(text[:-1])
    except ValueError:
        return False
    return moment.isoformat(timespec="microseconds") + "Z" == text


def _check_header(kind: str, header: object) -> None:
    if not isinstance(header, dict):
        raise RefusedError("its header is not a map")
    if not REQUIRED_KEYS[kind] <= header.keys() <= ALLOWED_KEYS[kind]:
        raise RefusedError("its header lacks a key, or has one that its kind does not")
    for key, value in header.items():
        texts = value if isinstance(value, list) else [value]
        if isinstance(value, list) != (key in LISTS) or not all(
            isinstance(text, str) and PATTERN_OF[key].fullmatch(text) for text in texts
        ):
            raise RefusedError(f"its header: {key} does not have its shape")


# --- What is found ------------------------------------------------------------------------------

WARNINGS = frozenset({"intent.open", "clock.wall", "clock.monotonic", "body.kept"})
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


class Body(NamedTuple):
    """Salt and body as they lie beside an entry."""

    salt: bytes
    body: bytes


class Export:
    """An export on disk: a checkpoint and C2SP tlog-tiles (SPEC.md, section 7)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.has_bodies = (folder / "bodies").is_dir()

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if it is not there."""
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def body(self, index: int) -> Body | None:
        """Return the body of an entry, or None if it has no file."""
        data = self.read(f"bodies/{tile_path(index)}")
        return None if data is None else Body(data[:32], data[32:])

    def extra_bodies(self, size: int) -> int:
        """Return how many files under ``bodies`` belong to no entry."""
        root = self.folder / "bodies"
        found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return sum(not _is_body_path(path, size) for path in found)


def _is_body_path(path: str, size: int) -> bool:
    digits = re.sub("[x/]", "", path)
    return bool(re.fullmatch("[0-9]{3,21}", digits)) and (
        int(digits) < size and tile_path(int(digits)) == path
    )


def tile_path(number: int, width: int = 256) -> str:
    """Return the path of a tile: three digits to a folder, and the width of a partial one."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    path = "/".join(reversed(groups))
    return path if width == 256 else f"{path}.p/{width}"


def tiles_of(count: int) -> list[tuple[str, int, int]]:
    """Return (path, first, end) of the tiles that hold ``count`` hashes or entries."""
    starts = range(0, count, 256)
    ends = [min(start + 256, count) for start in starts]
    return [(tile_path(s // 256, e - s), s, e) for s, e in zip(starts, ends, strict=True)]


# --- The checks ---------------------------------------------------------------------------------


class Check:
    """One pass over an export, in the order of trust; ``findings`` is what it found."""

    def __init__(self, export: Export, head: Checkpoint) -> None:
        self.export = export
        self.head = head
        self.findings: list[Finding] = []
        self.leaves: list[bytes] = []
        self.kinds: Counter[str] = Counter()
        self.times: list[str] = []
        self.intact = self.erased = 0
        self._shift = 0
        self._monotonic: dict[str, int] = {}
        self._open: dict[int, str] = {}
        self._missing: list[int] = []
        self._present: set[int] = set()
        self._claimed: set[int] = set()

    def run(self) -> None:
        """Read and check every entry, then the tree."""
        for path, first, end in tiles_of(self.head.size):
            if not self._bundle(path, first, end):
                break
        self._pairs_left()
        self._bodies_left()
        self._upper_tiles()
        self._tree()

    def find(self, rule: str, sequence: int | None, message: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(rule, sequence, message))

    def _bundle(self, path: str, first: int, end: int) -> bool:
        """Read one bundle of entries; False if no entry can be told apart after it."""
        data, tile = self.export.read(f"tile/entries/{path}"), self.export.read(f"tile/0/{path}")
        if tile is None or len(tile) != 32 * (end - first):
            self.find("tile", first, f"the hash tile tile/0/{path} is missing or cut")
            tile = None
        offset = 0
        for index in range(first, end):
            size = int.from_bytes((data or b"")[offset : offset + 2], "big")
            start, offset = offset + 2, offset + 2 + size
            if data is None or offset > len(data):
                self.find("bundle", index, f"tile/entries/{path} is missing or cut")
                return False
            stored = tile[32 * (index - first) :][:32] if tile else None
            self._entry(index, data[start:offset], stored)
        if offset != len(data or b""):
            self.find("bundle", first, f"tile/entries/{path} holds more than its entries")
        return True

    def _entry(self, index: int, data: bytes, stored: bytes | None) -> None:
        leaf = leaf_hash(data)
        self.leaves.append(leaf)
        if stored not in (None, leaf):
            self.find("leaf", index, f"the bytes of entry {index} are not those that were hashed")
        try:
            entry = parse_entry(data)
        except RefusedError as refusal:
            self.find("entry", index, f"entry {index} is no entry: {refusal}")
            return
        self.kinds[entry["kind"]] += 1
        self._sequence(index, entry)
        self._clocks(index, entry)
        self._pair(index, entry)
        self._body(index, entry)

    def _sequence(self, index: int, entry: dict[str, Any]) -> None:
        shift = entry["sequence"] - index
        if shift not in (self._shift, 0):
            message = f"entry {index} does not bear the number {index}: entries were deleted, "
            self.find("sequence", index, f"{message}repeated or moved")
        self._shift = shift

    def _clocks(self, index: int, entry: dict[str, Any]) -> None:
        if self.times and entry["time"] < self.times[-1]:
            self.find("clock.wall", index, f"at entry {index} the wall clock went back")
        if entry["monotonic_ns"] < self._monotonic.get(entry["boot_id"], 0):
            message = f"at entry {index} the monotonic clock went back within one boot"
            self.find("clock.monotonic", index, message)
        self.times = [*self.times[:1], entry["time"]]
        self._monotonic[entry["boot_id"]] = entry["monotonic_ns"]

    def _pair(self, index: int, entry: dict[str, Any]) -> None:
        header = entry["header"]
        if entry["kind"] == "access.intent":
            self._open[index] = header["run"]
        elif "of" in header:
            of = int(header["of"])
            if entry["kind"] in {"access.outcome", "access.denied"}:
                run = self._open.pop(of, None)
                holds = run is not None and header.get("run", run) == run
            else:
                holds = of < index
            if not holds:
                self.find("pair", index, f"entry {index} refers to an entry that is not its intent")

    def _pairs_left(self) -> None:
        for index in self._open:
            message = f"the intent of entry {index} has no outcome: the run crashed, or what it "
            self.find("intent.open", index, f"{message}read is unaccounted for")

    def _body(self, index: int, entry: dict[str, Any]) -> None:
        if entry["kind"] in {"dsr", "retention"} and entry["outcome"] == "ok":
            named = (int(text) for text in entry["header"].get("erased", ()))
            self._claimed.update(each for each in named if each < index)
        body = self.export.body(index) if self.export.has_bodies else None
        if body is None:
            self._missing.append(index)
            return
        digest = sha256(b"privseg.audit/1/body\n" + body.salt + body.body).hexdigest()
        if len(body.salt) == 32 and digest == entry["commitment"]:
            self.intact += 1
            self._present.add(index)
        else:
            self.find("body", index, f"the body of entry {index} was changed")

    def _bodies_left(self) -> None:
        if not self.export.has_bodies:
            return
        for index in self._missing:
            if index not in self._claimed:
                message = f"the body of entry {index} is gone, and no erasure entry says so"
                self.find("body", index, message)
        self.erased = sum(index in self._claimed for index in self._missing)
        for index in sorted(self._claimed & self._present):
            message = f"the body of entry {index} is said to be erased and is still there"
            self.find("body.kept", index, message)
        for _ in range(self.export.extra_bodies(self.head.size)):
            self.find("body", self.head.size, "a body lies here that belongs to no entry")

    def _upper_tiles(self) -> None:
        """Derive the hash tiles above level 0 again and compare."""
        hashes, level = self.leaves, 0
        while len(hashes) > 255:
            full = range(0, len(hashes) - 255, 256)
            hashes, level = [root_hash(hashes[i : i + 256]) for i in full], level + 1
            for path, first, end in tiles_of(len(hashes)):
                if self.export.read(f"tile/{level}/{path}") != b"".join(hashes[first:end]):
                    index = first * 256**level
                    self.find("tile", index, f"the hash tile tile/{level}/{path} is not the tree's")

    def _tree(self) -> None:
        size = len(self.leaves)
        if size != self.head.size:
            message = f"{self.head.size} entries were signed and {size} can be read"
            self.find("tree.size", size, message)
        elif root_hash(self.leaves) != self.head.root:
            self.find("tree.root", None, "the entries are not all those that were signed")

    def anchor(self, note: bytes, key: Key) -> int:
        """Compare with a remembered head; return its size if it is a past of this log."""
        try:
            past = open_checkpoint(note, key)
        except RefusedError as refusal:
            self.find("anchor", None, f"a remembered head does not hold: {refusal}")
            return 0
        size = len(self.leaves)
        if past.origin != self.head.origin:
            self.find("anchor", None, "a remembered head is of another log")
        elif past.size > size:
            message = f"the log had {past.size} entries and has {size}: it was rolled back"
            self.find("rollback", size, message)
        elif root_hash(self.leaves[: past.size]) != past.root:
            message = f"the first {past.size} entries are not those remembered"
            self.find("fork", None, f"{message}: the log has two pasts")
        else:
            return past.size
        return 0


def shorten(findings: list[Finding]) -> list[Finding]:
    """Return findings in order of sequence, at most 20 of each rule."""
    seen: Counter[str] = Counter()
    kept = []
    for finding in sorted(findings, key=lambda f: (f.sequence is None, f.sequence or 0)):
        seen[finding.rule] += 1
        if seen[finding.rule] <= MAX_PER_RULE:
            kept.append(finding)
    return kept


# --- Reports ------------------------------------------------------------------------------------


def check_export(
    folder: Path, key_text: str | None, anchors: list[Path], remember: Path | None
) -> dict[str, Any]:
    """Return the report on an export; update ``remember`` if it is clean."""
    export = Export(folder)
    note, beside = export.read("checkpoint"), export.read("log.vkey")
    if note is None:
        raise OSError(f"{folder}: there is no checkpoint in it; name the folder of an export")
    report: dict[str, Any] = {"findings": [], "key_authenticated": key_text is not None}
    try:
        key = _choose_key(key_text, beside)
    except RefusedError as refusal:
        return {**report, "findings": [Finding("key", None, str(refusal))]}
    try:
        head = open_checkpoint(note, key)
    except RefusedError as refusal:
        message = f"nothing under the head can hold: {refusal}"
        return {**report, "findings": [Finding("checkpoint", None, message)]}
    check = Check(export, head)
    check.run()
    past = [path.read_bytes() for path in anchors]
    past += [remember.read_bytes()] if remember and remember.exists() else []
    anchored = max([check.anchor(each, key) for each in past], default=0)
    findings = shorten(check.findings)
    if remember and not any(f.severity == "tampered" for f in findings):
        _replace(remember, note)
    return {
        **report,
        "findings": findings,
        "origin": head.origin,
        "key": str(key),
        "size": len(check.leaves),
        "root": base64.b64encode(head.root).decode(),
        "first_time": check.times[0] if check.times else None,
        "last_time": check.times[-1] if check.times else None,
        "kinds": dict(sorted(check.kinds.items())),
        "bodies": {"checked": export.has_bodies, "intact": check.intact, "erased": check.erased},
        "anchored": anchored,
    }


def _replace(file: Path, data: bytes) -> None:
    """Write a file whole or not at all: what was remembered must survive a crash."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_bytes(data)
    fresh.replace(file)


def _choose_key(key_text: str | None, beside: bytes | None) -> Key:
    """Return the key given, else the one in the folder; the one in the folder must agree."""
    found = None if beside is None else beside.decode("utf-8", "replace")
    if key_text is None and found is None:
        raise UsageError("there is no log.vkey in the folder: give the log's key with --key")
    text = key_text if key_text is not None else (found or "").removesuffix("\n")
    key = parse_vkey(text)
    if found is not None and found != f"{text}\n":
        raise RefusedError("the log.vkey in the folder is not the key of this log")
    return key


def check_register(file: Path, key_text: str | None) -> dict[str, Any]:
    """Return the report on the log part of a release (SPEC.md, section 8)."""
    report: dict[str, Any] = {"findings": [], "key_authenticated": key_text is not None}
    try:
        release = _read_release(file.read_bytes())
        record = _map(release.get("register", release))
        text = key_text if key_text is not None else record.get("vkey")
        if text is None:
            raise UsageError("there is no key in the file: give the register's key with --key")
        key = parse_vkey(_text(text))
        head = open_checkpoint(_text(record.get("checkpoint")).encode(), key)
        _check_leaf(record, head)
        about = _check_statement(release, record, key)
    except RefusedError as refusal:
        return {**report, "findings": [Finding("register", None, str(refusal))]}
    place = {"size": head.size, "index": record["index"], "statement": about}
    return {**report, "origin": head.origin, "key": str(key), **place}


def _read_release(data: bytes) -> dict[str, Any]:
    """Return a release file, or the register part of one alone."""
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
    if not isinstance(value, dict):
        raise RefusedError("the file is not a map")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise RefusedError("a key stands twice in one map")
    return dict(pairs)


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError("the register part is not a map")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise RefusedError("a field is missing or not text")
    return value


RELEASE_FORMATS = ("privseg.release/2", "privseg.exact-release/1", "privseg.learned/1")


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
    """Compare the statement, if the file has one, with the leaf and the release's signature."""
    if "statement" not in release:
        return "not in this file"
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


# --- The command line ---------------------------------------------------------------------------


def print_report(report: dict[str, Any], what: str) -> None:
    """Print a report for people."""
    if "origin" in report:
        print(f"log        {printable(report['origin'])}")
        print(f"signed by  {report['key']}")
        print(f"entries    {report['size']}")
    if "statement" in report:
        print(f"place      {report['index']}")
        print(f"statement  {report['statement']}")
    if report.get("first_time"):
        print(f"time       {report['first_time']} to {report['last_time']}")
        print("kinds      " + ", ".join(f"{k} {n}" for k, n in report["kinds"].items()))
        _print_bodies(report)
    for finding in report["findings"]:
        where = "the log" if finding.sequence is None else f"entry {finding.sequence}"
        print(f"{finding.severity.upper()}: {where}: {printable(finding.message)} [{finding.rule}]")
    if not report["key_authenticated"]:
        print(
            "NOTE: the key came with the data. It shows that nothing was changed by accident, not"
        )
        print("      who signed: get the key from the controller another way and give it as --key.")
    bad = [f for f in report["findings"] if f.severity == "tampered"]
    named = min((f.sequence for f in bad if f.sequence is not None), default=None)
    first = "" if named is None else f"; the first bad entry is {named}"
    print(f"RESULT: {what} {'TAMPERED WITH' + first if bad else 'OK'}")


def _print_bodies(report: dict[str, Any]) -> None:
    bodies = report["bodies"]
    if bodies["checked"]:
        print(f"bodies     {bodies['intact']} intact, {bodies['erased']} lawfully erased")
    else:
        print("bodies     not in this export, not checked")
    rest = report["size"] - report["anchored"]
    print(f"remembered {report['anchored']} entries; the last {rest} could be cut off unnoticed")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Check an exported privseg audit log, or the log part of a release.",
        epilog="exit: 0 clean, 5 tampered with, 2 wrong usage, 1 not readable",
    )
    parser.add_argument("folder", nargs="?", type=Path, help="an export (C2SP tlog-tiles)")
    parser.add_argument("--register", type=Path, metavar="FILE", help="a release file (JSON)")
    parser.add_argument("--key", metavar="VKEY", help="the log's key, got another way")
    parser.add_argument(
        "--anchor",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint kept elsewhere: the log must still contain it",
    )
    parser.add_argument(
        "--remember",
        type=Path,
        metavar="FILE",
        help="an anchor that is written anew when the log is clean",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.folder is None) == (options.register is None):
        parser.error("give the folder of an export, or --register FILE")
    try:
        if options.register:
            report, what = check_register(options.register, options.key), "the register proof is"
        else:
            what = "the log is"
            report = check_export(options.folder, options.key, options.anchor, options.remember)
    except UsageError as mistake:
        parser.error(str(mistake))
    except OSError as failure:
        print(f"not readable: {failure}", file=sys.stderr)
        return UNREADABLE
    bad = any(finding.severity == "tampered" for finding in report["findings"])
    if options.json:
        found = [{**f._asdict(), "severity": f.severity} for f in report["findings"]]
        print(json.dumps({**report, "ok": not bad, "findings": found}, indent=2))
    else:
        print_report(report, what)
    return TAMPERED if bad else CLEAN


if __name__ == "__main__":
    sys.exit(main())
