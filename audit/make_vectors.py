# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001, T201, E402 - a tool for maintainers, run by hand: prints, and is no package
"""Write ``demo/``, ``entry.schema.json`` and most of ``vectors/`` anew, always the same bytes.

``vectors/canonical.json`` and ``vectors/signature.json`` are known answers, written by hand.

    .venv/bin/python audit/make_vectors.py

Needs privseg and its tests; ``verify.py`` needs neither.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # log_vectors.py
if "tests" not in sys.modules:  # diffprivlib installs a package of this name: ours goes first
    sys.path.insert(0, str(HERE.parent))
    sys.modules["tests"] = ModuleType("tests")
    sys.modules["tests"].__path__ = [str(HERE.parent / "tests")]

import log_vectors

from privseg.audit import VERSION, Kind, Outcome, export, parse_entry
from privseg.audit.entry import KEYS, MAX_COUNT
from privseg.audit.header import ALLOWED, LISTS, NEEDS_VERB, REQUIRED, SHAPES
from privseg.terms import StaffRole
from privseg.tlog import (
    Checkpoint,
    canonical,
    inclusion_proof,
    leaf_hash,
    parse_canonical,
    root_hash,
    sign_note,
    to_base64,
    vkey,
)
from tests.twins.demo_log import fill, note
from tests.twins.memory_audit import MemoryAuditLog
from tests.twins.seed_key import SeedKey

OK, REFUSED = "ok", "refused"
LOG_KEY, NEXT_KEY = log_vectors.FIRST, log_vectors.SECOND
REGISTER_KEY = SeedKey("example.com/releases", sha256(b"privseg demo register key").digest())
Case = dict[str, Any]


def demo_log() -> MemoryAuditLog:
    """Return the log that ``demo/`` is an export of: 25 entries, two keys, nine bodies erased."""
    log = MemoryAuditLog(signer=LOG_KEY, by=log_vectors.BY)
    fill(log)
    log.append(note(Kind.RETENTION, StaffRole.ADMIN, {}, verb="erase", erased=["0-4"]))
    for sequence in range(5):
        log.erase_body(sequence)
    log.rotate(NEXT_KEY)
    log.append(note(Kind.ACTOR, StaffRole.AUDITOR, {}, verb="audit-verify"))
    return log


def demo_files() -> Iterator[tuple[str, bytes]]:
    """Yield the demo export and, beside it, heads kept elsewhere and the log part of a release."""
    log = demo_log()
    yield from export(
        log.entries(),
        checkpoint_note=log.head(),
        vkeys=log.vkeys,
        handovers=log.handovers,
        with_bodies=True,
    )
    for size, key in ((9, LOG_KEY), (22, LOG_KEY)):
        yield f"anchors/{size:020}.checkpoint", log_vectors.head_of(log, size, key).encode()
    yield "release.json", _pretty({"register": _register()})


def vectors() -> Iterator[tuple[str, str, list[Case]]]:
    """Yield (name, what it is about, cases) of every file of vectors."""
    yield "entry", "entries: SPEC.md, section 3", list(_entry_cases())
    yield "body", "salted commitments: SPEC.md, section 4", _body_cases()
    yield "tree", "inclusion proofs: SPEC.md, section 5; RFC 6962 2.1.1", list(_tree_cases())
    yield "key", "verifier keys: SPEC.md, section 6; C2SP signed-note", _key_cases()
    yield "note", "signed checkpoints: SPEC.md, section 6; C2SP tlog-checkpoint", _note_cases()
    yield "register", "the log part of a release: SPEC.md, section 9", _register_cases()
    yield "log", "whole logs: SPEC.md, sections 6, 7 and 11", list(log_vectors.cases())


def _text(name: str, expect: str, text: str | bytes) -> Case:
    """Return a case of bytes: as text where it is one, else in hex."""
    data = text.encode() if isinstance(text, str) else text
    try:
        return {"name": name, "expect": expect, "text": data.decode()}
    except UnicodeDecodeError:
        return {"name": name, "expect": expect, "hex": data.hex()}


def _entry_cases() -> Iterator[Case]:
    entries = [stored.entry_bytes for stored in demo_log().entries()]
    for data in entries:
        entry = parse_entry(data)
        yield _text(f"entry {entry.sequence} of the demo log: {entry.kind}", OK, data)
    for name, expect, change in _ENTRY_CHANGES:
        yield _text(name, expect, canonical({**parse_canonical(entries[7]), **change}))
    header = parse_canonical(entries[7])["header"]
    for name, expect, change in _HEADER_CHANGES:
        fields = {**parse_canonical(entries[7]), "header": {**header, **change}}
        yield _text(f"header: {name}", expect, canonical(fields))
    fields = parse_canonical(entries[7])
    del fields["boot_id"]
    yield _text("a field is missing", REFUSED, canonical(fields))
    yield _text("the fields are in another order", REFUSED, json.dumps(parse_canonical(entries[7])))
    yield _text("a list", REFUSED, "[]")
    yield _text("not JSON", REFUSED, "entry")
    yield _text("not UTF-8", REFUSED, b"\xff\xfe")
    yield _text("nothing", REFUSED, b"")
    yield from _long_entries(parse_canonical(entries[7]))


_LONGEST_PAIR = 140  # bytes: two names of up to 67 letters fill what is left


def _long_entries(fields: Case) -> Iterator[Case]:
    """Yield the longest entry there can be, and one byte more."""
    for name, expect, size in (("65,535", OK, 65_535), ("65,536", REFUSED, 65_536)):
        attributes: list[str] = []
        while (short := size - len(_with_attributes(fields, attributes))) > _LONGEST_PAIR:
            attributes.append("a" * 100)
        halves = (short // 2, short - short // 2)
        attributes += ["a" * (half - 3) for half in halves]  # two quotes and a comma
        data = _with_attributes(fields, attributes)
        assert len(data) == size
        yield _text(f"an entry of {name} bytes", expect, data)


def _with_attributes(fields: Case, attributes: list[str]) -> bytes:
    return canonical({**fields, "header": {**fields["header"], "attributes": attributes}})


_ENTRY_CHANGES: list[tuple[str, str, Case]] = [
    ("the largest sequence number", OK, {"sequence": 2**63 - 1}),
    ("the first year", OK, {"time": "0001-01-01T00:00:00.000000Z"}),
    ("a leap day", OK, {"time": "2028-02-29T23:59:59.999999Z"}),
    ("another version", REFUSED, {"version": "privseg.audit/2"}),
    ("an unknown field", REFUSED, {"note": "x"}),
    ("an unknown kind", REFUSED, {"kind": "access.other"}),
    ("an unknown outcome", REFUSED, {"outcome": "maybe"}),
    ("an unknown actor", REFUSED, {"actor": "root"}),
    ("a kind that is not text", REFUSED, {"kind": ["access.intent"]}),
    ("an intent that is done", REFUSED, {"outcome": "ok"}),
    ("a negative sequence number", REFUSED, {"sequence": -1}),
    ("a sequence number too large", REFUSED, {"sequence": 2**63}),
    ("a sequence number as text", REFUSED, {"sequence": "7"}),
    ("a sequence number that is a truth value", REFUSED, {"sequence": True}),
    ("a monotonic clock as text", REFUSED, {"monotonic_ns": "1"}),
    ("a boot id in capitals", REFUSED, {"boot_id": "0B" * 16}),
    ("a boot id too short", REFUSED, {"boot_id": "0b" * 15}),
    ("a commitment too long", REFUSED, {"commitment": "ab" * 33}),
    ("a commitment with a newline", REFUSED, {"commitment": "ab" * 32 + "\n"}),
    ("a commitment that is missing", REFUSED, {"commitment": None}),
    ("a time without a zone", REFUSED, {"time": "2026-03-02T09:00:00.000000"}),
    ("a time with another zone", REFUSED, {"time": "2026-03-02T09:00:00.000000+00:00"}),
    ("a time without digits of a second", REFUSED, {"time": "2026-03-02T09:00:00Z"}),
    ("a time with nine digits", REFUSED, {"time": "2026-03-02T09:00:00.000000000Z"}),
    ("a time with a space", REFUSED, {"time": "2026-03-02 09:00:00.000000Z"}),
    ("a time in other digits", REFUSED, {"time": "٢٠٢٦-03-02T09:00:00.000000Z"}),
    ("hour 24", REFUSED, {"time": "2026-03-02T24:00:00.000000Z"}),
    ("a leap second", REFUSED, {"time": "2026-12-31T23:59:60.000000Z"}),
    ("the 30th of February", REFUSED, {"time": "2026-02-30T09:00:00.000000Z"}),
    ("the year 0", REFUSED, {"time": "0000-01-01T00:00:00.000000Z"}),
    ("a time as a number", REFUSED, {"time": 1}),
    ("a header that is a list", REFUSED, {"header": []}),
    ("an empty header", REFUSED, {"header": {}}),
]
_HEADER_CHANGES: list[tuple[str, str, Case]] = [
    ("a name in another script", OK, {"segmenter": "بازاریابی"}),
    ("a name of 128 characters", OK, {"segmenter": "a" * 128}),
    ("no attribute", OK, {"attributes": []}),
    ("a reason in a sentence", OK, {"reason": "the window closed (rule 3)"}),
    ("an unknown key", REFUSED, {"subject": "Ada"}),
    ("a key of another kind", REFUSED, {"erased": ["1"]}),
    ("a number", REFUSED, {"run": 7}),
    ("a count posing as a name", REFUSED, {"segmenter": "1240"}),
    ("an e-mail address", REFUSED, {"segmenter": "ada@example.com"}),
    ("an e-mail address in a reason", REFUSED, {"reason": "ada@example.com refused"}),
    ("a telephone number in a reason", REFUSED, {"reason": "called 0301234567"}),
    ("a name of 129 characters", REFUSED, {"segmenter": "a" * 129}),
    ("a name with a newline", REFUSED, {"segmenter": "crm\n"}),
    ("an empty name", REFUSED, {"segmenter": ""}),
    ("text where a list belongs", REFUSED, {"attributes": "country"}),
    ("a list where text belongs", REFUSED, {"purpose": ["marketing"]}),
    ("a list with a number in it", REFUSED, {"attributes": ["country", 1]}),
    ("a list in a list", REFUSED, {"attributes": [["country"]]}),
    ("nothing", REFUSED, {"purpose": None}),
]


def _body_cases() -> list[Case]:
    stored = list(demo_log().entries())[6]
    assert stored.salt is not None
    assert stored.body is not None
    salt, body, entry = stored.salt.hex(), stored.body, stored.entry_bytes.decode()
    common = {"entry": entry, "salt": salt, "body": body.hex()}
    return [
        {"name": "the body of entry 6", "expect": OK, **common},
        {"name": "another body", "expect": REFUSED, **common, "body": b'{"a":1}'.hex()},
        {"name": "another salt", "expect": REFUSED, **common, "salt": "00" * 32},
        {"name": "no body", "expect": REFUSED, **common, "body": ""},
        {"name": "a short salt", "expect": REFUSED, **common, "salt": salt[:-2]},
        {
            "name": "a byte moved from the body to the salt",
            "expect": REFUSED,
            **common,
            "salt": salt + body.hex()[:2],
            "body": body.hex()[2:],
        },
    ]


_RFC_ENTRIES = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)  # fmt: skip
"""The eight entries of the reference tests of Certificate Transparency (RFC 6962)."""


def _tree_cases() -> Iterator[Case]:
    leaves = [leaf_hash(bytes.fromhex(each)) for each in _RFC_ENTRIES]
    for size in range(1, 9):
        for index in range(size):
            proof = inclusion_proof(index, leaves[:size])
            yield _proof(index, size, _RFC_ENTRIES[index], proof, root_hash(leaves[:size]))
    proof, root = inclusion_proof(5, leaves), root_hash(leaves)
    entry = _RFC_ENTRIES[5]
    bad = {
        "another entry": (5, 8, _RFC_ENTRIES[4], proof, root),
        "another place": (4, 8, entry, proof, root),
        "another root": (5, 8, entry, proof, root_hash([])),
        "a place outside the tree": (8, 8, entry, proof, root),
        "a negative place": (-1, 8, entry, proof, root),
        "an empty tree": (0, 0, entry, [], root_hash([])),
        "a hash too few": (5, 8, entry, proof[:-1], root),
        "a hash too many": (5, 8, entry, [*proof, root], root),
        "no hashes": (5, 8, entry, [], root),
        "hashes in another order": (5, 8, entry, proof[::-1], root),
        "a size far too large": (5, 1024, entry, proof, root),
        "an inner node posing as a leaf": (1, 2, (leaves[0] + leaves[1]).hex(), proof[:1], root),
    }
    for name, case in bad.items():
        yield {**_proof(*case), "name": name, "expect": REFUSED}


def _proof(index: int, size: int, entry: str, proof: list[bytes], root: bytes) -> Case:
    return {
        "name": f"entry {index} of {size}",
        "expect": OK,
        "entry": entry,
        "index": index,
        "size": size,
        "proof": [each.hex() for each in proof],
        "root": root.hex(),
    }


def _key_cases() -> list[Case]:
    key = LOG_KEY.vkey
    name, number, data = key.split("+", 2)
    weak = (0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826).to_bytes(
        32, "little"
    )
    return [
        _text("the key of the demo log", OK, key),
        _text("a key of the Go tests of signed notes", OK,
              "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        _text("a newline at the end", REFUSED, key + "\n"),
        _text("an id that is not the key's", REFUSED, f"{name}+00000000+{data}"),
        _text("an id in capitals", REFUSED, f"{name}+{number.upper()}+{data}"),
        _text("another name", REFUSED, f"example.org/audit+{number}+{data}"),
        _text("no name", REFUSED, f"+{number}+{data}"),
        _text("a name with a space", REFUSED, f"a b+{number}+{data}"),
        _text("a changed last letter", REFUSED, key[:-1] + "9"),
        _text("base 64 cut short", REFUSED, key[:-4]),
        _text("another algorithm", REFUSED, f"{name}+{number}+" + to_base64(b"\x04" + bytes(32))),
        _text("a key of small order", REFUSED, _unchecked_vkey(weak)),
        _text("the identity as a key", REFUSED, _unchecked_vkey(b"\x01" + bytes(31))),
        _text("a second spelling of a key", REFUSED,
              _unchecked_vkey((2**255 - 19 + 3).to_bytes(32, "little"))),
        _text("nothing", REFUSED, ""),
    ]  # fmt: skip


def _unchecked_vkey(public: bytes) -> str:
    typed = b"\x01" + public
    return f"weak+{sha256(b'weak' + bytes([10]) + typed).hexdigest()[:8]}+{to_base64(typed)}"


def _note_cases() -> list[Case]:
    head = Checkpoint(LOG_KEY.name, 3, root_hash([leaf_hash(bytes([i])) for i in range(3)]))
    text, note = head.text, head.sign(LOG_KEY)
    line = note.split("\n\n")[1]
    witness = sign_note(text, REGISTER_KEY).split("\n\n")[1]
    forged = line.replace(line[60:64], "AAAA")
    origin, _, root = text.split("\n")[:3]
    signed = {
        "the empty log": (OK, Checkpoint(origin, 0, root_hash([])).text),
        "an extension line": (REFUSED, f"{text}more\n"),
        "a size with a leading zero": (REFUSED, f"{origin}\n03\n{root}\n"),
        "a negative size": (REFUSED, f"{origin}\n-3\n{root}\n"),
        "a size with a sign": (REFUSED, f"{origin}\n+3\n{root}\n"),
        "a size in other digits": (REFUSED, f"{origin}\n٣\n{root}\n"),
        "a size of 2^63": (REFUSED, f"{origin}\n{2**63}\n{root}\n"),
        "an empty log with a root of its own": (REFUSED, f"{origin}\n0\n{root}\n"),
        "a root cut short": (REFUSED, f"{origin}\n3\n{root[:-4]}\n"),
        "a root with stray bits": (REFUSED, f"{origin}\n3\n{root[:-2]}{_next(root[-2])}=\n"),
        "no origin": (REFUSED, f"\n3\n{root}\n"),
        "an origin with a space": (REFUSED, f"example.com audit\n3\n{root}\n"),
        "lines in another order": (REFUSED, f"{origin}\n{root}\n3\n"),
    }
    notes = {
        "a head of three entries": (OK, note),
        "signed by a witness too": (OK, note + witness),
        "the witness first": (OK, f"{text}\n{witness}{line}"),
        "signed by somebody else": (REFUSED, f"{text}\n{witness}"),
        "not signed": (REFUSED, text),
        "no signature after the blank line": (REFUSED, f"{text}\n"),
        "another size under the signature": (REFUSED, note.replace("\n3\n", "\n4\n")),
        "another origin under the signature": (
            REFUSED,
            note.replace(origin, "example.org/audit", 1),
        ),
        "a changed signature": (REFUSED, f"{text}\n{forged}"),
        "a changed signature beside a good one": (REFUSED, note + forged),
        "one key twice": (REFUSED, note + line),
        "no blank line": (REFUSED, text + line),
        "no newline at the end": (REFUSED, note[:-1]),
        "a newline too many": (REFUSED, f"{note}\n"),
        "line ends of another system": (REFUSED, note.replace("\n", "\r\n")),
        "a tab in the text": (REFUSED, note.replace(origin, f"{origin}\t", 1)),
        "a hyphen for the dash": (REFUSED, note.replace("— ", "- ")),
        "two spaces after the name": (REFUSED, f"{text}\n{line.replace(' ', '  ')}"),
        "a signature without padding": (REFUSED, f"{text}\n{line.replace('=', '')}"),
        "text after the signatures": (REFUSED, f"{note}more\n"),
        "nothing": (REFUSED, ""),
    }
    notes |= {name: (e, sign_note(changed, LOG_KEY)) for name, (e, changed) in signed.items()}
    key = LOG_KEY.vkey
    return [{**_text(name, expect, each), "key": key} for name, (expect, each) in notes.items()]


def _next(character: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return alphabet[alphabet.index(character) ^ 1]


def _register() -> Case:
    """Return the log part of a release that is the third of five in its register."""
    bodies = [{"release": f"r{number}" * 8, "commitment": f"{number}c" * 32} for number in range(5)]
    entries = [canonical(each) for each in bodies]
    leaves = [leaf_hash(each) for each in entries]
    return {
        "leaf": bodies[2],
        "index": 2,
        "size": 5,
        "proof": [to_base64(each) for each in inclusion_proof(2, leaves)],
        "checkpoint": Checkpoint(REGISTER_KEY.name, 5, root_hash(leaves)).sign(REGISTER_KEY),
        "vkey": vkey(REGISTER_KEY.name, REGISTER_KEY.public_key),
    }


def _register_cases() -> list[Case]:
    good = _register()
    lone = {**good, "size": 1, "index": 0, "proof": []}
    bad = {
        "another leaf": {**good, "leaf": {**good["leaf"], "release": "r3" * 8}},
        "a leaf with something added": {**good, "leaf": {**good["leaf"], "note": "x"}},
        "a leaf as text": {**good, "leaf": canonical(good["leaf"]).decode()},
        "another place": {**good, "index": 3},
        "a place as text": {**good, "index": "2"},
        "a place that is a truth value": {**good, "index": True},
        "another size than the head's": {**good, "size": 6},
        "a size as text": {**good, "size": "5"},
        "a hash too few": {**good, "proof": good["proof"][:-1]},
        "a hash in hex": {**good, "proof": ["00" * 32, *good["proof"][1:]]},
        "a hash that is a number": {**good, "proof": [1, *good["proof"][1:]]},
        "a proof as text": {**good, "proof": "".join(good["proof"])},
        "another log's key": {**good, "vkey": LOG_KEY.vkey},
        "a head that is not signed": {**good, "checkpoint": good["checkpoint"].split("\n\n")[0]},
        "another root under the signature": {
            **good,
            "checkpoint": good["checkpoint"].replace("\n5\n", "\n4\n"),
        },
        "no leaf": {key: value for key, value in good.items() if key != "leaf"},
        "no head": {key: value for key, value in good.items() if key != "checkpoint"},
        "no proof": {key: value for key, value in good.items() if key != "proof"},
    }
    without_size = {key: value for key, value in good.items() if key != "size"}
    lone["checkpoint"] = Checkpoint(REGISTER_KEY.name, 1, leaf_hash(canonical(good["leaf"]))).sign(
        REGISTER_KEY
    )
    cases = {"the third of five": good, "without its size": without_size, "the only one": lone}
    found = [{"name": name, "expect": OK, "register": case} for name, case in cases.items()]
    found += [{"name": name, "expect": REFUSED, "register": case} for name, case in bad.items()]
    return found


_TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}Z$"


def schema() -> Case:
    """Return the JSON schema of an entry; canonical spelling and length are beyond a schema."""
    texts = {key: {"type": "string", "pattern": f"^(?:{shape.value})$"}
             for key, shape in SHAPES.items()}  # fmt: skip
    keys = {
        key: {"type": "array", "items": text} if key in LISTS else text
        for key, text in texts.items()
    }
    count = {"type": "integer", "minimum": 0, "maximum": MAX_COUNT}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An entry of a privseg audit log",
        "description": "SPEC.md, section 3. In patterns, \\w and \\d have their Unicode meaning.",
        "type": "object",
        "additionalProperties": False,
        "required": sorted(KEYS),
        "properties": {
            "actor": {"enum": [role.value for role in StaffRole]},
            "boot_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "commitment": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "header": {"type": "object", "additionalProperties": False, "properties": keys},
            "kind": {"enum": [kind.value for kind in Kind]},
            "monotonic_ns": count,
            "outcome": {"enum": [outcome.value for outcome in Outcome]},
            "sequence": count,
            "time": {"type": "string", "pattern": _TIME},
            "version": {"const": VERSION},
        },
        "allOf": [_kind_schema(kind) for kind in Kind],
    }


def kit_schema() -> Case:
    """Return the JSON schema of a kit's manifest."""
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The manifest of a privseg kit",
        "description": "SPEC.md, section 10. Every file of the kit but this, with its SHA-256.",
        "type": "object",
        "additionalProperties": False,
        "required": ["bodies", "files", "format", "made_at", "made_by"],
        "properties": {
            "bodies": {"type": "boolean", "description": "Whether bodies were asked for."},
            "files": {"type": "object", "additionalProperties": digest},
            "format": {"const": "privseg.kit/1"},
            "made_at": {"type": "string", "pattern": _TIME},
            "made_by": {"type": "string"},
        },
    }


