# SPDX-License-Identifier: Apache-2.0
"""A small invented club in a whole workspace, and looks inside that only tests take.

``members`` (people) and ``orders`` (events); one segmenter that may not read a member's diary.
Nobody in it exists.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from pyroaring import FrozenBitMap

from privseg.audit import Kind, open_body, parse_entry, text_to_people
from privseg.audit.entry import Entry
from privseg.engine import Outside, Workspace
from privseg.engine.house import House
from privseg.engine.reading import enter
from privseg.engine.report.published import find_request
from privseg.engine.report.running import BOUNDING, Run, _queries, prepare
from privseg.frames import EVERYBODY, Cell, Tally
from privseg.gate import PlanCost
from privseg.terms import Ordinal, StaffRole, SubjectId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SCALE = 100  # minor units of a euro

POLICY = f"""privseg: policy/1
controller: club
notices:
  terms:
    version: "1"
    sha256: {hashlib.sha256(b"what members are told").hexdigest()}
    purposes: [marketing, care]
catalogue:
  members:
    holds: people
    person: number
    columns:
      number: {{role: direct_identifier, identifier: customer_number}}
      email: {{role: direct_identifier, identifier: email}}
      name: {{role: direct_identifier, identifier: name}}
      country: {{type: category, role: quasi_identifier, category: location, values: [DE, FR]}}
      hobby: {{type: text, category: interests}}
      diary: {{type: text, category: secrets, special: true}}
  orders:
    holds: events
    event: purchase
    category: purchases
    person: number
    event_id: order
    time: ordered
    columns:
      number: {{role: direct_identifier, identifier: customer_number}}
      amount: {{type: money, currency: EUR, category: purchases}}
      card_text: {{type: text, category: secrets, special: true}}
purposes:
  marketing:
    title: Letters that fit
    kind: marketing
    basis: {{consent: [DE, FR]}}
    categories: [location, interests, purchases]
    notice: terms
    consent_lasts: 730d
  care:
    title: Looking after members
    kind: service
    basis: {{consent: [DE, FR]}}
    categories: [secrets, purchases]
    notice: terms
segmenters:
  letters:
    purpose: marketing
    reads: [country, hobby, purchase, purchase.amount]
    run_by: [marketer, analyst]
    releases:
      guarantee: dp
      min_people: 5
      rho: 1/8
      groups_per_person: 2
      clamps:
        purchase.amount:
          per_person: 500 EUR
          per_event: [0 EUR, 200 EUR]
          events_per_person: 5
  carers:
    purpose: care
    reads: [diary, purchase, purchase.card_text]
    run_by: [analyst]
    releases: {{guarantee: dp, min_people: 5, rho: 1/8, groups_per_person: 1}}
budget: {{rho_per_year: 2, selection_delta_per_year: 0.0001}}
"""
SEGMENTS = {
    "buyers": """segment: buyers
label: {en: Buyers}
segmenter: letters
where: {event: purchase, within: 90d, sum: {of: amount, at_least: 50 EUR}}
""",
    "gardeners": """segment: gardeners
label: {en: Gardeners}
segmenter: letters
where:
  all:
    - {attribute: hobby, contains: garden}
    - not: {event: purchase, within: 7d}
""",
    "diarists": """segment: diarists
label: {en: Diarists}
segmenter: letters
where: {attribute: diary, is_known: true}
""",
    "confiding": """segment: confiding
label: {en: Confiding}
segmenter: carers
where: {attribute: diary, is_known: true}
""",
}
REPORTS = {
    "overview": """privseg: report/1
report: overview
title: The club
segmenter: letters
segments: [buyers, gardeners]
tables:
  - name: all
    measures:
      - size
      - {total: purchase.amount, within: 90d}
      - {average: purchase.amount, within: 90d}
  - {name: by-country, by: country, measures: [size]}
""",
    "sizes": """privseg: report/1
report: sizes
title: How many
segmenter: letters
segments: [gardeners]
tables: [{name: all, measures: [size]}]
""",
    "forbidden": """privseg: report/1
report: forbidden
title: Diaries
segmenter: letters
segments: [diarists]
tables: [{name: all, measures: [size]}]
""",
    "carers": """privseg: report/1
report: carers
title: Care
segmenter: carers
segments: [confiding]
tables: [{name: all, measures: [size]}]
""",
}
ALLOWED = "location|interests|purchases"


@dataclass(slots=True)
class Clock:
    """A wall clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(frozen=True, slots=True)
class Member:
    """One row of ``members``; ``consent`` is the course of acts that they took.

    It is one of those that ``crowd`` names, or a grant ``without`` a category.
    """

    number: str
    country: str | None = "DE"
    hobby: str | None = "gardening"
    diary: str | None = "quiet days"
    consent: str = "granted"
    name: str = ""
    orders: tuple[tuple[int, str], ...] = ((30, "80.00"),)  # days ago, euros
    card_text: str = "with love"

    @property
    def email(self) -> str:
        return f"{self.number.lower()}@example.com"


