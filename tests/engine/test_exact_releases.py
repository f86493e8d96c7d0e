# SPDX-License-Identifier: Apache-2.0
"""A k lineage, end to end: its gates, its one answer a period, and what it never touches."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from privseg.audit import Kind, parse_entry
from privseg.dsr.access import Participation
from privseg.engine import Workspace, verify_report
from privseg.engine.answers.told import published
from privseg.engine.errors import RoleError
from privseg.engine.exact.errors import (
    ExactMistakeError,
    PeriodTakenError,
    RecordsGoneError,
    UnknownExactError,
)
from privseg.errors import AuditWriteError, PrivsegError
from privseg.gate import ReadRefusedError
from privseg.protect.exact.errors import HomogeneousError, NothingLeftError, TooManyCellsError
from privseg.terms import StaffRole
from tests.twins import panel
from tests.twins.panel_policy import HEAD, RECORDS, TABLES

PEOPLE = 200


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a panel and of its key, closed: to be copied, never opened."""
    folder = tmp_path_factory.mktemp("panel")
    panel.found(folder, PEOPLE).close()
    return folder


@pytest.fixture
def folder(closed: Path, tmp_path: Path) -> Path:
    """A copy of the panel."""
    for part in ("panel", "keys"):
        shutil.copytree(closed / part, tmp_path / part)
    settings = tmp_path / "panel" / "privseg.yaml"
    settings.write_text(settings.read_text().replace(str(closed), str(tmp_path)), "utf-8")
    return tmp_path


@pytest.fixture
def ws(folder: Path) -> Iterator[Workspace]:
    """The panel, opened with its tables."""
    with panel.reopened(folder) as opened:
        yield opened


def entries(ws: Workspace, kind: Kind) -> int:
    parsed = (parse_entry(e.entry_bytes) for e in ws._house.log.entries())
    return sum(e.kind is kind for e in parsed)


def is_unchanged(ws: Workspace, error: type[PrivsegError], act: object) -> bool:
    """Return whether an act is refused, and leaves no release, no loss and no intent."""
    before = (ws._house.releases.size(), entries(ws, Kind.ACCESS_INTENT))
    with pytest.raises(error):
        act()  # type: ignore[operator]
    return before == (ws._house.releases.size(), entries(ws, Kind.ACCESS_INTENT))


def test_the_periods_tables_are_made_once_and_are_the_same_when_asked_again(ws: Workspace) -> None:
    first = ws.tables("panel")
    assert ws.tables("panel").document == first.document
    assert ws._house.releases.size() == 1
    assert entries(ws, Kind.ACCESS_INTENT) == 1


def test_the_numbers_are_those_of_the_people_who_may_be_read(ws: Workspace) -> None:
    rows = panel.people(PEOPLE)
    told = ws.tables("panel").to_pandas()
    assert told["people"].isna().any(), "something is withheld"
    printed = told[told.people.notna() & (told.table == "by-sex")].set_index("group")["people"]
    for group, people in printed.items():
        kept = dict(part.split("=") for part in str(group).split(", "))
        mask = pd.Series(True, index=rows.index)
        for name, key in kept.items():
            mask &= (rows[name] == key) | (key == "(all)")
        assert people == mask.sum()


def test_whoever_withdraws_after_the_edition_is_not_counted(ws: Workspace) -> None:
    ws.open_edition()
    ws.consents(panel.withdrawal("P00000"))
    made = ws.tables("panel").to_pandas().set_index(["table", "group"])["people"]
    assert made["by-sex", "region=(all), sex=(all)"] == PEOPLE - 1


def test_a_k_lineage_is_never_charged_and_tells_no_epsilon(ws: Workspace) -> None:
    made = ws.tables("panel")
    assert b"epsilon" not in made.document
    assert b"rho" not in re.split(rb"[^A-Za-z0-9+/]", made.document)  # a signature may hold it
    assert ws.budget().rho_spent == 0
    assert not ws._house.losses.history("people")


@pytest.mark.parametrize("policy", [HEAD + TABLES, HEAD + RECORDS], ids=["tables", "records"])
def test_nothing_is_said_to_be_beyond_reach(folder: Path, policy: str) -> None:
    with panel.reopened(folder, policy=policy) as ws:
        made = ws.tables("panel") if "exact_tables" in policy else ws.microdata("panel-records")
    assert b"anonym" not in made.document.lower()
    assert b"guarantee" in made.document  # its parameters, by that name


