# SPDX-License-Identifier: Apache-2.0
"""Attacks on a whole workspace through the doors that users have; each of them must fail.

What is tried: free or finer numbers, forbidden columns and people, roles and names that are not
one's own, consents that are none, old files after an erasure, hostile text, broken and exchanged
files, no room on the disk, the end of the process at any moment.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from privseg.audit import Kind, Outcome
from privseg.consent import Act
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace, verify_report
from privseg.engine.errors import RoleError, RunFailedError
from privseg.engine.outside import user_name
from privseg.errors import InputError, IntegrityError, PrivsegError, StorageError
from privseg.terms import Purpose, StaffRole, SubjectId
from tests.twins import club
from tests.twins.club import Clock, Member, log_of, number

ADA = club.crowd(2)[1]
ROOT = Path(__file__).parents[2]
MARKETING = Purpose("marketing")


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A club that no attack changes: each leaves it for the next one as it was."""
    outside = Outside(clock=Clock())
    with club.found(tmp_path_factory.mktemp("steady"), club.crowd(40), outside=outside) as ws:
        ws.open_request(RequestKind.ACCESS, number(ADA), identity=IdentityLevel.ACCOUNT)
        yield ws


def allowed(ws: Workspace, who: Member | str) -> bool:
    """Return whether anything may be used of a person for marketing."""
    view = ws.consent_of(number(who))
    return any(s.allowed for s in view.standing if s.purpose == MARKETING)


@contextmanager
def put(ws: Workspace, folder: str, text: str, *, name: str = "mine") -> Iterator[str]:
    """Let a file lie in a folder of the workspace for the length of a block."""
    path = ws.folder / folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    forget(ws)
    try:
        yield name
    finally:
        path.unlink()
        forget(ws)


def forget(ws: Workspace) -> None:
    """Let the workspace load its files afresh, as the next opening does."""
    for cached in ("policy", "segments", "sets"):
        ws._house.__dict__.pop(cached, None)


def segment(where: str, **more: str) -> str:
    """Return the file of a marketer's segment."""
    head = {"segment": "mine", "label": "{en: Mine}", "segmenter": "letters", **more}
    return "\n".join([*(f"{key}: {value}" for key, value in head.items()), f"where: {where}", ""])


def refused_at_no_cost(ws: Workspace, name: str) -> PrivsegError:
    """Return the refusal of a report that reads nothing, costs nothing and publishes nothing."""
    with pytest.raises(PrivsegError) as refused:
        ws.report(name)
    assert not isinstance(refused.value, RunFailedError)
    assert ws.budget().rho_spent == 0
    assert not log_of(ws, Kind.ACCESS_INTENT)
    return refused.value


# --- whose role, whose name ---------------------------------------------------------------------

