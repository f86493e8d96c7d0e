# SPDX-License-Identifier: Apache-2.0
"""Unique texts planted in every cell and identifier, and searched in everything that comes out.

Nora granted consent, Rex refused; both have a diary and card texts that no marketing segmenter may
read. Whoever searches must find: each search has a planted canary that it does find.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd
import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.errors import RunFailedError
from privseg.errors import PrivsegError
from tests.twins import club
from tests.twins.club import Counting, Member, log_of, number

NORA = Member(
    number="NQX7701CANARY",
    name="Norazel Quibblecanary",
    hobby="gardening-with-wombatcanary",
    diary="diary-of-zebucanary",
    card_text="card-for-okapicanary",
    orders=((10, "98765.43"), (40, "123.45")),
)
REX = Member(
    number="RQX7702CANARY",
    name="Rexaveer Quobblecanary",
    hobby="gardening-with-tapircanary",
    diary="diary-of-lemurcanary",
    card_text="card-for-koalacanary",
    consent="refused",
    orders=((10, "87654.32"),),
)
AMOUNTS = ("98765.43", "9876543", "87654.32", "8765432")
IDENTIFIERS = tuple(t for m in (NORA, REX) for t in (m.number, m.email, m.name))
FORBIDDEN = (NORA.diary, NORA.card_text, REX.diary, REX.card_text, REX.hobby)
ORDERS = (f"{NORA.number}-0", f"{REX.number}-0")
CANARIES = tuple(str(c) for c in (*IDENTIFIERS, *FORBIDDEN, NORA.hobby, *AMOUNTS, *ORDERS))


@dataclass
class World:
    """A club with canaries in it and everything that came out of it."""

    ws: Workspace
    folder: Path
    temporary: Path
    out: Path
    said: list[str] = field(default_factory=list)  # texts and reprs


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("canaries")
    temporary = folder / "temporary"
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr(tempfile, "tempdir", str(temporary))
        ws = club.found(folder, [NORA, REX, *club.crowd(80)], outside=Outside(clock=club.Clock()))
        made = World(ws, folder, temporary, folder / "out")
        work(made)
        yield made
        ws.close()


def work(world: World) -> None:
    """Do what the three users do, and fail as they may."""
    ws = world.ws
    published = ws.report("overview")
    published.write(world.out)
    ws.report("gardeners", by="country").write(world.out, name="by-country")
    world.said += [repr(published), published.to_html(), published._repr_html_()]
    world.said += [published.to_pandas().to_string(), repr(published.statement)]
    world.said += [repr(club.internal(ws, "overview"))]
    with pytest.raises(PrivsegError) as refused:
        ws.report("forbidden")
    world.said += told(refused.value)
    other = ws.open_request(RequestKind.ACCESS, number("M0001"), identity=IdentityLevel.ACCOUNT)
    ws.run_request(other.number, out=world.out)
    ws.audit_export(world.out / "log")
    world.said += [repr(ws.audit_tail(100)), repr(ws.audit_verify()), repr(other)]
    world.said += [repr(ws.requests()), repr(ws.segment_views()), repr(ws.budget())]
    world.said += [repr(ws.consent_of(number("M0001"))), repr(ws.check_policy())]
    world.said += list(reprs(ws._house))
    world.said += [repr(entry) for entry in log_of(ws)]


def told(error: BaseException) -> list[str]:
    """Return all that an error tells: its message, its facts, and its traceback."""
    facts = [f"{name}={value!r}" for name, value in vars(error).items()]
    return [str(error), repr(error), *facts, "".join(traceback.format_exception(error))]


def reprs(house: Any) -> Iterator[str]:
    """Yield the repr of every part of a house, two levels deep."""
    for part in vars(house).values():
        yield repr(part)
        inner = vars(part).values() if hasattr(part, "__dict__") else ()
        own = (getattr(part, f.name) for f in fields(part)) if is_dataclass(part) else ()
        for each in chain(inner, own):
            yield repr(each)


def found_in(texts: list[str], canaries: tuple[str, ...] = CANARIES) -> set[str]:
    """Return the canaries that some text holds."""
    whole = "\n".join(texts).casefold()
    return {c for c in canaries if c.casefold() in whole}


def test_reports_pages_reprs_and_refusals_hold_no_canary(world: World) -> None:
    assert len(world.said) > 40
    assert not found_in(world.said)
    assert found_in([*world.said, f"x{NORA.email.upper()}x"]) == {NORA.email, NORA.number}


def test_standard_output_and_error_hold_no_canary(
    world: World, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from privseg.cli import main  # noqa: PLC0415 - only this test needs the command line

    copy = shutil.copytree(world.ws.folder, tmp_path / "w")
    keys = world.ws.key_file.parent  # what the copy spends is not to be remembered for the other
    shutil.copytree(keys, tmp_path / "keys")
    settings = copy / "privseg.yaml"
    text = settings.read_text("utf-8").replace(str(keys), str(tmp_path / "keys"))
    settings.write_text(text, "utf-8")
    monkeypatch.setenv("PRIVSEG_WORKSPACE", str(copy))
    ended = {}
    for verb in (
        f"report run overview --out {tmp_path / 'out'}",
        "report run forbidden",
        "segment explain gardeners",
        "policy check",
        "audit tail",
        "budget show",
        "dsr list",
    ):
        monkeypatch.setattr(sys, "argv", ["privseg", *verb.split()])
        with pytest.raises(SystemExit) as left:
            main()
        ended[verb.partition(" --")[0]] = left.value.code or 0
    refused = ended.pop("report run forbidden")
    assert (refused, set(ended.values())) == (3, {0})
    said = capfd.readouterr()
    assert len(said.out) > 500
    assert "diary" in said.err  # the attribute's name, and none of its values
    assert not found_in([said.out, said.err])


def test_no_file_of_the_workspace_or_beside_it_holds_a_canary_in_clear(world: World) -> None:
    searched = [name for name, _ in club.files(world.folder)]
    assert len(searched) > 20
    assert any(p.suffix == ".parquet" or p.parent.name == "columns" for p in searched)
    assert not club.holding(CANARIES, world.folder)


def test_the_search_of_files_does_find_what_is_there(world: World, tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text(json.dumps({"of": f"x{NORA.email}x"}))
    (tmp_path / "wide.bin").write_bytes(str(REX.diary).encode("utf-16-le"))
    assert set(club.holding(CANARIES, tmp_path)) == {NORA.email, NORA.number, REX.diary}
    everybody = club.holding(["The club"], world.out)  # the report's title stands in its files
    assert {"overview.html", "overview.json"} <= set(everybody["The club"])


def test_nothing_is_left_in_the_temporary_folder(world: World) -> None:
    assert Path(tempfile.gettempdir()) == world.temporary
    assert list(world.temporary.iterdir()) == []


def test_no_entry_of_the_log_nor_its_body_holds_a_canary(world: World) -> None:
    stored = list(world.ws._house.log.entries())
    assert len(stored) > 8
    parts = [part for s in stored for part in (s.entry_bytes, s.body) if part is not None]
    texts = [bytes(part).decode("utf-8", "replace") for part in parts]
    assert not found_in(texts)


def test_an_identifier_is_in_no_cell_of_the_column_store(world: World) -> None:
    cells = [str(value) for _, _, value in world.ws._house.columns.values()]
    assert len(cells) > 300
    assert not found_in(cells, IDENTIFIERS)
    assert not found_in(cells, ORDERS)


def test_forbidden_values_are_stored_only_in_their_own_columns(world: World) -> None:
    """The positive control: they are there, so the searches above could have found them."""
    where: dict[str, set[tuple[str, str]]] = {}
    for table, column, value in world.ws._house.columns.values():
        for canary in found_in([str(value)]):
            where.setdefault(canary, set()).add((table, column.removesuffix("__folded")))
    diary, hobby, card = ("members", "diary"), ("members", "hobby"), ("purchase", "card_text")
    amount = ("purchase", "amount")
    assert where == {
        NORA.diary: {diary}, REX.diary: {diary}, NORA.card_text: {card}, REX.card_text: {card},
        NORA.hobby: {hobby}, REX.hobby: {hobby}, "9876543": {amount}, "8765432": {amount},
    }  # fmt: skip


def test_an_identifier_planted_in_a_cell_would_be_found(tmp_path: Path) -> None:
    with club.found(tmp_path, [NORA, Member("M1", hobby=f"writes to {NORA.email}")]) as ws:
        cells = [str(value) for _, _, value in ws._house.columns.values()]
        assert found_in(cells, IDENTIFIERS) == {NORA.email, NORA.number}


def test_the_person_themselves_gets_every_canary_of_theirs_and_none_of_others(
    world: World, tmp_path: Path
) -> None:
    case = world.ws.open_request(RequestKind.ACCESS, number(NORA), identity=IdentityLevel.ACCOUNT)
    document, page, *_ = world.ws.run_request(case.number, out=tmp_path, plain=True)
    mine = {NORA.number, NORA.email, NORA.name, NORA.hobby, NORA.diary, NORA.card_text, "98765.43"}
    assert found_in([document.read_text("utf-8")]) == mine
    assert found_in([page.read_text("utf-8")]) == mine


def test_the_engine_is_handed_no_forbidden_cell_and_no_cell_of_a_forbidden_person(
    world: World,
) -> None:
    """Every table of DuckDB's own, read whole while the scan is open."""
    handed: list[object] = []
    names: set[str] = set()
    with spying(world.ws, handed, names):
        world.ws.open_edition()
        world.ws.report("overview")
    assert names >= {"eligible", "members", "purchase"}
    texts = [str(cell) for cell in handed]
    assert found_in(texts, FORBIDDEN) == set()
    assert found_in(texts, IDENTIFIERS) == set()
    assert found_in(texts) == {NORA.hobby, "9876543"}  # permitted, of the one who granted