def test_other_tables_of_the_period_are_refused_and_nothing_is_read(folder: Path) -> None:
    with panel.reopened(folder) as ws:
        ws.tables("panel")
    with panel.reopened(folder, policy=HEAD + TABLES.replace("[region, sex]", "[sex]")) as ws:
        assert is_unchanged(ws, PeriodTakenError, lambda: ws.tables("panel"))
        assert entries(ws, Kind.ACCESS_DENIED) == 1


def test_a_shorter_period_within_is_refused_too(folder: Path) -> None:
    with panel.reopened(folder) as ws:
        ws.tables("panel")
    with panel.reopened(folder, policy=HEAD + TABLES.replace("quarter", "month")) as ws:
        assert is_unchanged(ws, PeriodTakenError, lambda: ws.tables("panel"))


def test_records_of_a_lineage_whose_tables_were_made_are_refused(folder: Path) -> None:
    with panel.reopened(folder) as ws:
        ws.tables("panel")
    with panel.reopened(folder, policy=HEAD + RECORDS) as ws:
        assert is_unchanged(ws, PeriodTakenError, lambda: ws.microdata("panel-records"))


def test_a_change_elsewhere_in_the_policy_does_not_change_the_answer(folder: Path) -> None:
    with panel.reopened(folder) as ws:
        first = ws.tables("panel").document
    other = (HEAD + TABLES).replace("title: Letters that fit", "title: Other letters")
    with panel.reopened(folder, policy=other) as ws:
        assert ws.tables("panel").document == first


def test_the_next_period_has_tables_of_its_own(folder: Path) -> None:
    clock = panel.Clock()
    with panel.reopened(folder, clock=clock) as ws:
        first = ws.tables("panel")
        clock.pass_(days=60)
        second = ws.tables("panel")
    periods = [m.statement["asked"]["period"]["name"] for m in (first, second)]
    assert periods == ["2026-Q1", "2026-Q2"]


def test_records_are_made_once_kept_sealed_and_gone_with_the_period(folder: Path) -> None:
    clock = panel.Clock()
    with panel.reopened(folder, policy=HEAD + RECORDS, clock=clock) as ws:
        first = ws.microdata("panel-records")
        assert ws.microdata("panel-records").document == first.document
        inside = ws.folder / ".privseg"
        line = first.csv.splitlines()[1].encode()
        assert not any(line in p.read_bytes() for p in inside.rglob("*") if p.is_file())
        for kept in (inside / "records").glob("*"):
            kept.unlink()
        with pytest.raises(RecordsGoneError):
            ws.microdata("panel-records")
        clock.pass_(days=340)
        assert ws.microdata("panel-records").document != first.document


def test_no_text_of_records_is_a_formula_or_names_anybody(folder: Path) -> None:
    with panel.reopened(folder, policy=HEAD + RECORDS) as ws:
        made = ws.microdata("panel-records")
    assert not any(
        cell.startswith(("=", "+", "@", "\t"))
        for row in made.csv.split("\r\n")
        for cell in row.split(",")
    )
    assert "P00" not in made.csv
    assert "ordinal" not in made.document.decode()


def test_everything_published_verifies_without_data_or_workspace(folder: Path) -> None:
    out = folder / "out"
    with panel.reopened(folder) as ws:
        path, key = ws.tables("panel").write(out), ws.public_keys()["release"]
    assert len(verify_report(path, key=key, workspace=folder)) == 5
    clock = panel.Clock()
    clock.pass_(days=400)
    with panel.reopened(folder, policy=HEAD + RECORDS, clock=clock) as ws:
        ws.consents(panel.consent_rows([f"P{i:05}" for i in range(PEOPLE)]))
        _, path = ws.microdata("panel-records").write(out)
    assert len(verify_report(path, key=key, workspace=folder)) == 5
    assert path.stat().st_mode & 0o077 == 0, "records are their owner's alone"


def test_the_log_and_the_register_agree_with_what_was_published(ws: Workspace) -> None:
    ws.tables("panel")
    assert ws.audit_verify()["ok"] is True


