# SPDX-License-Identifier: Apache-2.0
"""Registers say what policy says and what was done; what is missing is a finding, not a guess."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.audit import Kind
from privseg.dsr.ropa import FindingCode
from privseg.engine import Outside, Workspace
from privseg.engine.errors import AnswerThereError, RoleError
from privseg.engine.registers.views import Register, RegisterFormatError
from privseg.report.registers import FACTS, WORDS, finding_words
from privseg.terms import StaffRole
from tests.twins import club
from tests.twins.club import log_of
from tests.twins.handing import RECIPIENTS, hands_over

SCHEMAS = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
REGISTER = """
register:
  name: The Example Club
  address: [1 Example Street, 12345 Exampletown]
  contact: club@example.com
  dpo: Grace Example, dpo@example.com
  subjects: members
  measures: see SECURITY.md
  releases: {supervised_by: Ada Example, risk_analysis: risks.md, review: 30d}
"""


@pytest.fixture(scope="module")
def ours(database: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A club that ran a report and handed people to its mailer. It is only asked."""
    folder = tmp_path_factory.mktemp("registers")
    outside = Outside(clock=club.Clock())
    with club.found(folder, club.crowd(60), outside=outside, database=database) as ws:
        hands_over(ws, recipients=RECIPIENTS + REGISTER)
        ws.report("overview")
        ws.export_audience("gardeners", to="mailer", out=folder / "x.csv")
        yield ws


def files(ws: Workspace) -> Path:
    return ws.folder.parent


def codes(found: Register) -> set[tuple[str, str]]:
    return {(f.code, f.about) for f in found.findings}


def activity(found: Register, purpose: str) -> dict[str, Any]:
    return next(a for a in found.document["activities"] if a["purpose"] == purpose)


# --- records of processing -----------------------------------------------------------------------


def test_the_record_of_processing_has_every_item_that_the_article_asks_for(
    ours: Workspace,
) -> None:
    found = ours.register_processing()
    validate("processing", found.document)
    responsible, marketing = found.document["responsible"], activity(found, "marketing")
    assert responsible["dpo"] == "Grace Example, dpo@example.com"  # Art. 30(1)(a)
    assert marketing["title"] == "Letters that fit"  # (b)
    assert responsible["subjects"] == "members"  # (c)
    assert marketing["categories"] == ["interests", "location", "purchases"]  # (c)
    assert [r["title"] for r in marketing["recipients"]] == [
        "Example Mail", "Example Broker", "Example Panel", "Example Books",
    ]  # fmt: skip  # (d)
    broker = marketing["recipients"][1]
    assert (broker["country"], broker["transfer"]) == ("US", "standard contractual clauses")  # (e)
    assert marketing["sources"] == {"members": None, "orders": None}  # (f)
    assert responsible["measures"] == "see SECURITY.md"  # (g)


def test_what_was_really_read_and_handed_over_stands_beside_what_is_declared(
    ours: Workspace,
) -> None:
    marketing = activity(ours.register_processing(), "marketing")
    (letters,) = marketing["segmenters"]
    assert (letters["runs"], letters["last_read"]) == (2, club.NOW.isoformat())
    times = {r["name"]: r["times"] for r in marketing["recipients"]}
    assert times == {"mailer": 1, "broker": 0, "panel": 0, "bookkeeper": 0}
    assert activity(ours.register_processing(), "care")["last_read"] is None


def test_what_is_declared_and_not_used_and_what_has_no_end_are_findings(ours: Workspace) -> None:
    found = codes(ours.register_processing())
    assert {("unused_segmenter", "carers"), ("unused_recipient", "broker")} <= found
    assert {("no_retention", "marketing"), ("no_retention", "care")} <= found
    assert not any(code in {"missing", "no_transfer", "no_contract"} for code, _ in found)


def test_what_the_policy_does_not_say_is_a_finding_and_never_made_up(small: Workspace) -> None:
    hands_over(small, recipients=RECIPIENTS.replace("    contract: C-1\n", "")
               .replace("    transfer: standard contractual clauses\n", ""))  # fmt: skip
    found = small.register_processing()
    missing = {f["facts"][0] for f in found.document["findings"] if f["code"] == "missing"}
    assert missing == {"name", "address", "contact", "dpo", "subjects", "measures"}
    assert {("no_contract", "mailer"), ("no_transfer", "broker")} <= codes(found)
    responsible = found.document["responsible"]
    assert not any(responsible[name] for name in missing)


def test_what_was_read_or_handed_over_and_is_declared_no_more_is_a_finding(
    small: Workspace,
) -> None:
    hands_over(small)
    small.export_audience("gardeners", to="mailer", out=files(small) / "1.csv")
    small.export_audience("gardeners", to="broker", out=files(small) / "2.jsonl")
    policy = next(p for p in (small.folder / "policies").glob("*.yaml") if "club" in p.name)
    narrower = policy.read_text("utf-8").replace(
        "[country, hobby, purchase,", "[country, purchase,"
    )
    policy.write_text(narrower.replace("[mailer, broker,", "[mailer,"), "utf-8")
    said = RECIPIENTS.replace("[country, hobby]", "[country]")
    i, j = said.index("  broker:"), said.index("  panel:")
    hands_over(small, recipients=said[:i] + said[j:])
    found = codes(small.register_processing())
    assert {
        ("undeclared_read", "letters"),
        ("undeclared_fields", "mailer"),
        ("undeclared_recipient", "broker"),
    } <= found


