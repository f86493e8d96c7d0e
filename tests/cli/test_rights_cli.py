# SPDX-License-Identifier: Apache-2.0
"""Rights and files of requests at the command line: from a letter to what the next read does."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.command_line import Shell

ADA = "C0000017\n"
ADDRESS = "ada.new@example.com"
CODE = re.compile(r"\b[A-Z2-7]{16}\b")
ASK = ("dsr", "open", "--id-from", "-", "--identity", "account")
FOLDER = Path("answers")


def allowed(shell: Shell, purpose: str) -> bool:
    """Return whether anything of the person may be used for a purpose."""
    shown = shell("consent", "show", "--id-from", "-", "--json", given=ADA).document
    return any(s["allowed"] for s in shown["standing"] if s["purpose"] == purpose)


def test_a_right_is_carried_out_at_once_and_taken_back_in_two_steps(own: Shell) -> None:
    own("consent", "record", "attest_jurisdiction", "--id-from", "-", "--value", "DE", given=ADA)
    marketing = ("--purpose", "marketing.lifecycle")
    granted = (*marketing, "--category", "purchases")
    assert own("consent", "record", "grant", "--id-from", "-", *granted, given=ADA).code == 0
    assert allowed(own, "marketing.lifecycle")
    opened = own(*ASK, "object_marketing", "--run", given=ADA)
    assert opened.code == 0, opened.err
    assert not allowed(own, "marketing.lifecycle")
    asked = own(*ASK, "opt_in", *granted, "--json", given=ADA).document["number"]
    first = own("dsr", "run", str(asked))
    assert first.code == 0, first.err
    assert not allowed(own, "marketing.lifecycle")
    page = (own.folder / FOLDER / f"request-{asked}.opt_in_confirm.html").read_text("utf-8")
    (code,) = set(CODE.findall(page))
    wrong = own("dsr", "opt-in", str(asked), "--code-from", "-", given="A" * 16)
    assert wrong.code == 3
    assert own("dsr", "opt-in", str(asked), "--code-from", code).code == 2  # never an argument
    assert not allowed(own, "marketing.lifecycle")
    confirmed = own("dsr", "opt-in", str(asked), "--code-from", "-", given=f"{code}\n")
    assert confirmed.code == 0, confirmed.err
    assert allowed(own, "marketing.lifecycle")


def test_a_correction_comes_by_a_file_and_is_settled_by_an_officer(own: Shell) -> None:
    details = own.folder / "details.yaml"
    details.write_text(
        "privseg: request/1\ncorrections:\n"
        f"  - {{source: crm, attribute: email, value: {ADDRESS}}}\n",
        "utf-8",
    )
    opened = own(*ASK, "rectification", "--details-from", "details.yaml", "--run", given=ADA)
    assert opened.code == 0, opened.err
    assert ADDRESS not in opened.out + opened.err
    own("source", "import", "crm", "data/crm.csv")  # the source still has the old address
    seen = own("dsr", "disputed", "--json").document
    assert [d["attribute"] for d in seen] == ["email"]
    assert own("dsr", "settle", str(seen[0]["number"]), "perhaps").code == 1
    assert own("dsr", "settle", str(seen[0]["number"]), "keep").code == 0
    assert own("dsr", "disputed", "--json").document == []


def test_a_file_with_mistakes_is_refused_by_row_and_column(own: Shell) -> None:
    (own.folder / "requests.csv").write_text(f"kind,identifier\nmagic,{ADDRESS}\n", "utf-8")
    refused = own("dsr", "import", "requests.csv")
    assert refused.code == 1
    assert "row 2, column kind" in refused.err
    assert ADDRESS not in refused.err
    assert own("dsr", "list", "--json").document == []
