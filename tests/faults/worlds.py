# SPDX-License-Identifier: Apache-2.0
"""Small workspaces for commands to be cut short in; nobody in them exists.

A world is a folder with the workspace ``ws`` and its keys beside it, named by a relative path, so
that a copy of the folder is a world of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from privseg.dsr import IdentityLevel, RequestKind, StepKind
from privseg.dsr.notice import NoticeKind
from privseg.engine import Outside, Workspace
from privseg.engine.dsr.steps import take_step
from privseg.engine.notices.notifying import notify
from privseg.engine.outside import user_name
from privseg.terms import Ordinal, StaffRole, SubjectId
from privseg.vault.recipients import Identity
from tests.twins import club, handing, named_club, panel
from tests.twins.panel_policy import HEAD, RECORDS, TABLES

PEOPLE = 36  # the fewest with whom a table of the club shows a number
ADA, GRACE = "M0006", "M0012"
KEYS = Path("../keys/key.json")
OFFICER = StaffRole.COMPLIANCE_OFFICER
SECOND = "grace"  # approves what the maker proposes
NARROWER = ("[country, hobby, purchase, purchase.amount]", "[country, purchase, purchase.amount]")
LEARNING = """privseg: policy/1
learning:
  kinds:
    model: personas
    segmenter: letters
    clusters: 2
    epsilon: 1/2
    features: [{count: purchase, within: 90d, range: [0, 10], step: 1}]
"""


@contextmanager
def opened(
    world: Path, *, user: str | None = None, role: StaffRole | None = None, **later: float
) -> Iterator[Workspace]:
    """Open a world's workspace, so much later than it was made."""
    clock = club.Clock()
    clock.pass_(**later)
    who = user or user_name()
    outside = Outside(clock=clock, user=lambda: who)
    with Workspace.open(world / "ws", role=role, outside=outside) as ws:
        yield ws


def _with_people(world: Path) -> None:
    """A club with members, orders and consents, and the day's edition open."""
    members = club.crowd(PEOPLE)
    with _made(world) as ws:
        club.lay(world / "ws")
        ws.load(club.member_rows(members), source="members")
        ws.load(club.order_rows(members), source="orders")
        ws.consents(club.consent_rows(members))
        ws.open_edition()


def _with_panel(world: Path) -> None:
    """A panel of which exact tables are made."""
    _panel(world, HEAD + TABLES)


def _with_records(world: Path) -> None:
    """A panel of which exact records are made."""
    _panel(world, HEAD + RECORDS)


def _panel(world: Path, policy: str) -> None:
    rows = panel.people(120)
    with _made(world) as ws:
        panel.lay(world / "ws", policy=policy)
        ws.load(rows, source="panel")
        ws.consents(panel.consent_rows(list(rows["number"])))


def _empty(_world: Path) -> None:
    """Nothing at all."""


@contextmanager
def _made(world: Path) -> Iterator[Workspace]:
    with Workspace.create(world / "ws", keys=KEYS, outside=Outside(clock=club.Clock())) as ws:
        yield ws


BASES: dict[str, Callable[[Path], None]] = {
    "club": _with_people, "panel": _with_panel, "records": _with_records, "empty": _empty,
}  # fmt: skip


def copied(world: Path, to: Path) -> Path:
    """Copy a world; what was there is gone."""
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(world, to, symlinks=True))


# --- what is prepared before a command -----------------------------------------------------------


def second_person(world: Path) -> None:
    """Let policy and segments ask for the approval of a second person, who is there."""
    _second(world)
    rules = world / "ws" / "policies" / "club.yaml"
    asks = "controller: club\napproval: second_person\n"
    text = rules.read_text("utf-8").replace("controller: club\n", asks)
    change = "segments: {approval: true}\n"
    rules.write_text(text + change, "utf-8")


def _second(world: Path) -> None:
    """Let a second person work here."""
    settings = world / "ws" / "privseg.yaml"
    said = settings.read_text("utf-8")
    settings.write_text(
        re.sub(r"(?m)^(staff:.*)$", rf'\1\n  "{SECOND}": [compliance_officer]', said)
    )


def write_segment(world: Path) -> None:
    """Change a segment's file."""
    changed = club.SEGMENTS["gardeners"].replace("7d", "30d")
    (world / "ws" / "segments" / "gardeners.yaml").write_text(changed, "utf-8")


def learn(world: Path) -> None:
    """Let a model be learned."""
    (world / "ws" / "policies" / "learning.yaml").write_text(LEARNING, "utf-8")


def unproved(world: Path) -> None:
    """Open a request of Ada's, who is not identified yet."""
    with opened(world) as ws:
        ws.open_request(RequestKind.ACCESS, person(ADA))


def requested(kind: RequestKind) -> Callable[[Path], None]:
    """Return what opens Ada's request."""

    def prepare(world: Path) -> None:
        with opened(world) as ws:
            ws.open_request(kind, person(ADA), identity=IdentityLevel.ACCOUNT)

    return prepare


def answered_plain(world: Path) -> None:
    """Answer Ada's request in plain files."""
    with opened(world) as ws:
        case = ws.open_request(RequestKind.ACCESS, person(ADA), identity=IdentityLevel.ACCOUNT)
        ws.run_request(case.number, plain=True)


def requests_file(world: Path) -> None:
    """Lay out a file of requests beside the workspace."""
    rows = "kind,identifier,reference\nrestriction,{},T-1\nopt_out_sale,nobody-yet,T-2\n"
    (world / "requests.csv").write_text(rows.format(person(ADA).value), "utf-8")


