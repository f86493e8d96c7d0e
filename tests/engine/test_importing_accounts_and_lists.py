# SPDX-License-Identifier: Apache-2.0
"""Companies, the people who belong to them, and uploaded lists, imported into a whole workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from privseg.audit import Kind
from privseg.engine import Outside, Workspace
from privseg.engine.retaining import expire
from privseg.errors import InputError
from privseg.terms import StaffRole
from privseg.vault.rows import ACCOUNT
from tests.twins import club

CATALOGUE = """
  companies:
    holds: accounts
    account: vat_number
    retention: 90d
    columns:
      vat_number: {type: account, category: employment}
      industry: {type: category, category: employment, values: [retail, health]}
      turnover: {type: money, currency: EUR, category: employment, retention: 30d}
      note: {type: text, category: employment}
  staff:
    holds: people
    person: number
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      company: {type: account, of: companies, category: employment}
  spring-2026:
    holds: list
    person: email
    category: engagement
    retention: 60d
    columns: {email: {role: direct_identifier, identifier: email}}
"""
NAMES = ("Unmistakable GmbH", "Müller & Söhne KG")


@pytest.fixture
def clock() -> club.Clock:
    return club.Clock()


@pytest.fixture
def ws(tmp_path: Path, clock: club.Clock) -> Iterator[Workspace]:
    with club.create(tmp_path, outside=Outside(clock=clock)) as made:
        path = made.folder / "policies" / "club.yaml"
        head, section, rest = path.read_text("utf-8").partition("purposes:\n  marketing:")
        path.write_text(head + CATALOGUE.removeprefix("\n") + section + rest, "utf-8")
        yield made


def companies(*rows: tuple[str, str | None, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"vat_number": n, "industry": i, "turnover": t, "note": "By the sea"} for n, i, t in rows]
    )


def staff(**companies_: str | None) -> pd.DataFrame:
    return pd.DataFrame([{"number": n, "company": c} for n, c in companies_.items()])


def emails(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"email": [f"{n}@example.com" for n in names]})


def accounts(ws: Workspace) -> dict[bytes, dict[str, Any]]:
    columns = ws._house.columns
    table = columns.accounts("companies", snapshot=columns.snapshot())
    return {row[ACCOUNT]: row for row in table.to_pylist()}


def whole(ws: Workspace) -> tuple[object, ...]:
    entries = sum(1 for _ in ws._house.log.entries())
    return accounts(ws), ws._house.columns.snapshot(), entries


def links(ws: Workspace) -> dict[int, bytes | None]:
    columns = ws._house.columns
    table = columns.dataset("staff", snapshot=columns.snapshot()).to_table()
    return dict(zip(table["ordinal"].to_pylist(), table["company"].to_pylist(), strict=True))


def on_it(ws: Workspace) -> set[int]:
    columns = ws._house.columns
    found = columns.dataset("spring-2026", snapshot=columns.snapshot()).to_table()
    return set(found["ordinal"].to_pylist())


def test_people_find_their_company_by_the_same_hash(ws: Workspace) -> None:
    ws.load(
        companies((NAMES[0], "retail", "10"), (NAMES[1], "health", "20.50")), source="companies"
    )
    decomposed = "Mu\u0308ller & So\u0308hne KG"
    ws.load(staff(A=f" {NAMES[0]} ", B=decomposed, C=None, D="other"), source="staff")
    held, by_person = accounts(ws), links(ws)
    a, b, c, d = (by_person[club.ordinal(ws, n)] for n in "ABCD")
    assert (held[a]["industry"], held[b]["industry"]) == ("retail", "health")  # type: ignore[index]
    assert held[b]["turnover"] == 2050  # type: ignore[index]
    assert c is None
    assert d not in held


def test_a_file_that_is_imported_again_replaces_the_rows_it_has(ws: Workspace) -> None:
    ws.load(companies((NAMES[0], "retail", "10"), (NAMES[1], "health", "20")), source="companies")
    ws.load(companies((NAMES[0], None, "11")), source="companies")
    held = {(row["industry"], row["turnover"]) for row in accounts(ws).values()}
    assert held == {(None, 1100), ("health", 2000)}


def test_the_name_of_a_company_is_stored_nowhere(ws: Workspace) -> None:
    ws.load(companies((NAMES[0], "retail", "10")), source="companies")
    ws.load(staff(A=NAMES[0]), source="staff")
    stored = [str(value) for _, _, value in ws._house.columns.values()]
    assert stored
    assert not any("Unmistakable" in value for value in stored)
    for path in ws.folder.rglob("*"):
        if path.is_file() and path.suffix != ".yaml":
            assert b"Unmistakable" not in path.read_bytes()


def test_another_workspace_hashes_another_way(ws: Workspace, tmp_path: Path) -> None:
    text = (ws.folder / "policies" / "club.yaml").read_text("utf-8")
    with club.create(tmp_path / "other", keys=tmp_path / "other.json") as other:
        (other.folder / "policies" / "club.yaml").write_text(text, "utf-8")
        for one in (ws, other):
            one.load(companies((NAMES[0], "retail", "10")), source="companies")
        assert accounts(ws).keys().isdisjoint(accounts(other))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (companies(("", "retail", "10")), "which account"),
        (companies((NAMES[0], "retail", "1"), (NAMES[0] + " ", "health", "2")), "same account"),
        (companies(("a\x07b", "retail", "1")), "account's name"),
        (companies((NAMES[0], "fishing", "1")), "declares"),
    ],
    ids=["no name", "a name twice", "no usable name", "no declared value"],
)
def test_rows_that_are_about_no_one_account_are_refused_and_change_nothing(
    ws: Workspace, rows: pd.DataFrame, why: str
) -> None:
    ws.load(companies((NAMES[1], "health", "20")), source="companies")
    before = whole(ws)
    with pytest.raises(InputError, match=why) as refused:
        ws.load(rows, source="companies")
    assert "Unmistakable" not in str(refused.value)
    assert before == whole(ws)


def test_rejected_accounts_are_put_aside_when_asked(ws: Workspace, tmp_path: Path) -> None:
    path, aside = tmp_path / "companies.csv", tmp_path / "aside.csv"
    companies(("", "retail", "10"), (NAMES[1], "health", "20")).to_csv(path, index=False)
    done = ws.import_source("companies", path, quarantine=aside)
    assert (done.rows, done.rejected) == (1, 1)
    assert "which account" in aside.read_text("utf-8")
    assert len(accounts(ws)) == 1


def test_a_dry_run_changes_nothing(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "spring.csv"
    emails("ada", "grace").to_csv(path, index=False)
    assert ws.import_source("spring-2026", path, dry_run=True).rows == 2
    assert ws._house.columns.tables() == ()


def test_an_erased_person_leaves_no_link_and_every_account(ws: Workspace) -> None:
    ws.load(companies((NAMES[0], "retail", "10")), source="companies")
    ws.load(staff(A=NAMES[0], B=NAMES[0]), source="staff")
    before, gone = accounts(ws), club.ordinal(ws, "A")
    ws._house.vault.erase(gone, ws._house.columns)
    assert links(ws).keys() == {club.ordinal(ws, "B")}
    assert accounts(ws) == before


def test_importing_a_list_again_replaces_it_whole(ws: Workspace) -> None:
    ws.load(emails("ada", "grace"), source="spring-2026")
    first = on_it(ws)
    ws.load(emails("grace", "mary"), source="spring-2026")
    assert len(first) == len(on_it(ws)) == 2
    assert len(first & on_it(ws)) == 1


def test_an_import_of_a_list_never_tells_how_many_of_it_are_customers(ws: Workspace) -> None:
    ws.load(club.member_rows([club.Member("ADA"), club.Member("GRACE")]), source="members")
    told = [
        json.dumps(asdict(ws.load(emails(*names), source="spring-2026")) | {"snapshot": 0})
        for names in (("ada", "grace"), ("mary", "emmy"), ("ada", "emmy"))
    ]
    assert len(set(told)) == 1
    logged = [
        {k: v for k, v in e.entry.header.items() if k != "snapshot"}
        for e in club.log_of(ws, Kind.IMPORT)
        if e.entry.header.get("source") == "spring-2026"
    ]
    assert len(logged) == 3
    assert all(header == logged[0] for header in logged)


def test_unknown_people_on_a_list_are_enrolled_and_suppressed_ones_stay_out(
    ws: Workspace,
) -> None:
    ws.load(club.member_rows([club.Member("ADA")]), source="members")
    ws._house.vault.erase(club.ordinal(ws, "ADA"), ws._house.columns, suppress=True)
    done = ws.load(emails("ada", "mary"), source="spring-2026")
    assert done.rows == 2
    assert len(on_it(ws)) == 1


def test_who_stands_on_a_list_twice_is_on_it_once(ws: Workspace) -> None:
    done = ws.load(emails("ada", "Ada", "ada"), source="spring-2026")
    assert done.rows == 3
    assert len(on_it(ws)) == 1


def test_what_is_kept_too_long_of_accounts_and_lists_goes(ws: Workspace, clock: club.Clock) -> None:
    ws.load(companies((NAMES[0], "retail", "10")), source="companies")
    ws.load(emails("ada"), source="spring-2026")
    clock.now += timedelta(days=31)
    assert {p.table: (p.rows, p.cells) for p in expire(ws._house, role=StaffRole.ADMIN)} == {
        "companies": (0, 1),
        "spring-2026": (0, 0),
    }
    clock.now += timedelta(days=60)
    gone = {p.table: p.rows for p in expire(ws._house, role=StaffRole.ADMIN)}
    assert gone == {"companies": 1, "spring-2026": 1}
    assert (accounts(ws), on_it(ws)) == ({}, set())
