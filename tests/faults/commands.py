# SPDX-License-Identifier: Apache-2.0
"""Every command that changes something: what has to be there, what is done, and what it stands for.

A new verb of ``Workspace`` is one line here, or one in ``CHANGE_NOTHING``; a test knows if it is
in neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from privseg.audit.wanted import Wanted
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.segment.running import RunState, SegmentRan
from privseg.engine.who.breach_views import BreachAsked
from privseg.errors import PrivsegError
from privseg.report.letter_kinds import LetterKind
from privseg.terms import Category, Purpose, StaffRole
from tests.faults import worlds
from tests.faults.worlds import ADA, GRACE, opened, person
from tests.twins import club

Act = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the verbs it stands for, the world it is done in, and how."""

    verbs: tuple[str, ...]
    act: Act
    base: str = "club"
    prepare: Act = lambda _world: None
    reads: bool = False  # whether people's rows are read out, so that an intent has to come first
    shut: tuple[str, ...] = ()  # refusals that it mends: until then the workspace does not open


def _do(act: Callable[[Workspace], object], **how: float) -> Act:
    """Return an act on the opened workspace."""

    def done(world: Path) -> object:
        with opened(world, **how) as ws:
            return act(ws)

    return done


def _as(user: str, act: Callable[[Workspace], object]) -> Act:
    """Return an act by another user."""

    def done(world: Path) -> object:
        with opened(world, user=user) as ws:
            return act(ws)

    return done


def _create(world: Path) -> object:
    outside = Outside(clock=club.Clock())
    with Workspace.create(world / "ws", keys=worlds.KEYS, outside=outside) as ws:
        return ws.folder.name


def _recover(world: Path) -> object:
    return Workspace.recover_budget(world / "ws", outside=Outside(clock=club.Clock()), yes=True)


def _name_them(ws: Workspace) -> object:
    ws.role = StaffRole.ANALYST
    return ws.open_reidentification(1, out=_beside(ws, "named.json"))


def _back_up(ws: Workspace) -> object:
    to = json.loads(_beside(ws, "me.key").read_bytes())["recipient"]
    return ws.back_up_keys([to], _beside(ws, "keys.backup"))


def _restore(world: Path) -> object:
    return Workspace.restore_keys(
        world / "ws", backup=world / "keys.backup", identity=world / "me.key",
        outside=Outside(clock=club.Clock()), yes=True,
    )  # fmt: skip


def _recover_keys(world: Path) -> object:
    return Workspace.recover_keys(world / "ws", outside=Outside(clock=club.Clock()), yes=True)


def _beside(ws: Workspace, name: str) -> Path:
    """Return a place beside the workspace, in its world."""
    return ws.folder.parent / name


def _newer(ws: Workspace) -> object:
    return ws.load(club.member_rows(club.crowd(40)), source="members")


def _orders(ws: Workspace) -> object:
    return ws.load(club.order_rows(club.crowd(40)[30:]), source="orders")


def _withdraw(ws: Workspace) -> object:
    return ws.record_consent(person(ADA), act="withdraw", purpose=Purpose("marketing"))


def _grant(ws: Workspace) -> object:
    given = frozenset(map(Category, ("location", "interests", "purchases")))
    return ws.record_consent(
        person("M0007"), act="grant", purpose=Purpose("marketing"), categories=given,
        notice="terms@1",
    )  # fmt: skip


def _more_consents(ws: Workspace) -> object:
    return ws.consents(club.consent_rows(club.crowd(36), club.NOW)[:9].assign(
        event_id=lambda rows: rows.event_id + "x"
    ))  # fmt: skip


LEAK = BreachAsked(wanted=Wanted(segments=frozenset({"gardeners"})))


class NotDoneError(PrivsegError):
    """A segment was not run, which is told and not raised."""


def all_done(ran: tuple[SegmentRan, ...]) -> None:
    """Take for done only what was.

    Raises:
        NotDoneError: one was not run.
    """
    if any(one.state is not RunState.DONE for one in ran):
        raise NotDoneError("a segment was not run")


