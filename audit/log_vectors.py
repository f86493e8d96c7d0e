# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 - a part of ``make_vectors.py``, a tool for maintainers, and no package
"""Whole small logs, good and bad, each with what a verifier must find in it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from pyroaring import FrozenBitMap

from privseg.audit import Kind, StoredEntry, export, parse_entry
from privseg.terms import StaffRole
from privseg.tlog import Checkpoint, canonical, leaf_hash, parse_canonical, root_hash, sign_note
from tests.twins.demo_log import intent, note, outcome
from tests.twins.memory_audit import START, MemoryAuditLog
from tests.twins.seed_key import SeedKey

Case = dict[str, Any]
Files = dict[str, bytes]
Entries = list[StoredEntry]
ORIGIN = "example.com/audit"
FIRST, SECOND, OTHER = (
    SeedKey(ORIGIN, sha256(seed).digest())
    for seed in (b"privseg demo log key", b"privseg demo second log key", b"privseg another key")
)
WITNESS = SeedKey("witness.example/w1", sha256(b"privseg demo witness").digest())
BY = {"sign_in": "operating system", "user": "ada"}
BUNDLE, HASHES, BODIES = "tile/entries/000.p/{}", "tile/0/000.p/{}", "bodies/000.p/{}"


def small(*, erased: bool = True, clock: Mapping[int, int] | None = None) -> MemoryAuditLog:
    """Return the log that the cases change: nine entries, two keys, one body erased."""
    late = clock or {}
    log = MemoryAuditLog(
        signer=FIRST, by=BY, clock=lambda i: START + timedelta(minutes=17 * i + late.get(i, 0))
    )
    everyone = FrozenBitMap(range(1, 13))
    admin, officer = StaffRole.ADMIN, StaffRole.COMPLIANCE_OFFICER
    log.append(note(Kind.CONFIGURATION, admin, {}, verb="create", setting="workspace"))
    log.append(note(Kind.CHECKPOINT_KEY, admin, {}, verb="create", vkey=FIRST.vkey))
    log.append(note(Kind.CONSENT, officer, {"subject": 4}, verb="record"))
    log.append(intent("a1" * 16, everyone, "lapsed"))
    log.append(outcome("a1" * 16, 3, everyone, lapsed=FrozenBitMap({2, 3})))
    log.rotate(SECOND)
    log.append(note(Kind.POLICY, officer, {}, verb="adopt", policy="sha256:" + "5e" * 32))
    if erased:
        log.append(note(Kind.DSR, officer, {}, verb="done", request="erasure", erased=["2"]))
        log.erase_body(2)
    log.append(note(Kind.EXPORT, officer, {}, verb="audit-export"))
    return log


def files_of(log: MemoryAuditLog, entries: Entries | None = None) -> Files:
    """Return the export of a log, or of other entries under its head."""
    placed = list(log.entries()) if entries is None else entries
    return dict(
        export(
            [replace(each, sequence=i) for i, each in enumerate(placed)],
            checkpoint_note=log.head(),
            vkeys=log.vkeys,
            handovers=log.handovers,
            with_bodies=True,
        )
    )


def signed_anew(log: MemoryAuditLog, change: Callable[[Entries], Entries]) -> Files:
    """Return the export of a log whose own key signed what was done to it."""
    entries = change(list(log.entries()))
    leaves = [leaf_hash(each.entry_bytes) for each in entries]
    head = Checkpoint(ORIGIN, len(leaves), root_hash(leaves)).sign(log.signer)
    return files_of(log, entries) | {"checkpoint": head.encode()}


def head_of(log: MemoryAuditLog, size: int, key: SeedKey, origin: str = ORIGIN) -> str:
    """Return a head of the first entries of a log."""
    leaves = [leaf_hash(each.entry_bytes) for each in log.entries(0, size)]
    return Checkpoint(origin, size, root_hash(leaves)).sign(key)


def cases() -> Iterator[Case]:
    """Yield every case."""
    yield from _good()
    yield from _entries_changed()
    yield from _signed_by_the_writer()
    yield from _heads()
    yield from _handovers()
    yield from _anchors()
    yield from _bodies()
    yield from _files_cut()


def _case(
    name: str, expect: str, found: list[tuple[str, int | None]], files: Files, *anchors: str,
    key: str | None = None,
) -> Case:  # fmt: skip
    """Return a case: the state, every finding, and the first bad entry if one can be named."""
    warnings = {"intent.open", "clock.wall", "clock.jump", "clock.monotonic", "body.kept"}
    bad = [place for rule, place in found if rule not in warnings and place is not None]
    return {
        "name": name,
        "expect": expect,
        "first_bad": min(bad, default=None),
        "findings": [list(each) for each in found],
        "key": key or SECOND.vkey,
        "anchors": list(anchors),
        "files": {path: _spelled(data) for path, data in sorted(files.items())},
    }


def _spelled(data: bytes) -> Case:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    return {"base64": b64encode(data).decode()} if "\0" in text else {"text": text}


def _good() -> Iterator[Case]:
    log, whole = small(), small(erased=False)
    files, heads = files_of(log), [head_of(log, 4, FIRST), head_of(log, 8, SECOND)]
    yield _case("a log with a body erased", "erased", [], files, *heads)
    yield _case("under its first key, which handed over", "erased", [], files, key=FIRST.vkey)
    yield _case("nothing erased", "intact", [], files_of(whole))
    bare = {path: data for path, data in files.items() if not path.startswith("bodies/")}
    yield _case("exported without bodies", "intact", [], bare)
    empty = MemoryAuditLog(signer=SECOND)
    yield _case("an empty log", "intact", [], files_of(empty))
    seen = sign_note(Checkpoint(ORIGIN, 9, log.frontier.root()).text, WITNESS)
    both = files | {"checkpoint": (log.head() + seen.split("\n\n")[1]).encode()}
    yield _case("a head that somebody else signed too", "erased", [], both)
    log = small(erased=False)
    ranged = note(Kind.RETENTION, StaffRole.ADMIN, {}, verb="erase", erased=["0-4", "6"])
    log.append(ranged)
    for each in (0, 1, 2, 3, 4, 6):
        log.erase_body(each)
    yield _case("bodies erased by ranges", "erased", [], files_of(log))


def _edited(data: bytes) -> bytes:
    return data.replace(b'"audit-export"', b'"audit-expert"')


def _entries_changed() -> Iterator[Case]:
    log = small()
    files, entries = files_of(log), list(log.entries())
    bundle, root = BUNDLE.format(9), ("tree.root", None)
    changed = files | {bundle: _edited(files[bundle])}
    yield _case("a byte edited", "tampered", [("leaf", 8), root], changed)
    forged = [*entries[:8], replace(entries[8], entry_bytes=_edited(entries[8].entry_bytes))]
    yield _case("a byte edited, and its hash", "tampered", [root], files_of(log, forged))
    swapped = [*entries[:6], entries[7], entries[6], entries[8]]
    found = [("sequence", 6), ("sequence", 7), ("clock.wall", 7), ("clock.monotonic", 7), root]
    yield _case("two entries swapped", "tampered", found, files_of(log, swapped))
    short = _narrowed(files_of(log, entries[:6] + entries[7:]), 9)
    found = [("tile", 0), ("sequence", 6), ("bundle", 8), ("tree.size", 8)]
    yield _case("an entry deleted", "tampered", found, short)
    doubled = files_of(log, [*entries[:7], entries[6], *entries[7:8]])
    yield _case("an entry doubled, and the last cut", "tampered", [("sequence", 7), root], doubled)


def _narrowed(files: Files, width: int) -> Files:
    """Return an export of fewer entries under the names that the head asks for."""
    names = {path: path.replace(f".p/{width - 1}", f".p/{width}") for path in files}
    return {names[path]: data for path, data in files.items()}


def _signed_by_the_writer() -> Iterator[Case]:
    """What the writer's own key signed and no entry can be, or should not be."""
    log = small()
    last = parse_canonical(list(log.entries())[8].entry_bytes)
    texts = {
        "an unknown version": canonical({**last, "version": "privseg.audit/2"}),
        "an unknown kind": canonical({**last, "kind": "access.other"}),
        "a key twice": canonical(last).replace(b'{"actor"', b'{"actor":"auditor","actor"'),
        "a key twice in the header": canonical(last).replace(
            b'{"verb"', b'{"verb":"audit-export","verb"'
        ),
        "another spelling": canonical(last).replace(b'"actor":', b'"actor": '),
        "a name in a needless escape": canonical(last).replace(b"audit-export", b"\\u0061udit"),
        "an e-mail address in the header": canonical(
            {**last, "header": {"verb": "x", "reason": "ada@example.com"}}
        ),
        "no bytes": b"",
    }
    for name, data in texts.items():
        files = signed_anew(log, lambda e, data=data: [*e[:8], replace(e[8], entry_bytes=data)])
        yield _case(f"signed: {name}", "tampered", [("entry", 8)], files)
    twice = small()
    twice.append(outcome("a1" * 16, 3, FrozenBitMap()))
    yield _case("signed: a second outcome", "tampered", [("pair", 9)], files_of(twice))
    open_ = small()
    open_.append(intent("a2" * 16, FrozenBitMap({1}), "lapsed"))
    found = [("intent.open", 9)]
    yield _case("signed: an intent without outcome", "erased", found, files_of(open_))
    backwards = small(clock={6: -60, 7: -60, 8: -60})
    yield _case("signed: a clock put back", "erased", [("clock.wall", 6)], files_of(backwards))
    ahead = small(clock=dict.fromkeys((6, 7, 8), 60 * 26))
    yield _case("signed: a clock put ahead", "erased", [("clock.jump", 6)], files_of(ahead))
    ticks = canonical({**last, "monotonic_ns": 1})
    files = signed_anew(log, lambda e: [*e[:8], _resealed(e[8], ticks)])
    found = [("clock.monotonic", 8)]
    yield _case("signed: a clock that cannot go back goes back", "erased", found, files)