DOORS: dict[str, Callable[[Workspace], object]] = {
    "consent show": lambda ws: ws.consent_of(number(ADA)),
    "consent record": lambda ws: ws.record_consent(number(ADA), act="withdraw"),
    "consent import": lambda ws: ws.consents(club.consent_rows([ADA])),
    "dsr open": lambda ws: ws.open_request(
        RequestKind.ACCESS, number(ADA), identity=IdentityLevel.ACCOUNT
    ),
    "dsr list": lambda ws: ws.requests(),
    "dsr show": lambda ws: ws.request(1),
    "dsr run": lambda ws: ws.run_request(1),
    "dsr run --dry-run": lambda ws: ws.plan_erasure(1),
    "source import": lambda ws: ws.load(club.member_rows([ADA]), source="members"),
    "audit tail": lambda ws: ws.audit_tail(),
    "audit verify": lambda ws: ws.audit_verify(),
    "audit export": lambda ws: ws.audit_export(ws.folder / "exported"),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", [StaffRole.MARKETER, StaffRole.ANALYST])
def test_whoever_makes_reports_gets_at_no_person_by_another_door(
    steady: Workspace, door: str, role: StaffRole
) -> None:
    before = steady._house.log.size
    steady.role = role
    try:
        with pytest.raises(RoleError) as refused:
            DOORS[door](steady)
    finally:
        steady.role = None
    assert refused.value.exit_code == 3
    (entry,) = log_of(steady)[before:]
    assert (entry.entry.outcome, entry.entry.actor) == (Outcome.DENIED, role)
    assert steady.request(1).state.value == "received"
    assert allowed(steady, ADA)
    assert not [p for p in steady.folder.iterdir() if p.name in {"answers", "exported"}]


def test_a_name_in_the_environment_gives_nobody_a_role(
    small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small.folder / "privseg.yaml"
    text = settings.read_text("utf-8")
    assert f'"{user_name()}": [' in text
    settings.write_text(text.replace(f'"{user_name()}": [', '"boss": ['), "utf-8")
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(variable, "boss")
    with pytest.raises(RoleError), club.opened(small.folder):
        pass
    with pytest.raises(RoleError), club.opened(small.folder, role=StaffRole.AUDITOR):
        pass


# --- a marketer's text --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        "{attribute: diary, is_known: true}",
        "{not: {segment: confiding}}",
        "{any: [{segment: gardeners}, {segment: diarists}]}",
        "{attribute: email, contains: a}",
        "{attribute: number, is_known: true}",
        "{attribute: ordinal, equals: 1}",
        "{attribute: members.diary, is_known: true}",
        "{attribute: 'hobby\" IS NOT NULL OR \"diary', is_known: true}",
        "{event: purchase, sum: {of: card_text, at_least: 1}}",
        "{event: purchase, sum: {of: purchase.card_text, at_least: 1}}",
        "{event: 'purchase\" JOIN \"members', count: {at_least: 1}}",
    ],
)
def test_no_condition_reaches_what_its_segmenter_may_not_read(
    steady: Workspace, where: str
) -> None:
    with put(steady, "segments", segment(where)) as name:
        refused_at_no_cost(steady, name)


@pytest.mark.parametrize("text", ["%", "g_rden", "' OR 1=1 --", "g.*n"])
def test_what_is_a_pattern_elsewhere_is_a_letter_in_a_condition(
    small: Workspace, text: str
) -> None:
    quoted = text.replace("'", "''")
    with put(small, "segments", segment("{attribute: hobby, contains: '" + quoted + "'}")) as name:
        assert not club.internal(small, name).members[name]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("larger than", "x" * 2_000_000),
        ("nested deeper", "[" * 3_000),
        ("too many values", f"a: [{','.join(['1'] * 100_000)}]"),
        ("anchors", "a: &a [1]\nb: *a\n"),
        ("tags", '!!python/object/apply:os.system ["id"]'),
        ("cannot be seen", "title: a\u202eb"),
    ],
)
def test_a_report_file_that_is_a_bomb_or_a_trick_is_refused_at_no_cost(
    steady: Workspace, what: str, text: str
) -> None:
    with put(steady, "reports", text) as name:
        assert what in str(refused_at_no_cost(steady, name))


