# SPDX-License-Identifier: Apache-2.0
"""Promise 3, seen from outside: two workspaces that differ in one person cannot be told apart by
anything but noisy numbers.

Both run under a clock that stands still and draw the same random bits, so that noise is equal and
whatever else differs would show. What may differ: numbers and whether they are shown, random ids,
commitments, and the proofs over all of that.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.errors import PrivsegError
from privseg.protect import Protected, Withheld, protect
from privseg.report.bulletin import Part
from privseg.tlog import canonical
from tests.twins import club
from tests.twins.club import Clock, Counting, Member, number

NORA = Member(number="N7701", hobby="gardening", orders=((10, "450.00"), (40, "20.00")))
OTHERS = club.crowd(300)
NEIGHBOURS = {
    "who is not there": [],
    "who refused": [replace(NORA, consent="refused")],
    "who withdrew": [replace(NORA, consent="withdrawn")],
    "who was never asked": [replace(NORA, consent="never")],
    "who bought nothing": [replace(NORA, orders=())],
    "who bought a lot": [replace(NORA, orders=tuple((d, "9999.00") for d in range(1, 60)))],
    "whose country is not known": [replace(NORA, country=None)],
    "of whom nothing is known": [replace(NORA, hobby=None, diary=None, orders=())],
    "who moved to a place without a rule": [replace(NORA, consent="unplaced")],
}
EVERYTHING = """privseg: report/1
report: everything
title: The club, seen from every side
segmenter: letters
segments: [buyers, gardeners]
tables:
  - name: all
    measures:
      - size
      - {total: purchase.amount, within: 90d}
      - {average: purchase.amount, within: 90d}
      - {median: purchase.amount, within: 90d}
  - {name: crossed, by: [country, {cut: {count: purchase, within: 90d}, at: [2]}], totals: true}
  - {name: hobbies, by: {found: hobby}, top: 2}
  - {name: monthly, trend: {of: purchase, every: month, periods: 3}, measures: [size]}
  - name: so-far
    trend: {of: purchase, every: month, periods: 3}
    cumulative: true
    measures: [{total: purchase.amount}]
  - {name: both, overlap: [buyers, gardeners]}
"""
RULES = {  # what the tables of that report need of a policy
    "groups_per_person: 2\n": "groups_per_person: 2\n      periods_per_person: 2\n",
    "per_person: 500 EUR": "per_person: 500 EUR\n          grid: {from: 0 EUR, to: 500 EUR, "
    "step: 50 EUR}",
    "rho: 1/8\n      groups": "rho: 4\n      groups",  # so that most cells are shown
    "rho_per_year: 2": "rho_per_year: 50",
}
MAY_DIFFER = re.compile(
    r"statement\.tables\[\d+\]\.cells\[\d+\]\.(withheld|numbers.*)"
    r"|statement\.tables\[\d+\]\.derived\[\d+\]\."
    r"(estimate|withheld|noise_share|surely|possibly).*"
    r"|statement\.tables\[2\]\.cells.*"  # the keys of this one are found in the data
    r"|statement\.not_included\.number\..*"
    r"|statement\.(edition\.id|audit|register)"
    r"|register\..*|signature"
)


@dataclass
class Bits:
    """Random bits that are the same each time, and how often they were drawn."""

    source: random.Random
    draws: int = 0

    def __call__(self, count: int) -> int:
        self.draws += 1
        return self.source.getrandbits(count)


def workspace(folder: Path, people: Sequence[Member], seed: int = 7) -> tuple[Workspace, Bits]:
    """Return a club that asks for every kind of table, and its random bits."""
    bits = Bits(random.Random(seed))
    ws = club.create(folder, outside=Outside(clock=Clock(), randbits=bits))
    policy = folder / "club/policies/club.yaml"
    text = policy.read_text("utf-8")
    for old, new in RULES.items():
        assert old in text
        text = text.replace(old, new, 1)
    policy.write_text(text, "utf-8")
    (folder / "club/reports/everything.yaml").write_text(EVERYTHING, "utf-8")
    ws.load(club.member_rows(people), source="members")
    ws.load(club.order_rows(people), source="orders")
    ws.consents(club.consent_rows(people))
    return ws, bits


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Bits, bytes]]:
    """The club with Nora in it, and its report."""
    ws, bits = workspace(tmp_path_factory.mktemp("usual"), [NORA, *OTHERS])
    document = ws.report("everything").document
    yield ws, bits, document
    ws.close()


@pytest.fixture(scope="module")
def overview(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The small report of a club with Nora in it, as the first that it asks for."""
    ws, _ = workspace(tmp_path_factory.mktemp("overview"), [NORA, *OTHERS])
    with ws:
        return ws.report("overview").document


def leaves(value: Any, path: str = "") -> dict[str, object]:
    """Return every value of a document by its path; of a map or list also how it is built."""
    match value:
        case dict():
            parts = [(f"{path}.{k}".lstrip("."), v) for k, v in value.items()]
            whole: object = sorted(value)
        case list():
            parts = [(f"{path}[{i}]", v) for i, v in enumerate(value)]
            whole = len(value)
        case _:
            return {path: value}
    found: dict[str, object] = {path: whole}
    for inner, part in parts:
        found |= leaves(part, inner)
    return found