def opted_out(world: Path) -> None:
    """Ada asked years ago and was answered the same day: the record of it is over."""
    with opened(world) as ws:
        then = club.NOW - timedelta(days=1500)
        case = ws.open_request(RequestKind.ACCESS, person(ADA), received_at=then)
        for kind in (StepKind.REFUSED, StepKind.CLOSED):
            take_step(ws._house, case.number, kind, role=StaffRole.COMPLIANCE_OFFICER, at=then)


def retained(world: Path) -> None:
    """Let orders be kept for ten days only: most have passed it."""
    rules = world / "ws" / "policies" / "club.yaml"
    text = rules.read_text("utf-8").replace(
        "    time: ordered\n", "    time: ordered\n    retention: 10d\n"
    )
    rules.write_text(text, "utf-8")


def spent_elsewhere(world: Path) -> None:
    """Let a copy of the workspace charge the budget, and put the older one back."""
    kept = world / "kept"
    shutil.copytree(world / "ws", kept)
    with opened(world) as ws:
        ws.report("sizes")
    shutil.rmtree(world / "ws")
    kept.rename(world / "ws")


def person(number: str) -> SubjectId:
    """Return a member by their number."""
    return SubjectId("customer_number", number)


def other_rules(world: Path) -> None:
    """Lay other rules beside the workspace: letters may not read interests any more."""
    rules = Path(shutil.copytree(world / "ws" / "policies", world / "rules" / "policies")).parent
    shutil.copytree(world / "ws" / "segments", rules / "segments")
    (rules / "segments" / "gardeners.yaml").unlink()
    policy = rules / "policies" / "club.yaml"
    policy.write_text(policy.read_text("utf-8").replace(*NARROWER), "utf-8")


def hands_over(world: Path) -> None:
    """Let people be handed to recipients."""
    with opened(world) as ws:
        handing.hands_over(ws)


def notices(world: Path) -> None:
    """Let a recipient have to be told of somebody."""
    hands_over(world)
    with opened(world) as ws:
        ws.export_audience("gardeners", to="broker", out=world / "handed.jsonl")
        case = ws.open_request(RequestKind.RESTRICTION, person(ADA))
        house = ws._house
        people = house.disclosures.people(1)
        with house.db.transaction():
            notify(house, case.number, [Ordinal(min(people))], NoticeKind.RESTRICTED, OFFICER)


def letters_to_post(world: Path) -> None:
    """Let a recipient have been written to."""
    notices(world)
    with opened(world) as ws:
        ws.send_notices(by_letter=True)


def has_run(world: Path) -> None:
    """Let a segment be run, so that there is a read to tell of."""
    with opened(world) as ws:
        ws.run_segments(["gardeners"])


# --- keys ----------------------------------------------------------------------------------------


def identity(world: Path) -> None:
    """Lay the identity of a recipient of backups beside the workspace."""
    Identity.new().save(world / "me.key")


def backed_up(world: Path) -> None:
    """Back the keys up."""
    identity(world)
    with opened(world) as ws:
        to = json.loads((world / "me.key").read_bytes())["recipient"]
        ws.back_up_keys([to], world / "keys.backup")


def keys_lost(world: Path) -> None:
    """Back the keys up, and lose them."""
    backed_up(world)
    (world / "keys" / "key.json").unlink()


def before_an_erasure(world: Path) -> None:
    """Put back the workspace of before an erasure, with its keys of then."""
    backed_up(world)
    kept = Path(shutil.copytree(world / "ws", world / "kept"))
    with opened(world) as ws:
        ws.open_request(RequestKind.ERASURE, person(ADA), identity=IdentityLevel.ACCOUNT)
        ws.run_request(1)
    shutil.rmtree(world / "ws")
    kept.rename(world / "ws")
    (world / "keys" / "key.json").unlink()
    outside = Outside(clock=club.Clock())
    Workspace.restore_keys(
        world / "ws", backup=world / "keys.backup", identity=world / "me.key", outside=outside,
        yes=True,
    )  # fmt: skip


# --- pseudonyms ----------------------------------------------------------------------------------


def namable(world: Path) -> None:
    """Let people behind pseudonyms be named, by two people together."""
    rules = world / "ws" / "policies" / "club.yaml"
    text = rules.read_text("utf-8").replace(named_club.AFTER, named_club.AFTER + named_club.RULE, 1)
    rules.write_text(text, "utf-8")
    _second(world)


def ask(ws: Workspace) -> object:
    """Ask who is behind four pseudonyms."""
    people = [Ordinal(p) for p in range(4)]
    made = ws._house.vault.pseudonyms(people, named_club.DOMAIN)
    ws.role = StaffRole.ANALYST
    return ws.ask_reidentification(
        named_club.MARKETING, [p.hex() for p in made], domain=named_club.DOMAIN,
        reason_code="FR-2026-17",
    )  # fmt: skip


def asked(world: Path) -> None:
    """Let the question be asked."""
    namable(world)
    with opened(world) as ws:
        ask(ws)


def asked_and_approved(world: Path) -> None:
    """Let the question be asked and approved."""
    asked(world)
    with opened(world, user=SECOND) as ws:
        ws.approve_reidentification(1)


def scratch() -> Path:
    """Return where worlds are copied to: memory, where there is enough of it, for its speed."""
    memory = Path("/dev/shm")  # a place, not a name: the folder made in it is private
    if memory.is_dir() and os.access(memory, os.W_OK):
        free = os.statvfs(memory)
        if free.f_bavail * free.f_frsize > 200_000_000:
            return memory
    return Path(os.environ.get("TMPDIR", "/tmp"))
