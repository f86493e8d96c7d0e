# SPDX-License-Identifier: Apache-2.0
"""Proposals: what a file's columns may mean, said as guesses, and a policy that loads."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from privseg.loaders.policy import load_policy
from privseg.loaders.report import load_report
from privseg.policy import Severity, check
from privseg.policy.catalogue import ColumnRole, ColumnType, Source, SourceKind
from privseg.policy.rules import Policy
from privseg.sources import FileError, propose_catalogue, propose_policy, read_table

PEOPLE = (
    "Kundennummer;E-Mail;Vorname;Handy;Land;PLZ;Geburtsdatum;Konfession;Umsatz EUR;Newsletter\n"
    + "".join(
        f"{n};ada{n}@example.com;Ada;+99910{n:06d};{'DE' if n % 3 else 'FR'};{10000 + n};1990-01-{n % 28 + 1:02d};"  # noqa: E501
        f"{'evangelisch' if n % 2 else 'keine'};{n}.50;{'yes' if n % 2 else 'no'}\n"
        for n in range(60)
    )
)
ORDERS = "order_id,customer_id,created_at,amount,status\n" + "".join(
    f"O{n},{n % 20},2026-01-{n % 28 + 1:02d}T12:00:00,{n}.5,{'sent' if n < 58 else 'recalled'}\n"
    for n in range(60)
)


def proposed(folder: Path, content: str, name: str = "crm") -> tuple[Policy, Source, str]:
    """Return the policy that a proposal loads as, its source and its text."""
    path = folder / f"{name}.csv"
    path.write_text(content)
    text = propose_policy(path, name=name, controller="my-company")
    policies = folder / "policies"
    (policies / "notices").mkdir(parents=True)
    (policies / "notices" / "privacy.en.md").write_text("What we tell people.")
    (policies / "mine.yaml").write_text(text)
    policy = load_policy(policies)
    return policy, policy.catalogue.sources[name], text


def test_a_customer_list_is_recognised(tmp_path: Path) -> None:
    _, source, _ = proposed(tmp_path, PEOPLE)
    assert (source.kind, source.person) == (SourceKind.PEOPLE, "Kundennummer")
    kinds = {c.name: c.identifier for c in source.columns if c.identifier}
    assert kinds == {
        "Kundennummer": "customer_number",
        "E-Mail": "email",
        "Vorname": "name",
        "Handy": "phone",
    }
    types = {c.attribute: c.type for c in source.columns if not c.identifier}
    assert types == {
        "land": ColumnType.CATEGORY,
        "plz": ColumnType.INTEGER,
        "geburtsdatum": ColumnType.DATE,
        "konfession": ColumnType.CATEGORY,
        "umsatz_eur": ColumnType.MONEY,
        "newsletter": ColumnType.BOOLEAN,
    }


def test_special_categories_are_marked_and_read_by_nobody(tmp_path: Path) -> None:
    policy, source, text = proposed(tmp_path, PEOPLE)
    [belief] = [c for c in source.columns if c.special]
    assert belief.name == "Konfession"
    assert belief.role is not ColumnRole.ORDINARY
    assert "Art. 9" in text
    [segmenter] = policy.segmenters.values()
    assert belief.attribute not in segmenter.reads
    assert "land" in segmenter.reads


def test_a_special_category_comes_with_what_laws_call_it(tmp_path: Path) -> None:
    rows = "customer_id,allergy,dna_test,city\n"
    rows += "".join(f"{n},nuts,no,Bonn\n" for n in range(40))
    _, source, text = proposed(tmp_path, rows)
    assert {c.name: c.nature for c in source.columns if c.special} == {
        "allergy": "health",
        "dna_test": "genetic",
    }
    assert "Its nature is what laws call it" in text


def test_a_proposal_has_no_mistake_and_asks_what_its_notice_says(tmp_path: Path) -> None:
    policy, _, text = proposed(tmp_path, PEOPLE)
    assert [f for f in check(policy) if f.severity is Severity.ERROR] == []
    assert "# confirm: that the text says each of these" in text
    assert all(notice.says for notice in policy.notices.values())


def test_a_purpose_without_a_category_says_why(tmp_path: Path) -> None:
    rows = "customer_id,allergy\n" + "".join(f"{n},nuts\n" for n in range(40))
    (tmp_path / "crm.csv").write_text(rows)
    lines = propose_policy(tmp_path / "crm.csv", name="crm").splitlines()
    at = lines.index("    categories: []")
    assert "# confirm: no column was found" in lines[at - 2]


def test_orders_are_recognised_as_events(tmp_path: Path) -> None:
    _, source, _ = proposed(tmp_path, ORDERS, "orders")
    assert source.kind is SourceKind.EVENTS
    assert (source.person, source.event_id, source.time) == (
        "customer_id",
        "order_id",
        "created_at",
    )
    assert source.event == "purchase"
    assert [(c.name, c.type) for c in source.columns[1:]] == [
        ("amount", ColumnType.MONEY),
        ("status", ColumnType.CATEGORY),
    ]


def test_the_file_can_be_imported_with_what_was_proposed(tmp_path: Path) -> None:
    _, source, _ = proposed(tmp_path, PEOPLE)
    assert read_table(tmp_path / "crm.csv", source).rows == 60


def test_a_rare_value_is_counted_and_not_shown(tmp_path: Path) -> None:
    _, source, text = proposed(tmp_path, ORDERS, "orders")
    [status] = [c for c in source.columns if c.name == "status"]
    assert status.values == ("sent",)
    assert "recalled" not in text
    assert "1 more, each in fewer than 5 rows" in text


def test_no_cell_of_a_person_is_in_a_proposal(tmp_path: Path) -> None:
    _, _, text = proposed(tmp_path, PEOPLE.replace("Ada", "Canary"))
    assert "Canary" not in text
    assert "example.com" not in text


def test_events_without_an_id_are_named_by_their_content(tmp_path: Path) -> None:
    rows = "user_id,viewed_at\n" + "".join(f"{n % 5},2026-01-{n % 28 + 1:02d}\n" for n in range(40))
    _, source, _ = proposed(tmp_path, rows, "views")
    assert source.event_id == "(content)"
    assert read_table(tmp_path / "views.csv", source).rows == 40


def test_a_file_that_names_nobody_gets_a_policy_that_says_so(tmp_path: Path) -> None:
    _, source, text = proposed(tmp_path, "age,job\n" + "38,baker\n41,clerk\n" * 20)
    assert source.person == "customer_id"
    assert "no column says whom a row is about" in text
    with pytest.raises(FileError, match="lacks 'customer_id'"):
        read_table(tmp_path / "crm.csv", source)


@pytest.mark.parametrize(
    "content", ["ada@example.com,DE\nb@example.com,FR\n", "17,18.5,19\n1,2,3\n"]
)
def test_a_first_line_that_looks_like_data_is_not_proposed(tmp_path: Path, content: str) -> None:
    path = tmp_path / "crm.csv"
    path.write_text(content)
    with pytest.raises(FileError, match="looks like data") as refusal:
        propose_policy(path, name="crm")
    assert "example.com" not in str(refusal.value)


HOSTILE = (
    "a: b",
    "# comment",
    "- dash",
    "{brace}",
    "&anchor",
    "*alias",
    "!tag",
    "null",
    "~",
    "yes",
    "1_000",
    "it's",
    'say ""so""',
    "tab\there",
    "نام",
    "emoji 🎈",
    "%YAML",
    "on",
    "time",
    "ordinal",
)


def test_any_header_and_value_makes_a_policy_that_loads(tmp_path: Path) -> None:
    header = "customer_id," + ",".join(f'"{h}"' for h in HOSTILE)
    rows = "".join(
        f"{n},"
        + ",".join(f'"{HOSTILE[(n + k) % 4 + 4 * (k % 5)]}"' for k in range(len(HOSTILE)))
        + "\n"
        for n in range(200)
    )
    _, source, _ = proposed(tmp_path, f"{header}\n{rows}")
    assert read_table(tmp_path / "crm.csv", source).rows == 200


def test_a_proposal_fits_beside_the_starter_that_a_workspace_begins_with(tmp_path: Path) -> None:
    starter = Path("policies/starter/policies")
    if not starter.is_dir():
        pytest.skip("run from the project's root")
    shutil.copytree(starter, tmp_path / "policies")
    (tmp_path / "orders.csv").write_text(ORDERS)
    text = propose_policy(tmp_path / "orders.csv", name="orders")
    (tmp_path / "policies" / "mine.yaml").write_text(text)
    assert "orders" in load_policy(tmp_path / "policies").catalogue.sources


@pytest.mark.parametrize(("content", "name"), [(PEOPLE, "crm"), (ORDERS, "orders")])
def test_the_first_segment_and_report_load(tmp_path: Path, content: str, name: str) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_text(content)
    found = propose_catalogue(path, name=name)
    (tmp_path / "report.yaml").write_text(found.report)
    assert load_report(tmp_path / "report.yaml") is not None
    assert found.segment.startswith("segment: ")