def _resealed(stored: StoredEntry, data: bytes) -> StoredEntry:
    assert parse_entry(data).commitment == parse_entry(stored.entry_bytes).commitment
    return replace(stored, entry_bytes=data, leaf=leaf_hash(data))


def _heads() -> Iterator[Case]:
    log = small()
    files, none = files_of(log), [("checkpoint", None)]
    head = log.head()
    line = head.split("\n\n")[1]
    heads = {
        "not signed": head.split("\n\n")[0] + "\n",
        "signed by another key": head_of(log, 9, OTHER),
        "signed by an old key": head_of(log, 9, FIRST),
        "signed twice by one key": head + line,
        "of another size": head.replace("\n9\n", "\n8\n"),
        "with a longer text": sign_note(f"{head.split(chr(10) * 2)[0]}\nmore\n", SECOND),
    }
    for name, note_ in heads.items():
        yield _case(f"a head {name}", "tampered", none, files | {"checkpoint": note_.encode()})
    yield _case("another key was given", "tampered", [("key", None)], files, key=OTHER.vkey)


def _handovers() -> Iterator[Case]:
    log = small()
    files, none = files_of(log), [("handover", None)]
    handed = log.handovers[0]
    text, lines = handed.split("\n\n")
    old, new = lines.splitlines(keepends=True)
    notes = {
        "is not signed by the old key": f"{text}\n\n{new}",
        "is not signed by the new key": f"{text}\n\n{old}",
        "has the new key first": f"{text}\n\n{new}{old}",
        "was forged": head_of(log, 6, OTHER) + new,
        "is of a log that nobody wrote": _both(
            Checkpoint(ORIGIN, 60, bytes(32)).text, FIRST, SECOND
        ),
    }
    for name, note_ in notes.items():
        changed = files | {"handover/000": note_.encode()}
        yield _case(f"a handover {name}", "tampered", none, changed)
    gone = {path: data for path, data in files.items() if path != "handover/000"}
    yield _case("a handover is missing", "tampered", none, gone)
    elsewhere = _both(head_of(log, 4, FIRST).split("\n\n")[0] + "\n", FIRST, SECOND)
    found = [("handover", 3), ("handover", 5)]
    changed = files | {"handover/000": elsewhere.encode()}
    yield _case("a handover at another place", "tampered", found, changed)
    other = _both(Checkpoint(ORIGIN, 6, bytes(32)).text, FIRST, SECOND)
    changed = files | {"handover/000": other.encode()}
    yield _case("a handover of other entries", "tampered", [("handover", 5)], changed)
    unsaid = small()
    header = {"verb": "rotate", "key_id": "00" * 4, "previous": "00" * 4, "vkey": OTHER.vkey}
    unsaid.append(note(Kind.CHECKPOINT_KEY, StaffRole.ADMIN, {}, **header))
    found = [("handover", 9)]
    yield _case("a change of key without a handover", "tampered", found, files_of(unsaid))