def differences(one: bytes, other: bytes) -> set[str]:
    a, b = leaves(json.loads(one)), leaves(json.loads(other))
    return {path for path in a.keys() | b.keys() if a.get(path, ...) != b.get(path, ...)}


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_a_release_differs_from_its_neighbours_in_noisy_numbers_and_random_ids_alone(
    usual: tuple[Workspace, Bits, bytes], tmp_path: Path, neighbour: str
) -> None:
    other, bits = workspace(tmp_path, [*NEIGHBOURS[neighbour], *OTHERS])
    with other:
        found = differences(usual[2], other.report("everything").document)
        assert not {path for path in found if not MAY_DIFFER.fullmatch(path)}
        assert any("numbers" in path or "not_included" in path for path in found)
        assert bits.draws == usual[1].draws, "noise is drawn alike, whatever the data"
        assert other.budget() == usual[0].budget()


def test_the_comparison_does_see_what_may_not_differ(usual: tuple[Workspace, Bits, bytes]) -> None:
    document = json.loads(usual[2])
    document["statement"]["tables"][0]["cells"].reverse()
    document["statement"]["edition"]["people"] = len(OTHERS)
    changed = differences(usual[2], json.dumps(document).encode())
    odd = {path for path in changed if not MAY_DIFFER.fullmatch(path)}
    assert {"statement.edition", "statement.edition.people"} <= odd
    assert any(path.endswith(".segment") for path in odd)


MOST = {  # what one person may change of each released number: the sensitivities of the policy
    "people": 1, "sum": 500_00, "people_at_limit": 1, "events": 5, "centred_sum": 5 * 200_00,
    "not_included": 1,
}  # fmt: skip
Place = tuple[str, str, tuple[str, ...]]
GROUPS = 2  # cells of a table that one person may enter


def released(document: bytes) -> dict[Place, dict[str, int]]:
    """Return the noisy draws of each cell that is shown."""
    statement = json.loads(document)["statement"]
    found = {
        (table["name"], cell["segment"], tuple(cell["keys"])): {
            part: drawn for n in cell["numbers"] for part, drawn in n["released"].items()
        }
        for table in statement["tables"]
        for cell in table["cells"]
        if cell["withheld"] is None
    }
    if statement["not_included"]["number"]["withheld"] is None:
        found["", "", ()] = statement["not_included"]["number"]["released"]
    return found


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_under_equal_noise_one_person_changes_no_number_by_more_than_the_policy_lets_them(
    overview: bytes, tmp_path: Path, neighbour: str
) -> None:
    """So every draw stands where it stood: neither its place nor its size hangs on data."""
    other, _ = workspace(tmp_path, [*NEIGHBOURS[neighbour], *OTHERS])
    with other:
        mine, theirs = released(overview), released(other.report("overview").document)
    both = mine.keys() & theirs.keys()
    assert len(both) > 3
    assert ("", "", ()) in both
    changed: dict[str, int] = {}
    for cell in both:
        for part, drawn in mine[cell].items():
            assert abs(drawn - theirs[cell][part]) <= MOST[part], (cell, part)
        changed[cell[0]] = changed.get(cell[0], 0) + (mine[cell] != theirs[cell])
    # Somebody who moves leaves one cell of a table and enters another.
    assert all(count <= 2 * GROUPS for count in changed.values())


UNDER_SALT = {"edition.id", "audit", "register"}  # random ids, and the commitment under a salt


def said(document: bytes) -> bytes:
    """Return a statement's text without what is random by itself."""
    statement = json.loads(document)["statement"]
    statement["edition"]["id"] = statement["audit"] = statement["register"] = ""
    return canonical(statement)


def draws(protected: Protected) -> list[object]:
    """Return what was released, in the plan's order."""
    cells = [c for table in protected.tables for c in table.cells]
    numbers = [c.numbers or c.withheld for c in cells]
    return [*numbers, protected.not_included]


def test_the_texts_compared_leave_out_random_ids_alone(overview: bytes) -> None:
    statement = json.loads(overview)["statement"]
    changed = differences(canonical(statement), said(overview))
    assert changed == UNDER_SALT


@pytest.mark.parametrize(
    "neighbour", ["who is not there", "who refused", "of whom nothing is known"]
)
def test_when_the_draws_are_equal_the_documents_are_equal_to_the_byte(
    tmp_path: Path, neighbour: str
) -> None:
    """The noise that makes up for Nora: found by trying seeds, which are as likely as any other."""
    mine, bits = workspace(tmp_path / "mine", [NORA, *OTHERS])
    theirs, other_bits = workspace(tmp_path / "theirs", [*NEIGHBOURS[neighbour], *OTHERS])
    with mine, theirs:
        exact = [club.internal(ws, "sizes") for ws in (mine, theirs)]
        assert exact[0].tallies != exact[1].tallies

        def noisy(i: int, seed: int) -> list[object]:
            quantities, left = exact[i].run.plan.quantities, exact[i].left_out
            source = random.Random(seed).getrandbits
            return draws(protect(quantities, exact[i].tallies, left, randbits=source))

        wanted = noisy(0, 7)
        assert all(not isinstance(n, Withheld) for n in wanted)
        seed = next(s for s in range(100_000) if noisy(1, s) == wanted)
        bits.source, other_bits.source = random.Random(7), random.Random(seed)
        documents = [ws.report("sizes").document for ws in (mine, theirs)]
    assert said(documents[0]) == said(documents[1])
    assert seed != 7


