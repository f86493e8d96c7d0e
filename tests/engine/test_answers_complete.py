# SPDX-License-Identifier: Apache-2.0
"""An access answer misses no place: every table, source, segment, run, hand-over and system.

What walks them is asked first whether it notices: a thing taken out of an answer, or put into a
workspace, must make it speak.
"""

from __future__ import annotations

import copy
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from privseg.dsr.access_parts import plain
from privseg.engine import Workspace
from privseg.engine.answers.places import TABLES, NotTold, Told, unlisted
from privseg.policy import SourceKind
from privseg.store import schema
from privseg.terms import Ordinal, StaffRole
from tests.twins import answering_club as world
from tests.twins import club

Document = dict[str, Any]
NEW_SOURCE = """  visits:
    holds: events
    event: visit
    category: location
    person: number
    event_id: visit
    time: came
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      door: {type: text, category: location}
purposes:
"""
NEW_SEGMENT = """segment: germans
label: {en: Germans}
segmenter: letters
where: {attribute: country, equals: DE}
"""
NEW_REPORT = """privseg: report/1
report: germans
title: How many Germans
segmenter: letters
segments: [germans]
tables: [{name: all, measures: [size]}]
"""
NEW_SYSTEM = """  till:
    kind: work_order
    people: the desk of the shop
    tables:
      tills: {person: number, identifier: customer_number, columns: [number], on_erasure: delete}
"""


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The busy club to which a source, a segment, a report and a system were added since."""
    folder = tmp_path_factory.mktemp("complete")
    with world.busy(folder) as first:
        root = first.folder
    policy = root / "policies" / "club.yaml"
    policy.write_text(policy.read_text().replace("purposes:\n", NEW_SOURCE, 1), "utf-8")
    (root / "segments" / "germans.yaml").write_text(NEW_SEGMENT, "utf-8")
    (root / "reports" / "germans.yaml").write_text(NEW_REPORT, "utf-8")
    settings = root / "privseg.yaml"
    settings.write_text(settings.read_text("utf-8") + NEW_SYSTEM, "utf-8")
    with club.opened(root) as opened:
        rows = {"visit": ["v1"], "number": [world.ADA.number], "came": [club.NOW.isoformat()],
                "door": ["the back door"]}  # fmt: skip
        opened.load(pd.DataFrame(rows), source="visits")
        opened.open_edition()
        opened.role = StaffRole.MARKETER
        opened.report("germans")
        opened.run_segments(["germans"])
        opened.role = None
        world.hand_over(opened, [world.ADA])
        yield opened


@pytest.fixture(scope="module")
def answer(ws: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Document:
    out = tmp_path_factory.mktemp("ada")
    return json.loads(world.asked(ws, world.ADA, out)[0].read_bytes())  # type: ignore[no-any-return]


def tables_in(ws: Workspace) -> set[str]:
    """Return the tables that the database really has."""
    house = ws._house
    rows = house.db.raw("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(row[0]) for row in rows} - {"sqlite_sequence"}


def missing(ws: Workspace, person: Ordinal, answer: Document) -> list[str]:
    """Return what is held on a person and not in their answer, and places nobody decided about."""
    return [
        *(f"table {name}" for name in unlisted(tables_in(ws))),
        *(f"no {place.under}" for place in TABLES.values()
          if isinstance(place, Told) and place.under not in answer),
        *_rows(ws, person, answer),
        *_named(ws, person, answer),
    ]  # fmt: skip


def _rows(ws: Workspace, person: Ordinal, answer: Document) -> Iterator[str]:
    """Yield the tables of the column store with a row, or a cell, that is not told."""
    house = ws._house
    sources = {s.table: s for s in house.policy.catalogue.sources.values()}
    for table in house.columns.tables():
        stored = house.columns.rows_of(person, table, snapshot=house.columns.snapshot())
        source = sources.get(table)
        name = table if source is None else source.name
        told = [r for d in answer["data"] if d["source"] == name for r in d["rows"]]
        if len(told) < len(stored):  # an account's row is told beside, and is of nobody
            yield f"rows of {table}"
        secret = {n["attribute"] for d in answer["data"] for n in d["not_shown"]}
        shown = {key for row in told for key in row}
        held = {k for row in stored for k, v in row.items() if v is not None}
        inner = {"ordinal", "event_id"} | {k for k in held if k.endswith("__folded")}
        yield from (f"cells {table}.{k}" for k in sorted(held - inner - shown - secret))


def _named(ws: Workspace, person: Ordinal, answer: Document) -> Iterator[str]:
    """Yield what has a name, or a place in a history, and is not told."""
    house = ws._house
    catalogue, ledger = house.policy.catalogue, house.ledger
    lists: dict[str, tuple[Iterable[object], Iterable[object]]] = {
        "source": (
            (n for n, s in catalogue.sources.items() if s.kind is not SourceKind.ACCOUNTS),
            (d["source"] for d in answer["data"]),
        ),
        "identifier": (
            (s.value for s in house.vault.identity(person)),
            (i["value"] for i in answer["identity"]),
        ),
        "segment": (list(house.segments), (s["segment"] for s in answer["segments"])),
        "membership": (
            ((m.segment, m.version, plain(m.at)) for m in house.runs.containing(person)),
            ((m["segment"], m["version"], m["found_at"]) for m in answer["memberships"]),
        ),
        "hand-over": (
            ((plain(d.at), d.segment, d.fields) for d in house.disclosures.of(person)),
            ((r["at"], r["segment"], tuple(r["fields"])) for r in answer["recipients"]),
        ),
        "consent": (
            ((str(e.act), plain(e.event_time), e.purpose) for e in ledger.history(person)),
            ((c["act"], c["event_time"], c["purpose"]) for c in answer["consent_history"]),
        ),
        "system": (
            (s.name for s in house.systems),
            (s["system"] for s in answer["other_systems"]),
        ),
        "request": (
            (c.number for c in house.cases.of_subject(person) if c.kind.is_of_person),
            (answer["request"], *(r["number"] for r in answer["requests"])),
        ),
        "release": (
            (r.register_index for r in house.releases.all()),
            (r["register_index"] for r in answer["releases"]),
        ),
    }
    for what, (held, told) in lists.items():
        yield from (f"{what} {each}" for each in Counter(held) - Counter(told))


def test_nothing_that_is_held_is_missing_from_the_answer(ws: Workspace, answer: Document) -> None:
    assert missing(ws, club.ordinal(ws, world.ADA), answer) == []
    assert {s["segment"] for s in answer["segments"]} >= {"germans"}
    assert "How many Germans" in {r["title"] for r in answer["releases"]}
    assert "till" in {s["system"] for s in answer["other_systems"]}
    assert len(answer["recipients"]) == 2


def test_every_table_of_the_program_is_told_or_has_a_reason() -> None:
    assert unlisted(t.name for t in schema.tables()) == []
    gone = set(TABLES) - {t.name for t in schema.tables()}
    assert gone == set(), "listed, and not there any more"
    assert all(place.why for place in TABLES.values() if isinstance(place, NotTold))


# --- what walks them does notice -----------------------------------------------------------------


LISTS = ("identity", "consent_history", "segments", "memberships", "recipients", "releases",
         "other_systems")  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_thing_taken_out_of_an_answer_is_missed(
    ws: Workspace, answer: Document, name: str
) -> None:
    less = copy.deepcopy(answer)
    del less[name][0]
    assert missing(ws, club.ordinal(ws, world.ADA), less)


@pytest.mark.parametrize("source", ["members", "orders", "papers", "visits", "spring"])
def test_a_row_a_cell_or_a_whole_source_taken_out_is_missed(
    ws: Workspace, answer: Document, source: str
) -> None:
    def without(change: Callable[[Document], object]) -> list[str]:
        less = copy.deepcopy(answer)
        change(next(d for d in less["data"] if d["source"] == source))
        return missing(ws, club.ordinal(ws, world.ADA), less)

    assert without(lambda d: d["rows"].pop())
    if source != "spring":  # a list has no cell but who is on it
        assert without(lambda d: [row.popitem() for row in d["rows"]])
    less = {**answer, "data": [d for d in answer["data"] if d["source"] != source]}
    assert missing(ws, club.ordinal(ws, world.ADA), less)


def test_a_table_that_nobody_declared_is_missed(ws: Workspace, answer: Document) -> None:
    """Somebody adds a table with people in it, and forgets the answer."""
    (path,) = (ws.folder / ".privseg").glob("*.db")
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute("CREATE TABLE loyalty_note (ordinal INTEGER, note TEXT)")
        found = missing(ws, club.ordinal(ws, world.ADA), answer)
        assert found == ["table loyalty_note"]
    finally:
        with connection:
            connection.execute("DROP TABLE loyalty_note")
        connection.close()


def test_a_whole_table_of_rows_that_left_the_catalogue_is_still_told(
    ws: Workspace, tmp_path: Path
) -> None:
    """What is stored is held, whether or not a policy still speaks of it."""
    policy = ws.folder / "policies" / "club.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(text.replace(NEW_SOURCE, "purposes:\n", 1), "utf-8")
    try:
        with club.opened(ws.folder) as other:
            case = world.asked(other, world.ADA, tmp_path)
            told = json.loads(case[0].read_bytes())
            assert missing(other, club.ordinal(other, world.ADA), told) == []
            assert "the back door" in case[0].read_text("utf-8")
    finally:
        policy.write_text(text, "utf-8")