def test_data_whose_time_is_over_and_still_there_are_a_finding(
    small: Workspace, clock: club.Clock
) -> None:
    policy = next(p for p in (small.folder / "policies").glob("*.yaml") if "club" in p.name)
    kept = policy.read_text("utf-8").replace(
        "    holds: events\n    event: purchase\n",
        "    holds: events\n    retention: 100d\n    event: purchase\n",
    )
    policy.write_text(kept, "utf-8")
    hands_over(small)
    assert ("retention_not_kept", "orders") not in codes(small.register_processing())
    clock.pass_(days=99)
    small.open_edition()
    assert ("retention_not_kept", "orders") in codes(small.register_processing())
    small.expire()
    assert ("retention_not_kept", "orders") not in codes(small.register_processing())


# --- the register of releases --------------------------------------------------------------------


def test_every_release_is_told_with_its_precision_and_its_loss(ours: Workspace) -> None:
    found = ours.register_releases()
    validate("releases", found.document)
    (release,) = found.document["releases"]
    assert (release["title"], release["technique"], release["is_signed"]) == (
        "The club", "noise", True,
    )  # fmt: skip
    assert (release["precision"], release["loss"]["rho"]) == ({"min_people": "5"}, "1/8")
    assert release["review_by"] == "2026-04-01"
    assert codes(found) == set()


def test_a_hand_over_is_no_release(ours: Workspace) -> None:
    titles = [r["title"] for r in ours.register_releases().document["releases"]]
    assert titles == ["The club"]


def test_a_release_that_was_changed_and_a_review_that_is_due_are_findings(
    small: Workspace, clock: club.Clock
) -> None:
    hands_over(small, recipients=RECIPIENTS + REGISTER)
    small.report("sizes")
    clock.pass_(days=31)
    (due,) = small.register_releases().findings
    assert due.code == "review_due"
    house = small._house
    with house.db.transaction():
        house.db.raw("DROP TRIGGER release_refuses_update")
        house.db.raw(
            "UPDATE release SET statement = CAST(REPLACE(CAST(statement AS TEXT), "
            "'How many', 'How more') AS BLOB)"
        )
    assert "forged" in {f.code for f in small.register_releases().findings}
    with house.db.transaction():
        house.db.raw("UPDATE release SET statement = CAST('{}' AS BLOB)")
    assert "forged" in {f.code for f in small.register_releases().findings}


# --- as files, in languages, by roles ------------------------------------------------------------


def test_a_register_is_written_as_a_page_as_json_and_as_a_table(ours: Workspace) -> None:
    folder = files(ours)
    for verb in (ours.register_processing, ours.register_releases):
        for suffix in ("html", "json", "csv"):
            out = folder / f"{verb.__name__}.{suffix}"
            found = verb(out=out)
            assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert json.loads((folder / f"{verb.__name__}.json").read_text()) == found.document
        table = list(csv.DictReader(io.StringIO((folder / f"{verb.__name__}.csv").read_text())))
        assert len(table) == len(found.document.get("activities", found.document.get("releases")))
        page = (folder / f"{verb.__name__}.html").read_text("utf-8")
        assert "<script" not in page
        assert all(f.says.split(":")[0].replace("'", "&#39;") in page for f in found.findings)


def test_a_register_speaks_german(ours: Workspace) -> None:
    out = files(ours) / "de.html"
    ours.register_processing(out=out, language="de")
    page = out.read_text("utf-8")
    assert '<html lang="de"' in page
    assert "Verzeichnis von Verarbeitungstätigkeiten" in page
    assert "Records of processing" not in page


def test_a_register_is_not_written_over_anything(ours: Workspace) -> None:
    there = files(ours) / "there.html"
    there.write_text("something")
    before = len(log_of(ours, Kind.ACTOR))
    for out, refusal in ((there, AnswerThereError), (files(ours) / "x.pdf", RegisterFormatError)):
        with pytest.raises(refusal):
            ours.register_processing(out=out)
    assert there.read_text() == "something"
    assert len(log_of(ours, Kind.ACTOR)) == before


def test_making_a_register_is_on_the_log_and_only_for_those_who_answer_for_it(
    ours: Workspace,
) -> None:
    ours.register_releases()
    assert log_of(ours, Kind.ACTOR)[-1].entry.header["verb"] == "register-releases"
    ours.role = StaffRole.MARKETER
    with pytest.raises(RoleError):
        ours.register_processing()
    ours.role = None


def test_nothing_of_a_person_is_in_a_register(ours: Workspace) -> None:
    text = json.dumps(ours.register_processing().document) + json.dumps(
        ours.register_releases().document
    )
    assert "m0006" not in text.casefold()
    assert "gardening" not in text


def test_every_finding_has_words_for_it() -> None:
    assert set(WORDS) == set(FindingCode)
    facts = {
        name: finding_words({"code": "missing", "about": "", "facts": [name]}) for name in FACTS
    }
    assert all(name not in said.split() for name, said in facts.items() if "_" in name)


def validate(name: str, document: object) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