def _both(text: str, old: SeedKey, new: SeedKey) -> str:
    return sign_note(text, old) + sign_note(text, new).split("\n\n")[1]


def _anchors() -> Iterator[Case]:
    log = small()
    files = files_of(log)
    shorter = MemoryAuditLog(signer=FIRST, by=BY)
    for _ in range(3):
        shorter.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    longer = small()
    longer.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    bad = {
        "of another log": (head_of(log, 4, FIRST, "example.org/audit"), ("anchor", None)),
        "of another key": (head_of(log, 4, OTHER), ("anchor", None)),
        "of a key whose time was over": (head_of(log, 8, FIRST), ("anchor", None)),
        "of a key whose time had not come": (head_of(log, 4, SECOND), ("anchor", None)),
        "of a longer log: this one was rolled back": (longer.head(), ("rollback", 9)),
        "of a fork": (shorter.head(), ("fork", None)),
        "that is no head": ("nonsense\n", ("anchor", None)),
    }
    for name, (anchor, found) in bad.items():
        yield _case(f"an anchor {name}", "tampered", [found], files, anchor)
    both = [head_of(log, 6, FIRST), head_of(log, 6, SECOND), log.handovers[0]]
    yield _case("anchors where the key changed, by either key", "erased", [], files, *both)


def _bodies() -> Iterator[Case]:
    log = small()
    entries = list(log.entries())
    body = replace(entries[6], body=b'{"by":{}}')
    changed = files_of(log, [*entries[:6], body, *entries[7:]])
    yield _case("a body changed", "tampered", [("body", 6)], changed)
    gone = small()
    gone.erase_body(6)
    yield _case("a body gone without an entry", "tampered", [("body", 6)], files_of(gone))
    ahead = small()
    ahead.append(note(Kind.DSR, StaffRole.ADMIN, {}, verb="done", erased=["9-12"]))
    ahead.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    for each in (9, 10):
        ahead.erase_body(each)
    found = [("body", 9), ("body", 10)]
    yield _case("an erasure of what comes later", "tampered", found, files_of(ahead))
    kept = replace(entries[2], **_body_of(small(erased=False), 2))
    found = [("body.kept", 2)]
    still = files_of(log, [*entries[:2], kept, *entries[3:]])
    yield _case("a body erased and still there", "intact", found, still)
    files = files_of(log)
    stray = files | {"bodies/001": b"\0\0\0\0"}
    yield _case("a body of no entry", "tampered", [("body", 9)], stray)