def _answer(ws: Workspace) -> object:
    return ws.run_request(1)


def _proposed(world: Path) -> None:
    worlds.second_person(world)
    with opened(world) as ws:
        ws.propose()


def _segment_proposed(world: Path) -> None:
    worlds.second_person(world)
    with opened(world) as ws:
        ws.propose()
        digest = ws.policy.digest
    with opened(world, user=worlds.SECOND) as ws:
        ws.approve(digest)
    worlds.write_segment(world)
    with opened(world) as ws:
        ws.propose_segment("gardeners")


def _approve_segment(ws: Workspace) -> object:
    ws.role = StaffRole.COMPLIANCE_OFFICER
    return ws.approve_segment("gardeners", ws._house.segments.version("gardeners"))


COMMANDS: Mapping[str, Command] = {
    # data in
    "init": Command(("create",), _create, base="empty"),
    "source import (people)": Command(("load", "import_source"), _do(_newer)),
    "source import (events)": Command(("load", "import_source"), _do(_orders)),
    "source snapshot": Command(("open_edition",), _do(Workspace.open_edition)),
    "source expire": Command(("expire",), _do(Workspace.expire), prepare=worlds.retained),
    # consents
    "consent import": Command(("consents", "import_consents"), _do(_more_consents)),
    "consent record grant": Command(("record_consent",), _do(_grant)),
    "consent record withdraw": Command(("record_consent",), _do(_withdraw)),
    "consent coverage": Command(("coverage",), _do(Workspace.coverage), reads=True),
    "consent rebuild": Command(("rebuild_consents",), _do(Workspace.rebuild_consents)),
    "consent export": Command(
        ("export_consents",), _do(lambda ws: ws.export_consents(_beside(ws, "consents.jsonl")))
    ),
    # rules
    "policy propose": Command(("propose",), _do(Workspace.propose), prepare=worlds.second_person),
    "policy approve": Command(
        ("approve",), _as(worlds.SECOND, lambda ws: ws.approve(ws.policy.digest)),
        prepare=_proposed,
    ),
    "policy taken from a folder": Command(
        ("use_policy",), _do(lambda ws: ws.use_policy(_beside(ws, "rules"))),
        prepare=worlds.other_rules,
    ),
    "policy impact": Command(
        ("policy_impact",), _do(lambda ws: ws.policy_impact(_beside(ws, "rules"))),
        prepare=worlds.other_rules, reads=True,
    ),
    "segment new": Command(
        ("new_segment",),
        _do(lambda ws: ws.new_segment("quiet", template="gone-quiet", segmenter="letters")),
    ),
    "segment propose": Command(
        ("propose_segment",), _do(lambda ws: ws.propose_segment("gardeners")),
        prepare=worlds.write_segment,
    ),
    "segment approve": Command(
        ("approve_segment",), _as(worlds.SECOND, _approve_segment), prepare=_segment_proposed
    ),
    # numbers out
    "segment run": Command(
        ("run_segments", "run_due"), _do(lambda ws: all_done(ws.run_segments(["gardeners"]))),
        reads=True,
    ),
    "segment preview": Command(
        ("preview_segment", "plan_segment"), _do(lambda ws: ws.preview_segment("gardeners")),
        reads=True,
    ),
    "report run": Command(("report",), _do(lambda ws: ws.report("sizes").document), reads=True),
    "tables run": Command(
        ("tables",), _do(lambda ws: ws.tables("panel").document), base="panel", reads=True
    ),
    "microdata run": Command(
        ("microdata",), _do(lambda ws: ws.microdata("panel-records").document), base="records",
        reads=True,
    ),
    "learn run": Command(
        ("learn",), _do(lambda ws: ws.learn("kinds").document), prepare=worlds.learn, reads=True
    ),
    "budget recover": Command(
        ("recover_budget",), _recover, prepare=worlds.spent_elsewhere,
        shut=("LossesBehindError", "LossesForkedError"),
    ),
    # people out
    "audience export": Command(
        ("export_audience",),
        _do(lambda ws: ws.export_audience("gardeners", to="mailer", out=_beside(ws, "out.csv"))),
        prepare=worlds.hands_over, reads=True,
    ),
    "dsr notices": Command(
        ("send_notices",), _do(lambda ws: ws.send_notices(by_letter=True)), prepare=worlds.notices
    ),
    "dsr notices --posted": Command(
        ("posted_notices",), _do(lambda ws: ws.posted_notices(1)), prepare=worlds.letters_to_post
    ),
    "register processing": Command(
        ("register_processing", "register_releases"),
        _do(lambda ws: ws.register_processing(out=_beside(ws, "register.html"))),
    ),
    # people's requests
    "dsr open": Command(
        ("open_request", "open_for_linked"),
        _do(
            lambda ws: ws.open_request(
                RequestKind.ERASURE, person(GRACE), identity=IdentityLevel.ACCOUNT
            )
        ),
    ),
    "dsr refuse": Command(
        ("refuse_request", "confirm_request", "extend_request", "withdraw_request",
         "close_request", "plan_request", "appeal_request", "decide_appeal", "ask_identity"),
        _do(lambda ws: ws.refuse_request(1, ["ProcessExcessive"], ["again"])),
        prepare=worlds.requested(RequestKind.ACCESS),
    ),
    "dsr verify": Command(
        ("verify_account", "verify_points", "verify_agent", "verify_guardian"),
        _do(lambda ws: ws.verify_agent(1, b"signed", confirmed=True)),
        prepare=worlds.unproved,
    ),
    "dsr hold place": Command(
        ("place_hold", "lift_hold"),
        _do(lambda ws: ws.place_hold(person(ADA), review=date(2999, 1, 1), why="a claim")),
    ),
    "dsr run (access)": Command(
        ("run_request",), _do(_answer), prepare=worlds.requested(RequestKind.ACCESS), reads=True
    ),
    "dsr write": Command(
        ("write_letter",), _do(lambda ws: ws.write_letter(1, LetterKind.RECEIVED)),
        prepare=worlds.requested(RequestKind.ACCESS),
    ),
    "dsr seal": Command(
        ("seal_answer",), _do(lambda ws: ws.seal_answer(1)), prepare=worlds.answered_plain
    ),
    "dsr run (erasure)": Command(
        ("run_request",), _do(_answer), prepare=worlds.requested(RequestKind.ERASURE)
    ),
    "dsr import": Command(
        ("import_requests",), _do(lambda ws: ws.import_requests(_beside(ws, "requests.csv"))),
        prepare=worlds.requests_file,
    ),
    "dsr run (all)": Command(
        ("run_requests", "confirm_opt_in", "settle_disputed"), _do(Workspace.run_requests),
        prepare=worlds.requested(RequestKind.RESTRICTION),
    ),
    "dsr expire": Command(
        ("expire_requests",), _do(Workspace.expire_requests),
        prepare=worlds.opted_out,
    ),
    # who is behind a pseudonym
    "reidentify ask": Command(
        ("ask_reidentification",), _do(worlds.ask), prepare=worlds.namable
    ),
    "reidentify approve": Command(
        ("approve_reidentification", "refuse_reidentification", "withdraw_reidentification"),
        _as(worlds.SECOND, lambda ws: ws.approve_reidentification(1)), prepare=worlds.asked,
    ),
    "reidentify open": Command(
        ("open_reidentification",),
        _do(_name_them),
        prepare=worlds.asked_and_approved, reads=True,
    ),
    # keys
    "keys rotate": Command(("rotate_keys",), _do(Workspace.rotate_keys)),
    "keys move": Command(
        ("move_keys",), _do(lambda ws: ws.move_keys(f"file:{_beside(ws, 'safe')}/moved.json"))
    ),
    "keys backup": Command(("back_up_keys",), _do(_back_up), prepare=worlds.identity),
    "keys forget-backup": Command(
        ("forget_key_backup",),
        _do(lambda ws: ws.forget_key_backup(ws.key_backups()[0].backup_id)),
        prepare=worlds.backed_up,
    ),
    "keys restore": Command(
        ("restore_keys",), _restore, prepare=worlds.keys_lost, shut=("KeyFileMissingError",)
    ),
    "keys recover": Command(
        ("recover_keys",), _recover_keys, prepare=worlds.before_an_erasure,
        shut=("ErasuresBehindError",),
    ),
    "keys rotate-audit": Command(
        ("rotate_audit_key",), _do(lambda ws: ws.rotate_audit_key(reason="yearly"))
    ),
    # the record
    "audit tail": Command(("audit_tail",), _do(Workspace.audit_tail)),
    "audit prove": Command(
        ("audit_prove",), _do(lambda ws: ws.audit_prove(1, _beside(ws, "proof")))
    ),
    "audit export": Command(
        ("audit_export",), _do(lambda ws: ws.audit_export(_beside(ws, "tiles")))
    ),
    "audit kit": Command(("audit_kit",), _do(lambda ws: ws.audit_kit(_beside(ws, "kit")))),
    "audit anchor": Command(
        ("audit_anchor",), _do(lambda ws: ws.audit_anchor(_beside(ws, "anchors"))),
        prepare=lambda world: (world / "anchors").mkdir(),
    ),
    "who rebuild": Command(("rebuild_reads",), _do(Workspace.rebuild_reads)),
    "who breach": Command(
        ("breach_notify_list",),
        _do(lambda ws: ws.breach_notify_list(LEAK, _beside(ws, "people.csv"))),
        prepare=worlds.has_run,
    ),
}  # fmt: skip
"""Each command by its name on the command line."""

