# SPDX-License-Identifier: Apache-2.0
"""Questions to the rooms ``audit`` and ``tlog``, and their answers, refusals by their words.

For telling a mutant from the original: what the right answers are, other tests say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

from tests.twins.memory_audit import BOOT, salts
from tests.twins.mutating_log import Rooms
from tests.twins.seed_key import SeedKey

ORIGIN = "example.com/audit"
KEYS = [SeedKey(ORIGIN, bytes([n]) * 32) for n in range(3)]
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEAVES = [bytes([n]) * 32 for n in range(23)]


def told(run: Callable[[], object]) -> object:
    """Return an answer, or the name and words of a refusal."""
    try:
        answer = run()
    except Exception as error:  # noqa: BLE001 - a mutant may fail in any way
        return type(error).__name__, str(error)
    return repr(answer) if isinstance(answer, Enum) else answer


# --- tlog


def canonicals(rooms: Rooms) -> Iterator[object]:
    tlog = rooms("tlog")
    deep: object = 1
    for _ in range(64):
        deep = [deep]
    values = [
        {"b": 1, "a": [True, None, "é\n"]},
        {1: 2},
        {"a": 1.5},
        [float("nan")],
        "\ud800",
        deep,
        [deep],
        {"x": {2: 3}},
        ({"a": (1,)},),
        object(),
        {"a": {"b": object()}},
        10**5000,
        {"a": deep},
    ]
    for value in values:
        yield told(lambda value=value: tlog.canonical(value))
    spelt = [
        b'{"a":1}',
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b"1.0",
        b"NaN",
        b" 1",
        b'"\\u00e9"',
        b"\xff",
        b"[" * 65 + b"]" * 65,
        b"-0",
        b"01",
        b'{"a": 1}',
    ]
    for data in spelt:
        yield told(lambda data=data: tlog.parse_canonical(data))


def trees(rooms: Rooms) -> Iterator[object]:
    tlog = rooms("tlog")
    for size in (0, 1, 2, 3, 5, 8, 13, 22):
        leaves = LEAVES[:size]
        frontier = tlog.Frontier().append(leaves[: size // 3]).append(leaves[size // 3 :])
        yield tlog.root_hash(leaves), frontier.root(), frontier.to_hex(), frontier.size
        yield from _inclusions(tlog, leaves)
        yield from _consistencies(tlog, leaves)
    yield told(lambda: tlog.verify_inclusion(LEAVES[0], 5, 4, [], LEAVES[0]))
    yield told(lambda: tlog.verify_inclusion(LEAVES[0], 4, 4, [], LEAVES[0]))
    yield told(lambda: tlog.verify_consistency(5, 4, [], LEAVES[0], LEAVES[0]))
    yield told(lambda: tlog.Frontier(3, (bytes(32),)))
    yield told(lambda: tlog.Frontier(1, (bytes(31),)))
    yield tlog.leaf_hash(b"x"), tlog.node_hash(LEAVES[0], LEAVES[1])


def notes(rooms: Rooms) -> Iterator[object]:
    tlog = rooms("tlog")
    one, both = tlog.sign_note("a\nb\n", KEYS[0]), tlog.sign_note("a\nb\n", KEYS[0], KEYS[1])
    yield one, both
    other = tlog.sign_note("c\n", KEYS[0])
    mixed = "a\nb\n\n" + other.split("\n\n")[1]
    texts = [
        one,
        both,
        mixed,
        one[:-1],
        one.replace("\n\n", "\n"),
        one + one.split("\n\n")[1],
        "",
        one.replace("— ", "- "),
        one.replace("a", "a\x00"),
        "\n\n" + one,
        "x" * 1_000_001,
        one.replace("example.com/audit ", "example.com/audit2 "),
    ]
    for text in texts:
        yield told(lambda text=text: tlog.signers_of(text))
        for keys in ([KEYS[0].public], [KEYS[1].public], [k.public for k in KEYS], []):
            yield told(lambda text=text, keys=keys: tlog.open_note(text, keys))
    heads = ["o\n3\n", "o\n0\n", "o\n03\n", "o +\n3\n", f"o\n{2**63}\n", "o\n-1\n"]
    for text in heads:
        yield told(lambda text=text: tlog.parse_checkpoint(f"{text}{'A' * 43}=\n").text)
    good = KEYS[0].vkey
    for text in (
        good,
        good[:-2] + "AA",
        good.replace("+", "-"),
        f"{good} ",
        good.upper(),
        "x+00000000+AQ==",
    ):
        yield told(lambda text=text: tlog.parse_vkey(text).name)
    for weak in (bytes(32), (1).to_bytes(32, "little"), (2**255 - 19).to_bytes(32, "little"), b"x"):
        yield told(lambda weak=weak: tlog.VerifierKey("n", weak).key_id)
    for name in ("a b", "a+b", "", "é"):
        yield told(lambda name=name: tlog.VerifierKey(name, KEYS[0].public_key).key_id)


def _inclusions(tlog: Any, leaves: list[bytes]) -> Iterator[object]:
    size, root = len(leaves), tlog.root_hash(leaves)
    for index in {0, size // 2, size - 1}:
        path = told(partial(tlog.inclusion_proof, index, leaves))
        yield path
        yield told(partial(tlog.prove, index, size, lambda a, b: leaves[a:b]))
        for wrong in _near(path):
            yield told(partial(tlog.verify_inclusion, leaves[index], index, size, wrong, root))


def _consistencies(tlog: Any, leaves: list[bytes]) -> Iterator[object]:
    size, root = len(leaves), tlog.root_hash(leaves)
    for old in {0, 1, size // 2, size}:
        proof = told(partial(tlog.consistency_proof, old, leaves))
        yield proof
        for wrong in _near(proof):
            for was in (tlog.root_hash(leaves[:old]), bytes(32)):
                yield told(partial(tlog.verify_consistency, old, size, wrong, was, root))


def _near(proof: object) -> list[list[bytes]]:
    """Return a proof and others like it; none where there is no proof."""
    if not isinstance(proof, list):
        return []
    return [proof, proof[:-1], [*proof, bytes(32)], [b"x", *proof[1:]], proof[::-1]]


# --- audit


@dataclass
class Writer:
    """Writes entries of one log with the rooms under test."""

    rooms: Rooms

    def entry(self, sequence: int, kind: str, header: dict[str, Any], **more: Any) -> Any:
        audit = self.rooms("audit")
        role = self.rooms("audit.event").StaffRole
        event = audit.AuditEvent(
            audit.Kind(kind),
            audit.Outcome(more.get("outcome", "ok")),
            role.ADMIN,
            header,
            more.get("body", {"n": sequence}),
        )
        sealed = audit.seal(
            event,
            sequence=more.get("bears", sequence),
            time=START + more.get("time", timedelta(seconds=sequence)),
            monotonic_ns=more.get("monotonic", sequence * 10**9),
            boot_id=more.get("boot", BOOT),
            salt=more.get("salt", salts()(sequence)),
        )
        data = sealed.entry.to_bytes()
        leaf = self.rooms("tlog").leaf_hash(data)
        return audit.StoredEntry(sequence, data, sealed.salt, sealed.body, leaf)


def spans(rooms: Rooms) -> Iterator[object]:
    room = rooms("audit.spans")
    claims = [(5, 9), (1, 2), (6, 7), (3, 3), (12, 12), (20, 30), (22, 23)]
    joined = room.united(claims)
    yield joined, room.spans_to_texts([3, 5, 6, 7, 9]), room.text_to_span("7-12")
    for first, last in ((0, 40), (4, 4), (9, 12), (25, 26), (31, 31)):
        yield (
            list(room.outside([(first, last)], joined)),
            list(room.inside([(first, last)], joined)),
        )
    yield list(room.inside([(0, 40)], [])), list(room.outside([(0, 3)], []))


def headers(rooms: Rooms) -> Iterator[object]:
    audit = rooms("audit")
    tried = [
        {"verb": "done"},
        {},
        {"verb": "two words"},
        {"verb": "é1_x.y-z"},
        {"verb": "1x"},
        {"verb": 1},
        {"verb": "x", "erased": ["1", "2-3"]},
        {"verb": "x", "erased": ["3-3"]},
        {"verb": "x", "erased": ["4-3"]},
        {"verb": "x", "erased": "1"},
        {"verb": "x", "erased": ["01"]},
        {"verb": "x", "reason": "ask ada@example.com"},
        {"verb": "x", "reason": "call 123456"},
        {"verb": "x", "reason": "fine, 12345"},
        {"verb": "x" * 128},
        {"verb": "x" * 129},
        {"verb": "x", "case": "a/b=c"},
        {"verb": "x", "case": "a b"},
        {"verb": ["x"]},
        {"run": "r", "of": "0", "segmenter": "s", "purpose": "p", "attributes": ["a"]},
        {"run": "r", "of": "01"},
        {"reason": "no"},
        {"run": "r", "release": "q", "register": "1"},
        {"verb": "x", "vkey": "k+1+A=", "key_id": "0f", "previous": "aa"},
        {"verb": "x", "value": "3y"},
        {"verb": "x", "value": "Europe/Berlin"},
        {"verb": "x", "other": "y"},
    ]
    for kind in audit.Kind:
        for header in tried:
            yield told(lambda kind=kind, header=header: audit.check_header(kind, header))
    yield audit.name_or_unknown("a-b"), audit.name_or_unknown("a b")


def entries(rooms: Rooms) -> Iterator[object]:
    audit, write = rooms("audit"), Writer(rooms)
    good = write.entry(1, "policy", {"verb": "adopt"})
    yield good.entry_bytes, good.body, good.leaf
    for change in (
        {"salt": bytes(31)},
        {"outcome": "pending"},
        {"monotonic": -1},
        {"monotonic": 2**63},
        {"bears": 2**63},
        {"bears": 2**63 - 1},
        {"boot": "0B" * 16},
        {"body": {"a": 1.5}},
    ):
        yield told(lambda c=change: write.entry(1, "policy", {"verb": "adopt"}, **c).entry_bytes)
    wide = {"verb": "x", "erased": [f"{n}-{n + 1}" for n in range(10_000, 16_000)]}
    yield told(lambda: write.entry(1, "retention", wide).entry_bytes)
    for kind, outcome in (("access.denied", "ok"), ("access.intent", "ok"), ("dsr", "denied")):
        header = {"reason": "no"} if kind == "access.denied" else {"verb": "x"}
        yield told(lambda k=kind, o=outcome, h=header: write.entry(1, k, h, outcome=o).entry_bytes)
    data = good.entry_bytes
    reader = rooms("audit.reading").Reader()
    reader.read(data)
    for old, new in (
        (b'{"actor"', b'{"aaa":"x","actor"'),
        (b"policy", b"polity"),
        (b'"sequence":1', b'"sequence":01'),
        (b"/1", b"/2"),
        (b"Z", b"z"),
        (b"2026-03-02", b"2026-02-30"),
        (b'"sequence":1', b'"sequence":true'),
        (b'"ok"', b'"pending"'),
        (b'"actor":"admin"', b'"actor":"root"'),
        (b'"header":{', b'"header":{"a":"b",'),
        (b"}", b"} "),
        (b'"sequence":1', b'"sequence":9223372036854775808'),
        (b'"sequence":1', b'"sequence":2'),
        (b'"monotonic_ns":1000000000', b'"monotonic_ns":9223372036854775808'),
        (b'"commitment":"', b'"commitment":"G'),
        (b'"boot_id":"0b', b'"boot_id":"0B'),
        (b"09:00:01", b"24:00:01"),
        (b'"outcome"', b'"outcame"'),
        (b'{"verb":"adopt"}', b'"x"'),
        (b'"commitment":"' + data.split(b'"commitment":"')[1][:1], b'"commitment":"g'),
    ):
        changed = data.replace(old, new, 1)
        yield told(lambda changed=changed: _plain(audit.parse_entry(changed)))
        yield told(lambda changed=changed: _plain(reader.read(changed)))
    parsed = audit.parse_entry(data)
    yield told(lambda: audit.open_body(parsed, good.salt, good.body))
    yield told(lambda: audit.open_body(parsed, good.salt, good.body + b" "))
    yield told(lambda: audit.open_body(parsed, bytes(32), good.body))


def _plain(entry: Any) -> object:
    return entry.sequence, str(entry.time), entry.kind.value, entry.commitment, dict(entry.header)


def sealers(rooms: Rooms) -> Iterator[object]:
    audit, event = rooms("audit"), rooms("audit.event")
    sealer = rooms("audit.sealing").Sealer(BOOT)
    consent = audit.AuditEvent(
        audit.Kind.CONSENT, audit.Outcome.OK, event.StaffRole.ADMIN, {"verb": "record"}, {"n": 1}
    )
    dsr = audit.AuditEvent(
        audit.Kind.DSR, audit.Outcome.OK, event.StaffRole.ADMIN, {"verb": "record"}, {"n": 1}
    )
    for first in (0, 2**63 - 2):
        for by in (None, {"user": "ada"}):
            for count in (1, 2, 3):
                several = [consent, dsr, consent][:count]
                written = told(
                    lambda f=first, b=by, s=several: sealer.seal_many(
                        s,
                        first=f,
                        time=START,
                        monotonic_ns=f % 7,
                        salts=b"".join(map(salts(), range(len(s)))),
                        by=b,
                    )
                )
                yield [tuple(w) for w in written] if isinstance(written, list) else written


RUN = {"run": "a1", "segmenter": "crm", "purpose": "p", "attributes": ["a"]}


def checks(rooms: Rooms) -> Iterator[object]:
    """Findings over logs with something odd in each."""
    audit, write, day = rooms("audit"), Writer(rooms), timedelta(days=1)
    plain = ("policy", {"verb": "adopt"}, {})
    intent, ended = (
        ("access.intent", RUN, {"outcome": "pending"}),
        ("access.outcome", {"run": "a1", "of": "0"}, {}),
    )
    late = {"time": timedelta(seconds=1) + day, "monotonic": 10**9}
    scripts: list[list[tuple[str, dict[str, Any], dict[str, Any]]]] = [
        [plain] * 5,
        [intent, ended, ended],
        [intent, plain],
        [ended],
        [intent, ("access.denied", {"reason": "no", "of": "0"}, {"outcome": "denied"})],
        [intent, ("access.outcome", {"run": "zz", "of": "0"}, {})],
        [plain, ("dsr", {"verb": "x", "of": "0"}, {})],
        [plain, ("dsr", {"verb": "x", "of": "1"}, {})],
        [plain, ("release", {"run": "a1", "release": "r", "of": "0"}, {})],
        [plain, ("policy", plain[1], {"time": -day})],
        [plain, ("policy", plain[1], late)],
        [plain, ("policy", plain[1], {**late, "time": late["time"] + timedelta(microseconds=1)})],
        [plain, ("policy", plain[1], {**late, "time": 9 * day, "boot": "1c" * 16})],
        [plain, plain, ("policy", plain[1], {"monotonic": 1})],
        [plain, plain, ("policy", plain[1], {"monotonic": 1, "boot": "1c" * 16})],
        [plain, plain, ("policy", plain[1], {"bears": 7}), plain],
        [plain] * 3 + [("retention", {"verb": "x", "erased": ["0-1"]}, {})],
        [plain] * 3 + [("dsr", {"verb": "x", "erased": ["1-9"]}, {}), plain],
        [plain] * 3 + [("dsr", {"verb": "x", "erased": ["1"]}, {"outcome": "failed"})],
        [plain] * 2 + [("retention", {"verb": "x", "erased": ["2-5"]}, {})],
    ]
    for script in scripts:
        log = [
            write.entry(i, kind, header, **more) for i, (kind, header, more) in enumerate(script)
        ]
        for gone in ((), (0, 1), (1,), (2,)):
            bare = [_without_body(audit, e) if e.sequence in gone else e for e in log]
            yield _found(rooms, bare, log)
    log = [write.entry(i, *plain[:2]) for i in range(45)]
    yield _found(rooms, log[:40], log)
    yield _found(rooms, [*log, log[-1]], log)
    yield _found(rooms, [*log[:9], *log[10:]], log)
    yield _found(rooms, log[::-1], log)
    yield _found(rooms, [_with(audit, e, salt=bytes(32)) for e in log], log)
    yield _found(rooms, [_with(audit, e, salt=b"") for e in log], log)
    yield _found(rooms, [_with(audit, e, body=None) for e in log], log)
    yield _found(rooms, [_with(audit, e, leaf=bytes(32)) for e in log], log)
    yield _found(rooms, [_with(audit, e, entry_bytes=b"{}") for e in log], log)
    forged = [*log[:3], write.entry(3, "policy", {"verb": "other"}), *log[4:]]
    for anchored in (0, 2, 3, 4, 45):
        yield _found(rooms, forged, log, _head(rooms, log[:anchored]))
        yield _found(rooms, log[:20], log[:20], _head(rooms, log[:anchored]))
        yield _found(rooms, log, log, _head(rooms, log[:anchored]), "rubbish")
    yield _found(rooms, log, log, _head(rooms, log[:4], origin="example.com/other"))


def handovers(rooms: Rooms) -> Iterator[object]:
    audit, handover, write = rooms("audit"), rooms("audit.handover"), Writer(rooms)
    plain = ("policy", {"verb": "adopt"}, "ok")
    rotations = [
        ("checkpoint.key", handover.rotation_header(KEYS[i].public, KEYS[i + 1].public), "ok")
        for i in range(2)
    ]
    script = [plain, plain, rotations[0], plain, rotations[1], plain]
    log = [write.entry(i, kind, header, outcome=o) for i, (kind, header, o) in enumerate(script)]
    right = [_head(rooms, log[:3], *KEYS[:2]), _head(rooms, log[:5], *KEYS[1:])]
    head, keys = _head(rooms, log, KEYS[2]), [k.public for k in KEYS]
    wrong = [
        right,
        right[:1],
        right[::-1],
        [_head(rooms, log[:3], KEYS[0]), right[1]],
        [_head(rooms, log[:3], KEYS[1], KEYS[0]), right[1]],
        [_head(rooms, log[:2], *KEYS[:2]), right[1]],
        [right[0], _head(rooms, log[:3], *KEYS[1:])],
        [_head(rooms, [], *KEYS[:2]), right[1]],
        [_head(rooms, log[:3], *KEYS[:2], origin="example.com/other"), right[1]],
    ]
    for notes_ in wrong:
        for newest in (head, _head(rooms, log, KEYS[0]), _head(rooms, log[:4], KEYS[2])):
            yield told(
                lambda n=notes_, h=newest: _report(
                    audit.check(log, checkpoint_note=h, verifiers=keys, handovers=n)
                )
            )
    for size in range(7):
        for key in KEYS:
            anchor = _head(rooms, log[:size], key)
            yield _report(
                audit.check(
                    log, checkpoint_note=head, verifiers=keys, handovers=right, anchors=[anchor]
                )
            )
    swapped = [*log[:2], write.entry(2, *rotations[1][:2]), *log[3:]]
    for entries_ in (swapped, log[:4], log[:1], [*log, write.entry(6, *rotations[0][:2])]):
        yield _report(audit.check(entries_, checkpoint_note=head, verifiers=keys, handovers=right))
    true = [_head(rooms, swapped[:3], *KEYS[:2]), _head(rooms, swapped[:5], *KEYS[1:])]
    newest = _head(rooms, swapped, KEYS[2])
    yield _report(audit.check(swapped, checkpoint_note=newest, verifiers=keys, handovers=true))
    chain = handover.open_chain(keys, right)
    yield [(first, last) for _, first, last in handover.eras(chain)]


def _head(rooms: Rooms, log: list[Any], *signers: SeedKey, origin: str = ORIGIN) -> str:
    leaves = [rooms("tlog").leaf_hash(e.entry_bytes) for e in log]
    head = rooms("tlog").Checkpoint(origin, len(log), rooms("tlog").root_hash(leaves))
    return str(head.sign(*(signers or KEYS[:1])))


def _found(rooms: Rooms, log: list[Any], signed: list[Any], *anchors: str) -> object:
    return told(
        lambda: _report(
            rooms("audit").check(
                log,
                checkpoint_note=_head(rooms, signed),
                verifiers=[KEYS[0].public],
                anchors=anchors,
            )
        )
    )


def _report(report: Any) -> object:
    found = [(f.rule.value, f.sequence, f.message, f.severity.value) for f in report.findings]
    return found, report.size, report.intact, report.erased, report.anchored, report.first_bad


def _with(audit: Any, stored: Any, **change: Any) -> Any:
    kept = {name: getattr(stored, name) for name in ("entry_bytes", "salt", "body", "leaf")}
    return audit.StoredEntry(stored.sequence, **{**kept, **change})


def _without_body(audit: Any, stored: Any) -> Any:
    return _with(audit, stored, salt=None, body=None)


OF_TLOG = (canonicals, trees, notes)
OF_AUDIT = (spans, headers, entries, sealers, checks, handovers)
QUESTIONS = (*OF_TLOG, *OF_AUDIT)