def _body_of(log: MemoryAuditLog, index: int) -> dict[str, Any]:
    stored = list(log.entries())[index]
    return {"salt": stored.salt, "body": stored.body}


def _files_cut() -> Iterator[Case]:
    log = small()
    files = files_of(log)
    bundle, hashes, bodies = BUNDLE.format(9), HASHES.format(9), BODIES.format(9)
    yield _case("a tile cut", "tampered", [("tile", 0)], files | {hashes: files[hashes][:-1]})
    wrong = files[hashes][:-1] + bytes([files[hashes][-1] ^ 1])
    yield _case("a tile with another hash", "tampered", [("leaf", 8)], files | {hashes: wrong})
    found = [("bundle", 8), ("tree.size", 8)]
    yield _case("a bundle cut", "tampered", found, files | {bundle: files[bundle][:-1]})
    longer = files | {bundle: files[bundle] + b"\0\0"}
    yield _case("a bundle with something after it", "tampered", [("bundle", 0)], longer)
    without = {path: data for path, data in files.items() if path != bundle}
    found = [("bundle", 0), ("tree.size", 0), ("handover", 5)]
    yield _case("a bundle missing", "tampered", found, without)
    cut = files | {bodies: files[bodies][:-1]}
    yield _case("bodies cut", "tampered", [("body", 8)], cut)