def crowd(people: int) -> list[Member]:
    """Return members of every kind; most of them have consented."""
    courses = ("granted",) * 7 + ("refused", "withdrawn", "never", "unplaced", "narrow")
    hobbies = ("gardening", "Garden design", "chess", None, "sailing")
    return [
        Member(
            number=f"M{n:04d}",
            country=("DE", "FR")[n % 3 == 0],
            hobby=hobbies[n % 5],
            consent=courses[n % 12],
            name=f"Ada Member {n}",
            orders=tuple(
                (3 + 11 * k + n % 9, f"{20 + n % 60}.{n % 100:02d}") for k in range(n % 4)
            ),
        )
        for n in range(people)
    ]


def member_rows(members: Iterable[Member]) -> pd.DataFrame:
    """Return the file of members."""
    return pd.DataFrame(
        [
            {"number": m.number, "email": m.email, "name": m.name or "Grace Example",
             "country": m.country, "hobby": m.hobby, "diary": m.diary}
            for m in members
        ]
    )  # fmt: skip


def order_rows(members: Iterable[Member], now: datetime = NOW) -> pd.DataFrame:
    """Return the file of orders."""
    return pd.DataFrame(
        [
            {"order": f"{m.number}-{i}", "number": m.number,
             "ordered": (now - timedelta(days=days)).isoformat(), "amount": euros,
             "card_text": m.card_text}
            for m in members
            for i, (days, euros) in enumerate(m.orders)
        ],
        columns=["order", "number", "ordered", "amount", "card_text"],
    )  # fmt: skip


def consent_rows(members: Iterable[Member], now: datetime = NOW) -> pd.DataFrame:
    """Return the file of consents: what each member's course is."""
    return pd.DataFrame([row for m in members for row in _course(m, now)])


def _course(member: Member, now: datetime) -> Iterator[dict[str, object]]:
    acts = {
        "granted": ["grant"],
        "narrow": ["grant"],  # for less than a report reads
        "refused": ["refuse"],
        "withdrawn": ["grant", "withdraw"],
        "never": [],
        "unplaced": ["grant"],
    }.get(member.consent, ["grant"])
    if member.consent != "unplaced":
        yield _act(member, 0, "attest_jurisdiction", now, value=member.country or "DE")
    for i, act in enumerate(acts, start=1):
        given = "location" if member.consent == "narrow" else _given(member)
        more = {"categories": given, "notice": "terms@1"} if act == "grant" else {}
        yield _act(member, i, act, now, purpose="marketing", **more)


def _given(member: Member) -> str:
    """Return the categories of a grant: all, or all but the one named ``without ...``."""
    left_out = member.consent.removeprefix("without ")
    return "|".join(category for category in ALLOWED.split("|") if category != left_out)


def _act(member: Member, i: int, act: str, now: datetime, **more: str) -> dict[str, object]:
    blank = dict.fromkeys(("purpose", "categories", "notice", "value"))
    when = (now - timedelta(days=200 - i)).isoformat()
    return {"event_id": f"{member.number}/{i}", "number": member.number, "act": act,
            "event_time": when, "method": "form", **blank, **more}  # fmt: skip


def lay(root: Path) -> None:
    """Write the club's policy, segments and reports into a workspace."""
    (root / "policies").mkdir(parents=True, exist_ok=True)
    for path in (root / "policies").rglob("*.yaml"):
        path.unlink()
    (root / "policies" / "club.yaml").write_text(POLICY, "utf-8")
    for folder, texts in (("segments", SEGMENTS), ("reports", REPORTS)):
        (root / folder).mkdir(exist_ok=True)
        for name, text in texts.items():
            (root / folder / f"{name}.yaml").write_text(text, "utf-8")


def create(
    folder: Path,
    *,
    outside: Outside | None = None,
    keys: Path | None = None,
    database: str | None = None,
) -> Workspace:
    """Make an empty club; its key file lies beside the workspace, not in it."""
    root = folder / "club"
    made = Workspace.create(
        root,
        keys=keys or folder / "keys" / "club.json",
        outside=outside or Outside(clock=Clock()),
        database=database,
    )
    lay(root)
    return made


def found(
    folder: Path,
    members: Iterable[Member],
    *,
    outside: Outside | None = None,
    keys: Path | None = None,
    database: str | None = None,
) -> Workspace:
    """Make a club with these members, their orders and their consents."""
    everybody = list(members)
    made = create(folder, outside=outside, keys=keys, database=database)
    made.load(member_rows(everybody), source="members")
    made.load(order_rows(everybody), source="orders")
    made.consents(consent_rows(everybody))
    return made


@contextmanager
def opened(
    root: Path, *, role: StaffRole | None = None, clock: Clock | None = None
) -> Iterator[Workspace]:
    """Open a workspace that ``found`` made."""
    with Workspace.open(root, role=role, outside=Outside(clock=clock or Clock())) as ws:
        yield ws


def number(member: Member | str) -> SubjectId:
    """Return a member's number as an identifier."""
    return SubjectId("customer_number", member if isinstance(member, str) else member.number)


