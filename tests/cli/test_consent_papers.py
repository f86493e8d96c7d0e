# SPDX-License-Identifier: Apache-2.0
"""Papers and settlements that need somebody's position: found first, as a person would."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from privseg.engine import Workspace
from privseg.terms import Purpose, SubjectId
from tests.cli.command_line import Shell

ADA = "C0000001\n"
GRANT = (
    "consent", "record", "grant", "--id-from", "-", "--purpose", "marketing.lifecycle",
    "--category", "purchases",
)  # fmt: skip


def test_an_evidence_bundle_is_handed_over_as_a_file_or_printed(own: Shell, tmp_path: Path) -> None:
    proof = tmp_path / "letter.txt"
    proof.write_text("signed, an invented person", "utf-8")
    recorded = own(*GRANT, "--evidence", str(proof), "--json", given=ADA).document
    asked = ("consent", "evidence", str(recorded["position"]), "--id-from", "-")
    printed = own(*asked, given=ADA)
    assert printed.code == 0, printed.err
    assert json.loads(printed.out)["bundle"]["event"]["position"] == recorded["position"]
    written = own(*asked, "--out", "proof.json", given=ADA)
    assert written.code == 0
    assert (own.folder / "proof.json").stat().st_mode & 0o077 == 0
    assert own(*asked, "--out", "proof.json", given=ADA).code == 1  # never overwritten
    checked = own("verify", "proof.json")
    assert checked.code == 0, checked.err
    assert checked.out.startswith("OK: it holds")


def test_evidence_is_checked_elsewhere_with_two_public_keys(own: Shell, tmp_path: Path) -> None:
    position = own(*GRANT, "--json", given=ADA).document["position"]
    asked = ("consent", "evidence", str(position), "--id-from", "-", "--out")
    assert own(*asked, str(tmp_path / "proof.json"), given=ADA).code == 0
    known = own("keys", "show", "--json").document
    keys = tmp_path / "shop.vkey"
    keys.write_text("\n".join(str(k) for k in known.values() if "privseg/" in str(k)), "ascii")
    elsewhere = Shell(tmp_path)
    assert elsewhere("verify", "proof.json", "--key", "shop.vkey").code == 0
    forged = (tmp_path / "proof.json").read_text("utf-8").replace('"grant"', '"refuse"', 1)
    (tmp_path / "proof.json").write_text(forged, "utf-8")
    assert elsewhere("verify", "proof.json", "--key", "shop.vkey").code == 5


def test_evidence_of_what_somebody_did_not_do_is_refused_in_one_line(own: Shell) -> None:
    refused = own("consent", "evidence", "999999999", "--id-from", "-", given=ADA)
    assert refused.code == 1
    assert "consent show" in refused.err
    assert "C0000001" not in refused.err


def test_what_was_set_aside_is_listed_and_settled(own: Shell) -> None:
    with Workspace.open(own.folder) as ws:
        ahead = datetime.now(UTC) + timedelta(days=3)
        purpose = Purpose("marketing.lifecycle")
        ada = SubjectId("customer_number", ADA.strip())
        position = ws.record_consent(ada, act="withdraw", purpose=purpose, event_time=ahead)
    waiting = own("consent", "quarantine", "--json").document["waiting"]
    assert [w["position"] for w in waiting] == [position]
    assert own("consent", "resolve", str(position), "maybe").code == 2
    assert own("consent", "resolve", str(position), "discard").code == 0
    assert own("consent", "quarantine", "--json").document == {"waiting": []}
    assert own("consent", "resolve", str(position), "discard").code == 1