@contextmanager
def spying(ws: Workspace, handed: list[object], names: set[str]) -> Iterator[None]:
    """Copy every cell that DuckDB holds at the end of a scan."""

    class Spy(Counting):
        @contextmanager
        def open(self, plan: Any, attributes: Any) -> Iterator[Any]:
            with super().open(plan, attributes) as scan:
                yield scan
                engine = scan._tables._connection
                tables = engine.execute("SELECT table_name FROM duckdb_tables()").fetchall()
                views = engine.execute(
                    "SELECT view_name FROM duckdb_views() WHERE NOT internal"
                ).fetchall()
                for (name,) in tables + views:
                    names.add(name)
                    table = engine.sql(f'SELECT * FROM "{name}"').to_arrow_table()
                    handed.extend(cell for c in table.columns for cell in c.to_pylist())

    spy = Spy(ws._house)
    yield
    spy.leave()


def test_a_run_that_fails_tells_nothing_even_with_the_locals_of_every_frame_of_ours(
    world: World,
) -> None:
    failing = Counting(world.ws._house, fail=ValueError(f"engine quotes {NORA.hobby}"))
    world.ws.open_edition()
    with pytest.raises(RunFailedError) as failed:
        world.ws.report("overview")
    failing.leave()
    assert not found_in([*told(failed.value), *locals_of(failed.value.__traceback__)])


