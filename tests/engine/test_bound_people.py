# SPDX-License-Identifier: Apache-2.0
"""Nobody is hidden from runs and notices, or enrolled again, by writing the database alone.

Whoever holds the disk, but no key, changes, moves, deletes or adds a row of who has data, of the
numbers given and erased, or of the suppression list: what reads it refuses, ``audit verify`` tells.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pyroaring import BitMap

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.who.breach_views import BreachAsked
from privseg.vault import SealBrokenError
from tests.twins import club
from tests.twins.club import number

ADA, GRACE, HEDY = club.crowd(60)[:3]
POPULATION, NUMBERS, SUPPRESSION = "population", "numbers", "suppression"
READS: dict[str, dict[str, Callable[[Workspace], object]]] = {
    POPULATION: {
        "whom a run reads": lambda ws: ws._house.vault.people(ws._house.columns.snapshot()),
        "notify": lambda ws: ws.breach_notify_list(BreachAsked(sources=frozenset({"members"}))),
        "breach": lambda ws: ws.breach(BreachAsked(sources=frozenset({"members"}))),
        "import": lambda ws: ws.load(club.member_rows([HEDY]), source="members"),
        "erase": lambda ws: ws.run_request(2),
    },
    NUMBERS: {
        "import": lambda ws: ws.load(club.member_rows([HEDY]), source="members"),
        "consent import": lambda ws: ws.consents(club.consent_rows([HEDY])),
        "erase": lambda ws: ws.run_request(2),
        "enrolled": lambda ws: ws._house.vault.population.enrolled(),
        "erased": lambda ws: ws._house.vault.population.erased(),
    },
    SUPPRESSION: {
        "import": lambda ws: ws.load(club.member_rows([ADA]), source="members"),
        "consent import": lambda ws: ws.consents(club.consent_rows([ADA])),
        "erase": lambda ws: ws.run_request(2),
        "suppressed": lambda ws: ws._house.vault.suppressed(number(ADA)),
        "lift": lambda ws: ws._house.vault.lift_suppression(number(ADA)),
    },
}


@contextmanager
def direct(ws: Workspace) -> Iterator[sqlite3.Connection]:
    """Open the database as somebody does who holds the disk."""
    with closing(sqlite3.connect(ws._house.db.place)) as found, found:
        yield found


def hide(db: sqlite3.Connection) -> None:
    """Take a person out of the first snapshot that has one."""
    since, people = db.execute("SELECT snapshot, people FROM population").fetchone()
    left = BitMap.deserialize(people)
    left.discard(left.max())
    db.execute("UPDATE population SET people = ? WHERE snapshot = ?", (left.serialize(), since))


def sql(*statements: str) -> Callable[[sqlite3.Connection], None]:
    def act(db: sqlite3.Connection) -> None:
        for statement in statements:
            assert db.execute(statement).rowcount > 0

    return act


SEAL = "DELETE FROM wrapped_key WHERE kind = 'seal' AND name ="
OTHERS = "(SELECT blob FROM wrapped_key WHERE kind = 'seal' AND name = 'numbers')"
EDITS: list[tuple[str, str, Callable[[sqlite3.Connection], None]]] = [
    (POPULATION, "a person is taken out", hide),
    (POPULATION, "a snapshot is deleted", sql(
        "DELETE FROM population WHERE snapshot = (SELECT max(snapshot) FROM population)")),
    (POPULATION, "a snapshot is that of another", sql(
        "UPDATE population SET people = (SELECT people FROM population ORDER BY snapshot LIMIT 1) "
        "WHERE snapshot = (SELECT max(snapshot) FROM population)")),
    (POPULATION, "a snapshot is later", sql(
        "UPDATE population SET snapshot = snapshot + 7 "
        "WHERE snapshot = (SELECT max(snapshot) FROM population)")),
    (POPULATION, "the seal is gone with it", sql(
        "DELETE FROM population", f"{SEAL} 'population'")),
    (POPULATION, "the seal is another's", sql(
        f"UPDATE wrapped_key SET blob = {OTHERS} WHERE kind = 'seal' AND name = 'population'")),
    (NUMBERS, "nobody is erased", sql("UPDATE vault_state SET erased = x''")),
    (NUMBERS, "the next number is lower", sql(
        "UPDATE vault_state SET next_ordinal = next_ordinal - 1")),
    (SUPPRESSION, "the list is empty", sql("DELETE FROM suppression")),
    (SUPPRESSION, "somebody is added", sql("INSERT INTO suppression VALUES (x'00', x'00')")),
    (SUPPRESSION, "one is with another", sql("UPDATE suppression SET whose = x'00'")),
    (SUPPRESSION, "the seal is gone with it", sql(
        "DELETE FROM suppression", f"{SEAL} 'suppression'")),
]  # fmt: skip


def people(ws: Workspace) -> list[object]:
    """Return what lies in the database of who is there, and how many steps others have."""
    house, queries = ws._house, (
        "SELECT * FROM population ORDER BY snapshot",
        "SELECT next_ordinal, erased, snapshot, root_id FROM vault_state",
        "SELECT tag, whose FROM suppression ORDER BY tag",
        "SELECT count(*) FROM identity_cell",
        "SELECT * FROM dsr_case",
        "SELECT kind, name, blob FROM wrapped_key WHERE kind = 'seal'",
    )  # fmt: skip
    with direct(ws) as db:
        return [db.execute(query).fetchall() for query in queries] + [
            sum(1 for _ in house.ledger.ends())
        ]


@pytest.fixture
def gone(small: Workspace) -> Workspace:
    """A club without Ada, with members of two imports; Grace waits to be erased."""
    small.run_request(
        small.open_request(RequestKind.ERASURE, number(ADA), identity=IdentityLevel.ACCOUNT).number
    )
    small.load(club.member_rows(club.crowd(63)[60:]), source="members")
    small.open_request(RequestKind.ERASURE, number(GRACE), identity=IdentityLevel.ACCOUNT)
    return small


def verdict(ws: Workspace) -> tuple[object, object]:
    said = ws.audit_verify()
    return said["state"], said["findings"]


@pytest.mark.parametrize(("part", "edit"), [(p, e) for p, _, e in EDITS], ids=[
    f"{part}: {name}" for part, name, _ in EDITS])  # fmt: skip
def test_what_was_changed_is_read_by_no_verb_and_told_by_verify(
    gone: Workspace, part: str, edit: Callable[[sqlite3.Connection], None]
) -> None:
    with direct(gone) as db:
        edit(db)
    before = people(gone)
    for verb, act in READS[part].items():
        with pytest.raises(SealBrokenError) as refused:
            act(gone)
        assert ADA.number not in str(refused.value), verb
        assert people(gone) == before, verb
    told = f"tampered: people: the {part} is not as it was left"
    assert verdict(gone) == ("tampered", [told])


def test_a_list_of_before_an_erasure_fits_no_more_with_its_own_seal(small: Workspace) -> None:
    lists = ("population", "suppression")
    seals = "SELECT root_id, blob, name FROM wrapped_key WHERE kind = 'seal'"
    with direct(small) as db:
        state = db.execute("SELECT next_ordinal, erased FROM vault_state").fetchone()
        kept = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in lists}
        sealed = db.execute(seals).fetchall()
    small.run_request(
        small.open_request(RequestKind.ERASURE, number(ADA), identity=IdentityLevel.ACCOUNT).number
    )
    with direct(small) as db:
        db.execute("UPDATE vault_state SET next_ordinal = ?, erased = ?", state)
        for name, rows in kept.items():
            db.execute(f"DELETE FROM {name}")
            db.executemany(f"INSERT INTO {name} VALUES (?, ?)", rows)
        change = "UPDATE wrapped_key SET root_id = ?, blob = ? WHERE kind = 'seal' AND name = ?"
        db.executemany(change, sealed)
    assert verdict(small)[0] == "tampered"


def test_the_lists_hold_through_erasure_a_new_epoch_moved_keys_and_opening_again(
    gone: Workspace, tmp_path: Path, clock: club.Clock
) -> None:
    gone.run_request(2)
    gone.rotate_keys()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    gone.move_keys(f"file:{tmp_path / 'elsewhere' / 'moved.json'}")
    gone.record_consent(number(GRACE), act="attest_jurisdiction", value="DE")
    assert verdict(gone) == ("intact", []) or verdict(gone)[0] == "erased"
    root = gone._house.config.root
    gone.close()
    with Workspace.open(root, outside=Outside(clock=clock)) as again:
        assert again._house.vault.bound.broken() == []
        again.run_segments(["gardeners"])
