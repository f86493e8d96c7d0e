# SPDX-License-Identifier: Apache-2.0
"""The ledger is bound to the log: whoever edits the database beside it is found by ``verify``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from privseg.audit import AuditEvent, Kind, Outcome, parse_entry
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.engine.consent.drafting import EVENT_KEY, content_start
from privseg.store.event_body import StoredEvent, rest
from privseg.terms import StaffRole, SubjectId
from tests.twins import club

ROW = "position, event_key, content_key, body, own, evidence"
TABLES = ("consent_event", "consent_stamp", "consent_erased")


def number(member: club.Member) -> SubjectId:
    return SubjectId("customer_number", member.number)


def says(ws: Workspace) -> list[str]:
    """Return what ``audit verify`` finds."""
    return [str(finding) for finding in ws.audit_verify()["findings"]]  # type: ignore[union-attr]


@pytest.fixture
def recorded(small: Workspace) -> Workspace:
    """A club with an import, acts recorded one by one, an own word and a birthday in the ledger."""
    ada = club.crowd(60)[0]
    small.record_consent(number(ada), act="attest_age", value="1990-05-17")
    small.record_consent(number(ada), act="happened", value="contract 4711")
    small.record_consent(number(ada), act="object", purpose=None)
    assert says(small) == []
    return small


def edit(ws: Workspace, *statements: str | tuple[str, tuple[object, ...]]) -> None:
    """Change the database as somebody does who holds the disk: the triggers are no obstacle."""
    with closing(sqlite3.connect(ws._house.db.place)) as direct, direct:
        for table in TABLES:
            for change in ("update", "delete"):
                direct.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_{change}")
        for each in statements:
            direct.execute(*([each] if isinstance(each, str) else each))


def rows(ws: Workspace) -> Iterator[StoredEvent]:
    with closing(sqlite3.connect(ws._house.db.place)) as direct:
        yield from map(
            StoredEvent._make, direct.execute(f"SELECT {ROW} FROM consent_event ORDER BY position")
        )


def dump(ws: Workspace) -> list[object]:
    tables = (*TABLES, "consent_position")
    with closing(sqlite3.connect(ws._house.db.place)) as direct:
        return [direct.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


def spliced(body: bytes, at: int, data: bytes) -> bytes:
    return body[:at] + data + body[at + len(data) :]


CHANGES = {
    "whose it is": (0, b"\x07\x00\x00\x00"),
    "when they were born": (4, b"\x01\x00\x00\x00"),
    "when they acted": (8, bytes(8)),
    "until when it holds": (16, bytes(8)),
    "the other profile": (24, bytes(8)),
    "when it was recorded": (32, bytes(8)),
    "its stamp": (40, b"\x01\x00\x00\x00"),
    "its mark": (44, b"\x07"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_number_of_an_event_is_found(recorded: Workspace, what: str) -> None:
    row = list(rows(recorded))[-3]
    body = spliced(row.body, *CHANGES[what])
    assert body != row.body
    edit(recorded, ("UPDATE consent_event SET body = ? WHERE position = ?", (body, row.position)))
    assert says(recorded)


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE consent_event SET own = \'{"value":"contract 4712"}\' WHERE own IS NOT NULL',
        "UPDATE consent_event SET own = NULL WHERE own IS NOT NULL",
        "UPDATE consent_event SET evidence = zeroblob(32) WHERE position = 3",
        "UPDATE consent_event SET event_key = zeroblob(16) WHERE position = 3",
        "UPDATE consent_event SET content_key = zeroblob(16) WHERE position = 3",
        "UPDATE consent_event SET content_key = zeroblob(300) WHERE position = 3",
        "UPDATE consent_event SET body = zeroblob(44) WHERE position = 3",
        "UPDATE consent_event SET body = 'text' WHERE position = 3",
        "UPDATE consent_event SET position = 100000 WHERE position = 3",
        "UPDATE consent_event SET position = 0 WHERE position = 3",
        'UPDATE consent_stamp SET said = replace(said, \'"notice":"\', \'"notice":"x\')',
        "UPDATE consent_stamp SET said = replace(said, '\"marketing\"', '\"marketing.mail\"')",
        "UPDATE consent_stamp SET said = replace(said, 'refuse', 'grant')",
        "UPDATE consent_stamp SET said = 'nothing' WHERE code = 1",
        "DELETE FROM consent_stamp WHERE code = 1",
        "DELETE FROM consent_event WHERE position = 3",
        "DELETE FROM consent_event WHERE position = (SELECT max(position) FROM consent_event)",
        "UPDATE consent_position SET last = last - 1",
        "UPDATE consent_position SET last = last + 1",
    ],
)
def test_an_edit_of_the_ledgers_tables_is_found(recorded: Workspace, statement: str) -> None:
    before = dump(recorded)
    edit(recorded, statement)
    assert dump(recorded) != before
    findings = says(recorded)
    assert findings
    assert not any("4711" in finding for finding in findings)


def test_an_added_event_is_found_even_with_right_keys(recorded: Workspace) -> None:
    """Who has the vault's key can make a row that holds together; the log does not know it."""
    *_, last = rows(recorded)
    added = last._replace(position=last.position + 1, event_key=b"k" * 16)
    key = recorded._house.vault.secret(EVENT_KEY)
    content = content_start(key, recorded._house.ledger.said()[added.stamp])
    content.update(rest(added))
    edit(
        recorded,
        (
            f"INSERT INTO consent_event ({ROW}) VALUES (?, ?, ?, ?, ?, ?)",
            tuple(added._replace(content_key=content.digest())),
        ),
        "UPDATE consent_position SET last = last + 1",
    )
    assert any("nobody recorded" in finding for finding in says(recorded))