def test_segments_that_multiply_by_reference_are_refused_at_once(steady: Workspace) -> None:
    with ExitStack() as files:
        for n in range(12):
            lower = ", ".join([f"{{segment: s{n - 1}}}"] * 10)
            where = f"{{any: [{lower}]}}" if n else "{attribute: hobby, is_known: true}"
            text = segment(where, segment=f"s{n}")
            files.enter_context(put(steady, "segments", text, name=f"s{n}"))
        began = time.monotonic()
        assert "500 nodes" in str(refused_at_no_cost(steady, "s3"))
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("folder", ["reports", "segments", "policies"])
def test_a_link_to_another_file_tells_nothing_of_it(
    steady: Workspace, tmp_path: Path, folder: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("CANARY-OF-ANOTHER-FILE: {root: x}\n", "utf-8")
    link = steady.folder / folder / "mine.yaml"
    link.symlink_to(secret)
    forget(steady)
    try:
        with pytest.raises(InputError) as refused:
            steady.report("mine")
    finally:
        link.unlink()
        forget(steady)
    assert "root" not in str(refused.value)


@pytest.mark.parametrize("text", ["</title><script>x()</script>", '"/><img src=x onerror=x()>'])
def test_a_label_does_not_become_a_part_of_the_page(small: Workspace, text: str) -> None:
    quoted = f"'{text}'"
    known = "{attribute: hobby, is_known: true}"
    label = f"{{en: {quoted}}}"
    with put(small, "segments", segment(known, label=label, note=quoted)) as name:
        published = small.report(name)
    page, table = published.to_html(), published._repr_html_()
    assert text in published.statement.segments[0].label
    for html in (page, table):
        assert "<script" not in html
        assert "<img" not in html
    assert "&lt;" in page


# --- free numbers -------------------------------------------------------------------------------


def test_another_time_zone_makes_neither_a_new_day_nor_a_new_answer(
    small: Workspace, clock: Clock
) -> None:
    """At 09:00 UTC it is 23:00 of the same day fourteen hours further east."""
    answer = small.report("sizes").document
    settings = small.folder / "privseg.yaml"
    for zone in ("Pacific/Kiritimati", "Pacific/Niue", "UTC"):
        text = settings.read_text("utf-8").splitlines()
        lines = [f'time_zone: "{zone}"' if x.startswith("time_zone") else x for x in text]
        settings.write_text("\n".join(lines), "utf-8")
        with club.opened(small.folder, clock=clock) as ws:
            assert ws.report("sizes").document == answer
            assert ws.budget().reports == 1


def test_a_clock_set_far_ahead_and_back_gives_no_answer_twice(
    small: Workspace, clock: Clock
) -> None:
    now = clock.now
    answers = {small.report("sizes").document}
    clock.now = datetime(2099, 1, 1, tzinfo=UTC)
    answers.add(small.report("sizes").document)
    clock.now = now
    answers.add(small.report("sizes").document)
    assert len(answers) == 2  # one a charge
    assert len(small._house.losses.history("people")) == 2
    assert small.budget().year_began.year == 2099


def test_a_report_of_another_workspace_is_not_ours(small: Workspace, tmp_path: Path) -> None:
    """Same policy, segments and titles; only the keys differ."""
    with club.found(tmp_path / "other", club.crowd(30)) as other:
        _, file = other.report("sizes").write(tmp_path / "out")
    with pytest.raises(IntegrityError):
        verify_report(file, key=None, workspace=small.folder)
    with pytest.raises(IntegrityError):
        verify_report(file, key=small.public_keys()["release"], workspace=small.folder)


# --- consents that are none ---------------------------------------------------------------------

GRANT: dict[str, object] = {
    "act": "grant", "purpose": "marketing", "categories": club.ALLOWED, "notice": "terms@1",
    "method": "form", "event_time": "2026-02-01T00:00:00+00:00",
}  # fmt: skip


def acts(*rows: dict[str, object], who: str = "NEW1") -> pd.DataFrame:
    """Return a file of somebody new, placed in Germany, and what else they did."""
    place: dict[str, object] = {**GRANT, "act": "attest_jurisdiction", "value": "DE",
                                "purpose": None, "categories": None, "notice": None}  # fmt: skip
    every = [place, *rows]
    numbered = [{"event_id": f"{who}/{n}", "number": who, **row} for n, row in enumerate(every)]
    return pd.DataFrame(numbered).astype(object).where(lambda f: f.notna(), None)


FLAWS: list[dict[str, object]] = [
    {"notice": None},
    {"notice": "another@1"},
    {"method": "silence"},
    {"method": "pre_ticked"},
    {"authority": "staff"},
    {"expires_at": "2026-02-02T00:00:00+00:00"},
    {"event_time": "2027-01-01T00:00:00+00:00"},
    {"event_time": "2024-01-01T00:00:00+00:00"},
    {"purpose": None},
    {"categories": None},
    {"categories": "secrets"},
    {"purpose": "marketing.letters"},
    {"act": "defer"},
    {"act": "opt_out"},
]


@pytest.mark.parametrize(
    "flaw", FLAWS, ids=lambda flaw: " ".join(f"{k}={v}" for k, v in flaw.items())
)
def test_a_grant_with_a_flaw_lets_nobody_be_read(
    steady: Workspace, flaw: dict[str, object]
) -> None:
    """Recorded as what it is, or refused as a whole: never a yes."""
    who = f"FLAW{FLAWS.index(flaw)}"
    with suppress(PrivsegError):
        steady.consents(acts({**GRANT, **flaw}, who=who))
    assert not allowed(steady, who)


def test_the_same_grant_without_a_flaw_is_a_yes(steady: Workspace) -> None:
    steady.consents(acts(GRANT, who="SOUND"))
    assert allowed(steady, "SOUND")


def test_an_older_grant_that_arrives_late_revives_nothing(small: Workspace) -> None:
    withdrawn = {**GRANT, "act": "withdraw", "event_time": "2026-02-10T00:00:00+00:00"}
    small.consents(acts(GRANT, withdrawn))
    late = {**GRANT, "event_id": "late", "event_time": "2026-02-09T00:00:00+00:00"}
    small.consents(acts({**late}))
    assert not allowed(small, "NEW1")


def test_an_event_with_the_id_of_another_persons_is_refused_with_its_whole_file(
    small: Workspace,
) -> None:
    small.consents(acts(GRANT))
    position = small._house.ledger.position()
    stolen = acts(GRANT).assign(number="NEW2")
    fresh = stolen.assign(event_id=["fresh/0", "fresh/1"])
    with pytest.raises(PrivsegError):
        small.consents(pd.concat([fresh, stolen]))
    assert small._house.ledger.position() == position
    assert not allowed(small, "NEW2")
    assert allowed(small, "NEW1")


# --- after an erasure ---------------------------------------------------------------------------


def erase(ws: Workspace, who: Member, out: Path) -> None:
    """Erase a member by the ordinary door."""
    case = ws.open_request(RequestKind.ERASURE, number(who), identity=IdentityLevel.ACCOUNT)
    ws.run_request(case.number, out=out)


def test_no_act_but_an_affirmative_one_brings_an_erased_person_back(
    small: Workspace, tmp_path: Path
) -> None:
    erase(small, ADA, tmp_path)
    for act in set(Act) - {Act.GRANT, Act.OPT_IN, Act.RESOLVE, Act.ERASE}:
        value = {Act.ATTEST_AGE: "1990-01-01", Act.ATTEST_JURISDICTION: "DE"}.get(act, "moved")
        other = number("M0001") if act in {Act.MERGE, Act.UNMERGE} else None
        assert small.record_consent(number(ADA), act=act, value=value, other=other) is None, act
        assert small._house.vault.resolve(number(ADA)) is None, act


def test_an_erased_person_comes_back_by_no_file_and_under_no_second_name(
    small: Workspace, tmp_path: Path
) -> None:
    erase(small, ADA, tmp_path)
    rows = club.member_rows([ADA])
    small.load(rows.assign(number="NEW1"), source="members")  # the address is theirs
    small.load(rows.assign(email="new@example.com"), source="members")  # the number is theirs
    small.load(club.order_rows([replace(ADA, orders=((1, "9.00"),))]), source="orders")
    mails = club.consent_rows([ADA]).assign(number=ADA.email)
    small.import_consents(mails.rename(columns={"number": "email"}), id_kind="email")
    vault = small._house.vault
    for kind, value in (("customer_number", ADA.number), ("customer_number", "NEW1"),
                        ("email", ADA.email), ("email", "new@example.com")):  # fmt: skip
        assert vault.resolve(SubjectId(kind, value)) is None
    cells = [str(value) for _, _, value in small._house.columns.values()]
    assert "900" not in cells


def test_a_session_that_was_open_before_an_erasure_works_on_with_the_new_keys(
    small: Workspace, clock: Clock, tmp_path: Path
) -> None:
    """What it writes must not lie under the root key that the erasure destroyed."""
    small.report("sizes")
    with club.opened(small.folder, clock=clock) as other:
        erase(other, ADA, tmp_path)
    small.load(club.member_rows(club.crowd(70)[60:]), source="members")
    small.open_edition()
    small.report("overview")
    with club.opened(small.folder, clock=clock) as again:
        assert again.audit_verify()["ok"]
        assert again.report("overview").document == small.report("overview").document
        assert len(again._house.vault.people(again._house.columns.snapshot())) == 69


# --- files of the workspace -----------------------------------------------------------------------


def swap(files: list[Path]) -> None:
    """Put one table's file in the place of another's."""
    files[0].write_bytes(files[1].read_bytes())


@pytest.mark.parametrize(
    "harm",
    [swap, lambda f: f[0].unlink(), lambda f: f[0].write_bytes(f[0].read_bytes()[:100]),
     lambda f: f[0].write_bytes(b"")],
    ids=["exchanged", "gone", "cut", "empty"],
)  # fmt: skip
def test_a_column_file_that_is_not_its_own_gives_no_number(
    small: Workspace, harm: Callable[[list[Path]], object]
) -> None:
    files = [p for p in (small.folder / ".privseg" / "columns").rglob("*") if p.is_file()]
    assert len(files) == 2  # members and orders, both of which the report reads
    harm(files)
    with pytest.raises(RunFailedError):
        small.report("overview")
    assert not log_of(small, Kind.RELEASE)
    assert log_of(small, Kind.ACCESS_OUTCOME)[-1].entry.outcome is Outcome.FAILED


# --- no room, no time -----------------------------------------------------------------------------


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size`` bytes, as a full disk or a quota has it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


CHANGES: dict[str, Callable[[Workspace], object]] = {
    "people": lambda ws: ws.load(club.member_rows(club.crowd(90)), source="members"),
    "events": lambda ws: ws.load(club.order_rows(club.crowd(90)), source="orders"),
    "consents": lambda ws: ws.consents(acts(GRANT)),
    "an edition": lambda ws: ws.open_edition(),
    "an erasure": lambda ws: ws.run_request(1),
    "an answer": lambda ws: ws.run_request(2),
}


@pytest.mark.parametrize("what", CHANGES)
def test_without_room_on_the_disk_nothing_is_half_done(
    small: Workspace, clock: Clock, what: str
) -> None:
    small.open_request(RequestKind.ERASURE, number(ADA), identity=IdentityLevel.ACCOUNT)
    small.open_request(RequestKind.ACCESS, number(ADA), identity=IdentityLevel.ACCOUNT)
    before = log_of(small)
    for size in (0, 4_096, 65_536):
        with files_of_at_most(size), pytest.raises(StorageError):
            CHANGES[what](small)
    small.close()
    with club.opened(small.folder, clock=clock) as again:
        assert log_of(again) == before
        assert again.audit_verify()["ok"]
        assert {c.state.value for c in again.requests()} == {"received"}
        assert again._house.vault.resolve(number("NEW1")) is None
        CHANGES[what](again)
        assert again.audit_verify()["ok"]


IMPORTS = """
import sys
from pathlib import Path
import club
with club.opened(Path(sys.argv[1])) as ws:
    print("ready", flush=True)
    for n in range(1, 200):
        crowd = club.crowd(60 + 5 * n)
        ws.load(club.member_rows(crowd), source="members")
        ws.load(club.order_rows(crowd), source="orders")
        print(n, flush=True)
"""


def test_killed_at_any_moment_of_imports_everything_acknowledged_is_there(
    small: Workspace, clock: Clock
) -> None:
    small.close()
    draw = random.Random(7)  # when to kill
    for _ in range(2):
        acknowledged = importing(small.folder, draw.random())
        with club.opened(small.folder, clock=clock) as again:
            assert again.audit_verify()["ok"]
            people = again._house.vault.people(again._house.columns.snapshot())
            assert len(people) >= 60 + 5 * acknowledged
            again.open_edition()
            again.report("sizes")


def importing(root: Path, seconds: float) -> int:
    """Import in a process of its own and kill it after a while; return what it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTS, str(root)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'twins'}"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said: list[Any] = [process.stdout.readline()]
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest, complaint = process.communicate(timeout=30)
    assert said == ["ready\n"], complaint
    done = rest.split()
    return int(done[-1]) if done else 0