_SAYS_SO = "changes nothing but the log, by the one entry that says it was asked, as `audit tail`"
_READS = "reads rules, settings or sums; changes nothing"

CHANGE_NOTHING: Mapping[str, str] = {
    **dict.fromkeys(
        ("audit_show", "audit_verify", "audit_window", "breach", "consent_evidence", "consent_of",
         "consent_receipt", "plan_audit_kit", "plan_erasure", "search_erased",
         "disputed", "suppressed", "suppression_matches", "open_kept", "quarantined", "taint",
         "who_read",
         "who_read_person", "staff", "reidentifications", "segment_history", "segment_views"),
        _SAYS_SO,
    ),
    **dict.fromkeys(
        ("approved_policy", "budget", "budget_buys", "budget_history", "budget_left",
         "budget_plan", "check_policy", "check_segments", "check_staff", "explain",
         "kept", "erasure_openings", "erasure_receipt",
         "foresee_impact", "key_backups", "legal_holds", "notices", "plan_learning",
         "plan_microdata",
         "plan_report", "plan_tables", "policy_diff", "public_keys", "report_warnings", "request",
         "requests", "segment_dependencies", "segment_diff", "segment_mistakes", "test_policy",
         "whoami"),
        _READS,
    ),
    **dict.fromkeys(("due", "request_metrics"), "counts and dates of case files; changes nothing"),
    **dict.fromkeys(
        ("recipients", "plan_audience", "recipient_notices"),
        "names of rules and dates of hand-overs and notices; changes nothing but the log",
    ),
    **dict.fromkeys(("letters", "request_guide"), _READS),
    "letter_again": _SAYS_SO,
    "letter_specimens": "files of invented people in a new folder",
    "deadline_calendar": "one file beside the workspace, whole or not at all, as a proof's",
    **dict.fromkeys(("systems", "check_systems"), "other people's systems: it looks, and no more"),
    "record_proof": "one step of a request, its entry and a sealed paper, as a letter's",
    "open": "finishes what was cut short: every oracle opens",
    "close": "gives the database back",
    "temporary": "`init` in a folder that does not outlive the process",
    "resolve": "one event of consent and its entry, as `consent record`",
}  # fmt: skip
"""The verbs that are not in the battery, and why."""