@pytest.mark.parametrize("neighbour", ["who is not there", "who refused"])
def test_a_page_has_the_same_rows_in_the_same_order(
    usual: tuple[Workspace, Bits, bytes], tmp_path: Path, neighbour: str
) -> None:
    """But for keys found in the data: which of them appear is what their gate releases."""
    other, _ = workspace(tmp_path, [*NEIGHBOURS[neighbour], *OTHERS])
    with other:
        pages = [ws.report("everything").bulletin() for ws in (usual[0], other)]
        closed = [[s for s in page.sections if s.name != "hobbies"] for page in pages]
        parts = [[part for section in sections for part in section.parts] for sections in closed]
        assert len(parts[0]) > 8
        assert [p.quantity for p in parts[0]] == [p.quantity for p in parts[1]]
        assert [_rows(p) for p in parts[0]] == [_rows(p) for p in parts[1]]


def _rows(part: Part) -> list[tuple[str, ...]]:
    return [] if part.grid is None else [row.labels for row in part.grid.rows]


@pytest.mark.parametrize("neighbour", ["who is not there", "who refused"])
def test_costs_and_error_bars_told_beforehand_do_not_depend_on_anybody(
    usual: tuple[Workspace, Bits, bytes], tmp_path: Path, neighbour: str
) -> None:
    other, _ = workspace(tmp_path, [*NEIGHBOURS[neighbour], *OTHERS])
    with other:
        for report in ("overview", "sizes", "everything"):
            (plan, errors), (mine, expected) = (w.plan_report(report) for w in (usual[0], other))
            assert (plan.plan_hash, plan.loss, errors) == (mine.plan_hash, mine.loss, expected)


def complaints(ws: Workspace) -> list[str]:
    """Return the texts of the errors that a marketer can provoke."""
    asked: list[tuple[str, str | None]] = [
        ("forbidden", None), ("overview", "diary"), ("nobody-knows", None), ("carers", None),
    ]  # fmt: skip
    said = []
    for name, by in asked:
        with pytest.raises(PrivsegError) as refused:
            ws.report(name, by=by)
        said.append(f"{type(refused.value).__name__}: {refused.value}")
    failing = Counting(ws._house, fail=ValueError(f"{len(ws._house.vault.people(9))} people"))
    ws.open_edition()
    with pytest.raises(PrivsegError) as refused:
        ws.report("overview")
    said.append(f"{type(refused.value).__name__}: {refused.value}")
    failing.leave()
    return said


def test_what_is_refused_is_refused_in_the_same_words(tmp_path: Path) -> None:
    said = []
    for name, people in (("with", [NORA, *OTHERS]), ("without", OTHERS)):
        ws, _ = workspace(tmp_path / name, people)
        with ws:
            said.append(complaints(ws))
    assert said[0] == said[1]
    assert len(set(said[0])) == 5


def test_an_import_tells_nothing_of_who_was_known_or_erased(tmp_path: Path) -> None:
    """The same file over two houses, of which one knows Nora and one erased her."""
    said = []
    for name in ("known", "erased"):
        ws, _ = workspace(tmp_path / name, [NORA, *OTHERS])
        with ws:
            if name == "erased":
                case = ws.open_request(
                    RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT
                )
                ws.run_request(case.number, out=tmp_path)
            told = ws.load(club.member_rows([NORA, *OTHERS]), source="members")
            said.append((told.rows, told.rejected, dict(told.rounded), told.quarantine))
    assert said[0] == said[1]


def test_the_entries_of_the_log_tell_no_number_of_people_in_their_public_part(
    tmp_path: Path,
) -> None:
    """What stands outside a commitment is alike in both; random ids and hashes over them aside."""
    headers = []
    for name, people in (("with", [NORA, *OTHERS]), ("without", OTHERS)):
        ws, _ = workspace(tmp_path / name, people)
        with ws:
            ws.report("overview")
            entries = [e.entry for e in club.log_of(ws)]
            headers.append([(e.kind, e.outcome, e.actor, public(e.header)) for e in entries])
    assert headers[0] == headers[1]


RANDOM = {"run", "edition", "release", "key_id", "vkey"}  # random, or a hash over something random


def public(header: Any) -> dict[str, object]:
    """Return a header without random ids (an edition is opened under one, as its value)."""
    opened = header.get("verb") == "open-edition"
    return {k: v for k, v in header.items() if k not in RANDOM and not (opened and k == "value")}