def ordinals(ws: Workspace, numbers: Iterable[str]) -> FrozenBitMap:
    """Return the people with these numbers; each must be known."""
    resolved = ws._house.vault.resolve_many([number(n) for n in numbers])
    assert None not in resolved
    return FrozenBitMap(resolved)


def ordinal(ws: Workspace, member: Member | str) -> Ordinal:
    """Return one member's ordinal."""
    known = ws._house.vault.resolve(number(member))
    assert known is not None
    return known


@dataclass(frozen=True)
class Logged:
    """One entry of the log with its body opened; ``by`` says who was at the keyboard."""

    entry: Entry
    body: Mapping[str, Any]
    by: Mapping[str, str] = field(default_factory=dict)

    @property
    def eligible(self) -> FrozenBitMap:
        return text_to_people(self.body["eligible"])

    @property
    def members(self) -> dict[str, FrozenBitMap]:
        return {name: text_to_people(text) for name, text in self.body["members"].items()}


def log_of(ws: Workspace, kind: Kind | None = None) -> list[Logged]:
    """Return the entries of the log, of one kind or all, each body checked by its commitment."""
    entries = []
    for stored in ws._house.log.entries():
        entry = parse_entry(stored.entry_bytes)
        assert stored.salt is not None
        assert stored.body is not None
        body = open_body(entry, stored.salt, stored.body)
        by = body.pop("by")
        entries.append(Logged(entry, body, by))
    return [e for e in entries if kind is None or e.entry.kind is kind]


def last_outcome(ws: Workspace) -> Logged:
    """Return the outcome of the newest run."""
    return log_of(ws, Kind.ACCESS_OUTCOME)[-1]


@dataclass(frozen=True)
class Internal:
    """What a run finds before any noise: for comparison with a computation of one's own."""

    run: Run
    members: Mapping[str, FrozenBitMap]
    eligible: FrozenBitMap
    tallies: Mapping[str, Mapping[Cell, Tally]]
    left_out: int


def internal(ws: Workspace, name: str) -> Internal:
    """Pass the entry gate and compute a report's exact tallies, as a run does; charges nothing."""
    house = ws._house
    run = prepare(house, find_request(house, name), role=ws.role or StaffRole.MARKETER)
    now, loss = house.now(), run.plan.loss
    cost = PlanCost(run.plan.plan_hash, str(loss.rho), str(loss.delta), now)
    with house.db.transaction():
        consented = enter(house, run.asked, run.edition, cost=cost, now=now)
    with house.compute.open(consented, run.asked.reads) as scan:
        found = (scan.members(query) for query in _queries(house, run))
        members = {name: who for each in found for name, who in each.items()}
        among = {**members, EVERYBODY: consented.eligible}
        key = house.vault.secret(BOUNDING)
        tallies = {b.name: scan.tally(b, among, key=key) for b in run.plan.blocks}
    left_out = len(house.vault.people(run.edition.snapshot)) - len(consented.eligible)
    return Internal(run, members, consented.eligible, tallies, left_out)


def files(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file below the folders with its bytes."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, path.read_bytes()


def holding(canaries: Iterable[str], *folders: Path) -> dict[str, list[str]]:
    """Return, for each canary that some file holds in clear, the files; names are searched too."""
    hits: dict[str, list[str]] = {}
    everything = list(files(*folders))
    for canary in canaries:
        for path, data in everything:
            if any(form in data or canary in path.name for form in spellings(canary)):
                hits.setdefault(canary, []).append(path.name)
    return hits


def spellings(canary: str) -> tuple[bytes, ...]:
    """Return how a text could stand in a file: as it is, folded, in JSON, in UTF-16."""
    return tuple(
        {
            canary.encode(),
            canary.casefold().encode(),
            canary.upper().encode(),
            json.dumps(canary)[1:-1].encode(),
            canary.encode("utf-16-le"),
        }
    )


@dataclass
class Counting:
    """A ``Compute`` in place of the workspace's, which lets everything through and counts it.

    ``fail`` is raised inside the scan. ``first`` is done once the scan is open and has not read
    yet, ``last`` when everything is read and nothing is published.
    """

    house: House
    opens: int = 0
    fail: BaseException | None = None
    first: Callable[[], object] = lambda: None
    last: Callable[[], object] = lambda: None
    _real: Any = field(init=False)

    def __post_init__(self) -> None:
        self._real = self.house.compute
        self.house.__dict__["compute"] = self

    @contextmanager
    def open(self, plan: Any, attributes: Any) -> Iterator[Any]:
        """Count, then do as told, and be the real one."""
        self.opens += 1
        with self._real.open(plan, attributes) as scan:
            if self.fail is not None:
                raise self.fail
            self.first()
            yield scan
            self.last()

    def leave(self) -> None:
        """Give the workspace its own back."""
        self.house.__dict__["compute"] = self._real


def worker(verb: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a verb of ``club_worker`` in a process of its own: nothing is shared but the files."""
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("club_worker.py")), verb,
         *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