def test_an_event_rewritten_with_the_vaults_key_is_found(recorded: Workspace) -> None:
    *_, last = rows(recorded)
    forged = last._replace(body=spliced(last.body, 8, bytes(8)))
    content = content_start(
        recorded._house.vault.secret(EVENT_KEY), recorded._house.ledger.said()[last.stamp]
    )
    content.update(rest(forged))
    edit(
        recorded,
        (
            "UPDATE consent_event SET body = ?, content_key = ? WHERE position = ?",
            (forged.body, content.digest(), last.position),
        ),
    )
    assert any("not what the log says" in finding for finding in says(recorded))


def test_two_events_that_changed_places_are_found(recorded: Workspace) -> None:
    edit(
        recorded,
        "UPDATE consent_event SET position = -1 WHERE position = 1",
        "UPDATE consent_event SET position = 1 WHERE position = 2",
        "UPDATE consent_event SET position = 2 WHERE position = -1",
    )
    assert says(recorded)


def test_an_event_passed_off_as_erased_is_found(recorded: Workspace) -> None:
    *_, last = rows(recorded)
    edit(
        recorded,
        (
            "INSERT INTO consent_erased (position, leaf, erasure) VALUES (?, ?, ?)",
            (last.position, last.leaf, last.position),
        ),
        ("DELETE FROM consent_event WHERE position = ?", (last.position,)),
    )
    assert any("erased" in finding for finding in says(recorded))


def test_after_an_erasure_the_log_still_verifies_and_nothing_more_may_go(
    recorded: Workspace, tmp_path: Path
) -> None:
    ada, grace = club.crowd(60)[:2]
    case = recorded.open_request(RequestKind.ERASURE, number(ada), identity=IdentityLevel.ACCOUNT)
    recorded.run_request(case.number, out=tmp_path)
    assert says(recorded) == []
    assert recorded._house.db.raw("SELECT count(*) FROM consent_erased")[0][0] > 0
    person = recorded._house.vault.resolve(number(grace))
    (victim,) = [r for r in rows(recorded) if r.subject == person][:1]
    erasure = recorded._house.db.raw("SELECT max(erasure) FROM consent_erased")[0][0]
    edit(
        recorded,
        (
            "INSERT INTO consent_erased (position, leaf, erasure) VALUES (?, ?, ?)",
            (victim.position, victim.leaf, erasure),
        ),
        ("DELETE FROM consent_event WHERE position = ?", (victim.position,)),
    )
    assert any("erased" in finding for finding in says(recorded))


