# SPDX-License-Identifier: Apache-2.0
"""The three users' first minute, played on the demo shop: nothing here is made up but the shop."""

from __future__ import annotations

import csv
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.cli.output import say
from privseg.dsr import IdentityLevel, RequestKind
from privseg.errors import PrivsegError
from privseg.terms import Attribute, Purpose, StaffRole, SubjectId

if TYPE_CHECKING:
    from privseg.engine import Workspace

REPORT = "customer-overview"
VERIFY = Path(__file__).parents[2] / "audit" / "verify.py"


def play_all(ws: Workspace) -> dict[str, Path]:
    """Play marketer, engineer, compliance officer and auditor; return the files to open."""
    out = ws.folder / "out"
    first = _marketer(ws, out)
    _engineer(ws)
    access, receipt = _officer(ws, out)
    log = _auditor(ws, first, out)
    say("")
    return {
        "report": first.with_suffix(".html"),
        "report after a withdrawal": out / f"{REPORT}-later.html",
        "answer to an access request": access,
        "receipt of an erasure": receipt,
        "the audit log, as tiles": log,
    }


def _marketer(ws: Workspace, out: Path) -> Path:
    """Run the report; return its release."""
    _title("a marketer asks how big the segments are and what they spend")
    ws.role = StaffRole.MARKETER
    plan, _ = ws.plan_report(REPORT)
    say(f"it would cost rho {plan.loss.rho}; {float(ws.budget().rho_left):.2f} is left")
    published = ws.report(REPORT)
    page, release = published.write(out)
    say(published.bulletin().answer)
    say(published.bulletin().not_included)
    say(f"wrote {page.name} and {release.name}")
    return release


def _engineer(ws: Workspace) -> None:
    """Ask why a segment may not read religion."""
    _title("an engineer asks whether marketing may read religion")
    ws.role = StaffRole.ENGINEER
    decision = ws.explain("lifecycle-marketing", Attribute("religion"))
    say("yes" if decision.allowed else f"no: {decision.reasons[0]}")


def _officer(ws: Workspace, out: Path) -> tuple[Path, Path]:
    """Withdraw for one person, answer an access request, erase another."""
    people = _customers(ws.folder / "data" / "crm.csv")
    ws.role = StaffRole.COMPLIANCE_OFFICER
    leaver, asker, erased = islice((p for p in people if _is_read(ws, p)), 3)
    _title("one person withdraws; the next edition leaves them out")
    ws.record_consent(leaver, act="withdraw", purpose=Purpose("marketing.lifecycle"))
    ws.role = StaffRole.MARKETER
    ws.open_edition()
    ws.report(REPORT).write(out, name=f"{REPORT}-later")
    say("withdrawn, a new edition opened, the report made again")
    ws.role = StaffRole.COMPLIANCE_OFFICER
    _title("one person asks what is held, and who read it")
    case = ws.open_request(RequestKind.ACCESS, asker, identity=IdentityLevel.ACCOUNT)
    say(f"request {case.number}: answer by {case.deadlines.answer_by} ({case.deadlines.law})")
    answer = ws.run_request(case.number, out=out, plain=True)
    _title("one person asks to be erased")
    case = ws.open_request(RequestKind.ERASURE, erased, identity=IdentityLevel.ACCOUNT)
    for what, count in ws.plan_erasure(case.number).erases:
        say(f"  {count:>4}  {what}")
    receipt = ws.run_request(case.number, out=out)
    say("erased; the receipt says what stays, and what it does not cover")
    return answer[1], receipt[0]


def _auditor(ws: Workspace, release: Path, out: Path) -> Path:
    """Check report and log without trusting the software that made them; then forge both."""
    _title("an auditor checks the report and the log, then changes one byte of each")
    ws.role = StaffRole.COMPLIANCE_OFFICER  # one user plays all: an admin is no auditor
    key = out / "release.vkey"
    key.write_text(ws.public_keys()["release"] + "\n", "ascii")
    log = out / "audit-log"
    ws.audit_export(log)
    _check(release, key)
    _run_verifier(log)
    forged = out / "forged-report.json"
    text = release.read_text("utf-8")
    at = text.index('"value":') + len('"value":')
    forged.write_text(text[:at] + ("2" if text[at] == "1" else "1") + text[at + 1 :], "utf-8")
    _check(forged, key)
    entries = next(p for p in sorted((log / "tile" / "entries").rglob("*")) if p.is_file())
    whole = bytearray(entries.read_bytes())
    whole[len(whole) // 2] ^= 1
    entries.write_bytes(whole)
    _run_verifier(log)
    whole[len(whole) // 2] ^= 1
    entries.write_bytes(whole)
    return log


def _check(release: Path, key: Path) -> None:
    """Verify a release and say how it went."""
    from privseg.engine import verify_report  # noqa: PLC0415  # loaded by the play already

    try:
        verify_report(release, key=str(key), workspace=release.parent)
        say(f"privseg verify {release.name}: OK")
    except PrivsegError as error:
        say(f"privseg verify {release.name}: {str(error).splitlines()[0]}")


def _run_verifier(log: Path) -> None:
    """Run the stand-alone verifier, which shares no code with the writer."""
    if not VERIFY.is_file():
        say("audit/verify.py comes with the source tree; not run here")
        return
    done = subprocess.run(  # noqa: S603  # our own script under our own interpreter
        [sys.executable, "-I", str(VERIFY), str(log)], capture_output=True, text=True, check=False
    )
    result = [w for w in done.stdout.splitlines() if w.startswith("RESULT")]
    say(f"python3 audit/verify.py: {result[0] if result else f'exit {done.returncode}'}")


def _is_read(ws: Workspace, person: SubjectId) -> bool:
    """Return whether marketing may read everything of a person now."""
    wanted = {s.category: s.allowed for s in ws.consent_of(person).standing
              if s.purpose == "marketing.lifecycle"}  # fmt: skip
    return bool(wanted) and all(wanted.values())


def _customers(path: Path) -> list[SubjectId]:
    """Return the invented customers of the demo, in file order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [SubjectId("customer_number", row["customer_id"]) for row in csv.DictReader(file)]


def _title(text: str) -> None:
    """Print what comes next."""
    say(f"\n== {text}")