def test_a_person_is_told_of_it_at_no_privacy_loss(ws: Workspace) -> None:
    ws.tables("panel")
    (told,) = published(ws._house).values()
    assert isinstance(told, Participation)
    assert (told.title, told.rho) == ("panel, 2026-Q1 (exact tables)", 0)


# --- refusals: nothing is read, and the log says so ----------------------------------------------


def test_a_name_that_is_not_declared_is_refused(ws: Workspace) -> None:
    assert is_unchanged(ws, UnknownExactError, lambda: ws.tables("panle"))
    assert is_unchanged(ws, UnknownExactError, lambda: ws.microdata("panel"))


def test_records_are_for_analysts(folder: Path) -> None:
    with panel.reopened(folder, policy=HEAD + RECORDS) as ws:
        ws.role = StaffRole.MARKETER
        assert is_unchanged(ws, RoleError, lambda: ws.microdata("panel-records"))


def test_a_role_that_may_not_run_the_segmenter_is_refused(folder: Path) -> None:
    policy = (HEAD + TABLES).replace("[analyst, marketer]", "[analyst]")
    with panel.reopened(folder, policy=policy) as ws:
        assert is_unchanged(ws, ReadRefusedError, lambda: ws.tables("panel"))
        assert entries(ws, Kind.ACCESS_DENIED) == 1


def test_a_segment_of_another_segmenter_is_refused(folder: Path) -> None:
    with panel.reopened(folder) as ws:
        segment = ws.folder / "segments" / "old.yaml"
        segment.write_text(
            "segment: old\nlabel: {en: Old}\nsegmenter: letters\n"
            "where: {attribute: country, in: [DE]}\n", "utf-8",
        )  # fmt: skip
        assert is_unchanged(ws, ExactMistakeError, lambda: ws.tables("panel"))


def test_a_protected_report_of_a_k_lineage_is_refused(ws: Workspace) -> None:
    """No noisy number of it either: one lineage, one guarantee."""
    assert is_unchanged(ws, PrivsegError, lambda: ws.report("old"))
    assert ws.budget().rho_spent == 0


def test_tables_too_large_to_be_audited_are_refused_before_anything_is_read(folder: Path) -> None:
    cuts = ", ".join(str(n) for n in range(10, 510, 5))
    policy = (
        (HEAD + TABLES)
        .replace("[30, 60]", f"[{cuts}]")
        .replace("[region, sex]", "[region, sex, income]")
    )
    policy = policy.replace(
        "cuts: {", "cuts: {income: [10 EUR, 20 EUR, 30 EUR, 40 EUR, 50 EUR, 60 EUR], "
    )
    with panel.reopened(folder, policy=policy) as ws:
        assert is_unchanged(ws, TooManyCellsError, lambda: ws.tables("panel"))


def test_what_cannot_be_protected_is_not_given_out_and_the_log_says_that_it_failed(
    tmp_path: Path,
) -> None:
    with panel.found(tmp_path, 4) as ws:
        with pytest.raises(NothingLeftError):
            ws.tables("panel")
        assert ws._house.releases.size() == 0
        assert entries(ws, Kind.ACCESS_INTENT) == entries(ws, Kind.ACCESS_OUTCOME) == 1


def test_records_that_are_too_much_alike_are_refused(folder: Path) -> None:
    policy = (HEAD + RECORDS).replace("    l: 2\n", "    l: 200\n")
    with panel.reopened(folder, policy=policy) as ws:
        with pytest.raises(HomogeneousError):
            ws.microdata("panel-records")
        assert ws._house.releases.size() == 0


def test_without_a_log_nothing_is_read(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> int:
        raise AuditWriteError("no")

    monkeypatch.setattr(type(ws._house.log), "append", broken)
    with pytest.raises(AuditWriteError):
        ws.tables("panel")
    monkeypatch.undo()
    assert ws._house.releases.size() == 0


def test_a_dry_look_changes_nothing(ws: Workspace) -> None:
    before = len(list(ws._house.log.entries()))
    foreseen = ws.plan_tables("panel")
    assert not foreseen.is_made
    assert foreseen.reads == {"region", "age", "sex"}
    assert len(list(ws._house.log.entries())) == before