def test_an_erased_event_that_comes_back_is_found(recorded: Workspace, tmp_path: Path) -> None:
    ada = club.crowd(60)[0]
    person = recorded._house.vault.resolve(number(ada))
    theirs = [r for r in rows(recorded) if r.subject == person]
    case = recorded.open_request(RequestKind.ERASURE, number(ada), identity=IdentityLevel.ACCOUNT)
    recorded.run_request(case.number, out=tmp_path)
    edit(
        recorded,
        (f"INSERT INTO consent_event ({ROW}) VALUES (?, ?, ?, ?, ?, ?)", tuple(theirs[0])),
    )
    assert says(recorded)


def test_an_import_that_changed_nothing_binds_nothing(recorded: Workspace) -> None:
    again = club.consent_rows(club.crowd(60))
    before = recorded._house.ledger.position()
    done = recorded.import_consents(again)
    assert (done.recorded, done.unchanged) == (0, len(again))
    assert recorded._house.ledger.position() == before
    assert says(recorded) == []


def test_an_import_beside_known_events_binds_the_new_ones(recorded: Workspace) -> None:
    again = club.consent_rows(club.crowd(60))
    fresh = again.tail(1).assign(event_id="quite-new")
    assert recorded.import_consents(pd.concat([again, fresh, fresh])).recorded == 1
    assert says(recorded) == []


def test_a_dry_run_tells_what_would_be_and_changes_nothing(recorded: Workspace) -> None:
    size, position = recorded._house.log.size, recorded._house.ledger.position()
    fresh = club.consent_rows(club.crowd(60)).assign(number="NEVER-SEEN").tail(1)
    fresh = fresh.assign(event_id="quite-new")
    assert recorded.import_consents(fresh, dry_run=True).recorded == 1
    assert (recorded._house.log.size, recorded._house.ledger.position()) == (size, position)
    assert recorded._house.vault.resolve(SubjectId("customer_number", "NEVER-SEEN")) is None
    assert recorded.import_consents(fresh).recorded == 1
    assert says(recorded) == []


@pytest.mark.parametrize("which", [0, -1])
def test_a_body_erased_by_law_leaves_its_events_checked_by_their_own_keys(
    recorded: Workspace, which: int
) -> None:
    log = recorded._house.log
    bound = [e.sequence for e in map(parse_entry, (s.entry_bytes for s in log.entries()))
             if e.kind is Kind.CONSENT][which]  # fmt: skip
    erased = {"verb": "retention", "erased": [str(bound)]}
    with recorded._house.db.transaction():
        log.append(AuditEvent(Kind.RETENTION, Outcome.OK, StaffRole.COMPLIANCE_OFFICER, erased))
        log.erase_bodies([bound])
    assert says(recorded) == []
    row = list(rows(recorded))[which]
    body = spliced(row.body, 8, bytes(8))
    edit(recorded, ("UPDATE consent_event SET body = ? WHERE position = ?", (body, row.position)))
    assert any("says something else" in finding for finding in says(recorded))


def test_events_that_are_all_gone_are_missed(recorded: Workspace) -> None:
    edit(recorded, "DELETE FROM consent_event")
    assert any("gone" in finding for finding in says(recorded))


def test_columns_are_not_read_from_a_ledger_with_a_hole(recorded: Workspace) -> None:
    edit(recorded, "DELETE FROM consent_event WHERE position = 3")
    with pytest.raises(Exception, match="nothing is read"):
        recorded._house.ledger.columns()