def locals_of(trace: TracebackType | None) -> Iterator[str]:
    """Yield the repr of each local of each frame of privseg in a traceback."""
    while trace is not None:
        if "/privseg/" in trace.tb_frame.f_code.co_filename:
            yield from (repr(value) for value in trace.tb_frame.f_locals.values())
        trace = trace.tb_next


def bad_rows() -> list[tuple[str, pd.DataFrame]]:
    """Return data that are refused, with canaries in the very cells that are wrong."""
    members, orders = club.member_rows([NORA, REX]), club.order_rows([NORA, REX])
    return [
        ("members", members.assign(country=NORA.diary)),
        ("members", members.assign(number=None)),
        ("members", members.assign(email=f"no address of {NORA.name}")),
        ("members", members.assign(**{f"extra {NORA.name}": 1})),
        ("members", members.assign(email=NORA.email)),  # one address, two people
        ("orders", orders.assign(amount=f"a lot, {NORA.card_text}")),
        ("orders", orders.assign(ordered=f"on the day of {NORA.diary}")),
        ("orders", orders.assign(number=None)),
        ("orders", orders.assign(order=None)),
    ]


@pytest.mark.parametrize("which", range(9))
def test_a_refused_import_names_the_place_and_not_the_value(tmp_path: Path, which: int) -> None:
    source, frame = bad_rows()[which]
    headers = {c for c in CANARIES if any(c in str(name) for name in frame.columns)}
    with club.create(tmp_path) as ws:
        with pytest.raises(PrivsegError) as refused:
            ws.load(frame, source=source)
        assert found_in(told(refused.value)) - headers == set()


def test_a_refused_consent_file_names_the_place_and_not_the_person(tmp_path: Path) -> None:
    good = club.consent_rows([NORA])
    with club.create(tmp_path) as ws:
        for column in ("act", "event_time", "purpose", "method", "notice", "value"):
            bad = good.assign(**{column: f"?{NORA.name}?"})
            with pytest.raises(PrivsegError) as refused:
                ws.consents(bad)
            assert not found_in(told(refused.value)), column


def test_naming_somebody_unknown_does_not_repeat_the_name(world: World) -> None:
    case = world.ws.open_request(
        RequestKind.ACCESS, number("Unknown-" + NORA.number), identity=IdentityLevel.ACCOUNT
    )
    for path in world.ws.run_request(case.number, out=world.out, plain=True):
        assert not found_in([path.read_bytes().decode("utf-8")]), path.name
