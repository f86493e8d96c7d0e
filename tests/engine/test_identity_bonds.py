# SPDX-License-Identifier: Apache-2.0
"""An identifier leads to the person that it was enrolled for, or nowhere.

Whoever can write the database and has no key swaps two people's look-up keys, moves or deletes one:
every verb that would act on the wrong person refuses, and ``audit verify`` tells of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.vault import SealBrokenError
from tests.twins import club
from tests.twins.club import number

ADA, GRACE = club.crowd(60)[:2]
VERBS: dict[str, Callable[[Workspace], object]] = {
    "resolve": lambda ws: ws._house.vault.resolve(number(ADA)),
    "consent record": lambda ws: ws.record_consent(number(ADA), act="object", purpose=None),
    "consent show": lambda ws: ws.consent_of(number(ADA)),
    "dsr open": lambda ws: ws.open_request(
        RequestKind.ERASURE, number(ADA), identity=IdentityLevel.ACCOUNT
    ),
    "who person": lambda ws: ws.who_read_person(number(ADA)),
    "import": lambda ws: ws.load(club.member_rows([ADA]), source="members"),
    "consent import": lambda ws: ws.consents(club.consent_rows([ADA])),
}


@contextmanager
def direct(ws: Workspace) -> Iterator[sqlite3.Connection]:
    """Open the database as somebody does who holds the disk."""
    with closing(sqlite3.connect(ws._house.db.place)) as found, found:
        yield found


def tag_of(ws: Workspace, member: club.Member) -> bytes:
    return ws._house.vault._indexer().tag(number(member))


def swap(ws: Workspace, *columns: str) -> None:
    """Swap these columns of Ada's number and Grace's."""
    tags = [tag_of(ws, ADA), tag_of(ws, GRACE)]
    with direct(ws) as db:
        sql = f"SELECT id, {', '.join(columns)} FROM identity_cell WHERE tag = ?"
        (one, *first), (two, *second) = (db.execute(sql, (tag,)).fetchone() for tag in tags)
        change = f"UPDATE identity_cell SET {', '.join(f'{c} = ?' for c in columns)} WHERE id = ?"
        if "tag" in columns:
            db.execute("UPDATE identity_cell SET tag = x'00' WHERE id = ?", (two,))
        db.execute(change, (*second, one))
        db.execute(change, (*first, two))


def verdict(ws: Workspace) -> tuple[str, list[str]]:
    said = ws.audit_verify()
    return str(said["state"]), [f for f in said["findings"] if "identities" in f]  # type: ignore[union-attr, attr-defined]


def size(ws: Workspace) -> tuple[int, int]:
    return len(ws._house.cases.all()), ws._house.ledger.position()


@pytest.fixture
def swapped(small: Workspace) -> Workspace:
    assert verdict(small) == ("intact", [])
    swap(small, "tag")
    return small


def test_every_verb_refuses_an_identifier_that_leads_to_somebody_else(swapped: Workspace) -> None:
    before = size(swapped)
    for verb, act in VERBS.items():
        with pytest.raises(SealBrokenError) as refused:
            act(swapped)
        assert "whom an identifier leads to" in str(refused.value), verb
        assert ADA.number not in str(refused.value)
    assert size(swapped) == before


def test_swapped_identifiers_are_told_by_verify(swapped: Workspace) -> None:
    found = ["tampered: identities: 2 identifiers do not lead to whom they were enrolled for"]
    assert verdict(swapped) == ("tampered", found)


@pytest.mark.parametrize(
    "columns", [("ordinal",), ("ordinal", "cell"), ("tag", "bond"), ("ordinal", "cell", "bond")]
)
def test_no_part_of_a_row_leads_its_identifier_elsewhere(
    small: Workspace, columns: tuple[str, ...]
) -> None:
    swap(small, *columns)
    with pytest.raises(SealBrokenError):
        small._house.vault.resolve(number(ADA))


def test_somebody_whose_identifiers_were_deleted_is_told_by_verify(small: Workspace) -> None:
    with direct(small) as db:
        db.execute("DELETE FROM identity_cell WHERE ordinal = ?", (club.ordinal(small, ADA),))
    missing = "1 identifiers are missing: as many people have data and none that is theirs"
    assert verdict(small) == ("tampered", [f"tampered: identities: {missing}"])


def test_bonds_hold_after_an_erasure_and_an_erased_ones_identifier_put_back_is_told(
    small: Workspace,
) -> None:
    ada = club.ordinal(small, ADA)
    with direct(small) as db:
        (row,) = db.execute(
            "SELECT ordinal, kind, tag, cell, bond FROM identity_cell WHERE tag = ?",
            (tag_of(small, ADA),),
        ).fetchall()
    case = small.open_request(RequestKind.ERASURE, number(ADA), identity=IdentityLevel.ACCOUNT)
    small.run_request(case.number)
    small._house.vault.rotate()
    assert verdict(small)[1] == []
    assert small._house.vault.resolve(number(GRACE)) not in {None, ada}
    with direct(small) as db:
        db.execute(
            "INSERT INTO identity_cell (ordinal, kind, tag, cell, bond) VALUES (?, ?, ?, ?, ?)", row
        )
    assert verdict(small)[1] == ["tampered: identities: 1 identifiers belong to somebody erased"]
