# SPDX-License-Identifier: Apache-2.0
"""The club, with purposes of every kind that a right is about. Nobody in it exists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyroaring import FrozenBitMap

from privseg.engine import Outside, Workspace
from privseg.gate import Admission, eligible_people
from privseg.segment import read_set
from privseg.terms import Ordinal, StaffRole
from tests.twins import club

MORE_PURPOSES = """  insight.use:
    title: Which offers are used
    kind: analytics
    basis: {legitimate_interest: [DE, FR], opt_out: [US-CA]}
    categories: [location, interests, purchases]
  post:
    title: Post to members
    kind: marketing
    basis: {legitimate_interest: [DE, FR]}
    categories: [location, interests]
  ads.banners:
    title: Advertising elsewhere
    kind: advertising
    basis: {opt_out: [US-CA]}
    categories: [location, interests, purchases]
    notice: terms
  scoring:
    title: Who may pay later
    kind: service
    significant: true
    human_review: write to the club
    dpia: DPIA-1
    basis: {opt_out: [US-CA]}
    categories: [location, purchases]
  claims:
    title: Keeping what a court may ask for
    kind: legal_claims
    basis: {legal_obligation: [DE, FR, US-CA]}
    categories: [location, interests, purchases]
segmenters:
  insights:
    purpose: insight.use
    reads: [country, hobby, purchase, purchase.amount]
    run_by: [marketer, analyst]
    releases: {guarantee: dp, min_people: 5, rho: 1/16, groups_per_person: 1}
  posters:
    purpose: post
    reads: [country, hobby]
    run_by: [marketer, analyst]
    releases: {guarantee: dp, min_people: 5, rho: 1/16, groups_per_person: 1}
  banners:
    purpose: ads.banners
    reads: [country, hobby]
    run_by: [marketer, analyst]
    releases: {guarantee: dp, min_people: 5, rho: 1/16, groups_per_person: 1}
  court:
    purpose: claims
    reads: [country, hobby]
    run_by: [marketer, analyst]
    releases: {guarantee: dp, min_people: 5, rho: 1/16, groups_per_person: 1}
"""
TOP = """controller: club
opt_out_notice_since: 2020-01-01
data_collected_since: 2021-01-01
contact: privacy@example.com
"""
POLICY = (
    club.POLICY.replace("segmenters:\n", MORE_PURPOSES)
    .replace("values: [DE, FR]", "values: [DE, FR, US]")
    .replace("purposes: [marketing, care]", "purposes: [marketing, care, ads.banners]")
    .replace("controller: club\n", TOP)
)
SEGMENTS = {
    **club.SEGMENTS,
    "users": "segment: users\nlabel: {en: Users}\nsegmenter: insights\n"
    "where: {attribute: hobby, contains: garden}\n",
    "posted": "segment: posted\nlabel: {en: Posted}\nsegmenter: posters\n"
    "where: {attribute: hobby, contains: garden}\n",
    "banner": "segment: banner\nlabel: {en: Banner}\nsegmenter: banners\n"
    "where: {attribute: hobby, contains: garden}\n",
    "court": "segment: court\nlabel: {en: Court}\nsegmenter: court\n"
    "where: {attribute: hobby, contains: garden}\n",
}


def lay(root: Path) -> None:
    """Write the policy, segments and reports into a workspace."""
    club.lay(root)
    (root / "policies" / "club.yaml").write_text(POLICY, "utf-8")
    for name, text in SEGMENTS.items():
        (root / "segments" / f"{name}.yaml").write_text(text, "utf-8")


def found(
    folder: Path,
    members: list[club.Member],
    *,
    outside: Outside | None = None,
    database: str | None = None,
) -> Workspace:
    """Make the club with these members; whoever is of the US lives in California."""
    made = Workspace.create(
        folder / "club",
        keys=folder / "keys" / "club.json",
        outside=outside or Outside(clock=club.Clock()),
        database=database,
    )
    lay(made.folder)
    made.load(club.member_rows(members), source="members")
    made.load(club.order_rows(members), source="orders")
    rows = club.consent_rows(members)
    rows["value"] = rows["value"].replace("US", "US-CA")
    made.consents(rows)
    return made


def read(ws: Workspace, segments: Sequence[str], *, runs: bool) -> dict[str, set[str]]:
    """Return by segment the numbers of whom its run finds, or whom the gate would let through."""
    found = _ran(ws, segments) if runs else {name: _let_through(ws, name) for name in segments}
    known = {p: _number(ws, p) for p in set().union(*found.values())}
    return {name: {known[p] for p in people} for name, people in found.items()}


def _ran(ws: Workspace, segments: Sequence[str]) -> dict[str, FrozenBitMap]:
    role, ws.role = ws.role, StaffRole.MARKETER
    ended = ws.run_segments(list(segments))
    ws.role = role
    assert {ran.state.value for ran in ended} == {"done"}, [ran.why for ran in ended]
    newest = {name: ws._house.runs.newest(name) for name in segments}
    return {name: found.people for name, found in newest.items() if found is not None}


def _let_through(ws: Workspace, segment: str) -> FrozenBitMap:
    house = ws._house
    reads = read_set(house.segments[segment].where, house.policy.catalogue, house.segments)
    asked = Admission("0" * 32, house.segments[segment].segmenter, StaffRole.MARKETER, reads)
    return eligible_people(
        asked, policy=house.policy, sets=house.sets,
        population=house.vault.people(house.columns.snapshot()),
        at=house.now(), known_at=house.ledger.position(),
    )  # fmt: skip


def _number(ws: Workspace, person: Ordinal) -> str:
    (found,) = (s for s in ws._house.vault.identity(person) if s.kind == "customer_number")
    return found.value


@contextmanager
def opened(root: Path, clock: club.Clock) -> Iterator[Workspace]:
    """Open the workspace once more."""
    with Workspace.open(root, outside=Outside(clock=clock)) as ws:
        yield ws