def _kind_schema(kind: Kind) -> Case:
    """Return what an entry of one kind may and must say."""
    outcomes = [outcome.value for outcome in Outcome if outcome is not Outcome.PENDING]
    if kind is Kind.ACCESS_INTENT:
        outcomes = [Outcome.PENDING.value]
    if kind is Kind.ACCESS_DENIED:
        outcomes = [Outcome.DENIED.value]
    header = {
        "propertyNames": {"enum": sorted(ALLOWED[kind])},
        "required": sorted(REQUIRED.get(kind, NEEDS_VERB)),
    }
    return {
        "if": {"properties": {"kind": {"const": kind.value}}},
        "then": {"properties": {"header": header, "outcome": {"enum": outcomes}}},
    }


def _pretty(value: object) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"


def write(folder: Path) -> None:
    """Write ``demo`` and the generated vectors under ``folder``, replacing what is there."""
    shutil.rmtree(folder / "demo", ignore_errors=True)
    files = {f"demo/{path}": data for path, data in demo_files()}
    files["entry.schema.json"] = _pretty(schema())
    files["kit.schema.json"] = _pretty(kit_schema())
    for name, about, cases in vectors():
        files[f"vectors/{name}.json"] = _pretty({"about": about, "cases": cases})
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


if __name__ == "__main__":
    write(HERE)
    print(f"written: {HERE / 'vectors'} and {HERE / 'demo'}")
