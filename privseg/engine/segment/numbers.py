# SPDX-License-Identifier: Apache-2.0
"""How big a segment is, and how many would come and go if it changed: protected and charged.

Never exact: a size on conditions that somebody may choose freely tells who is in it. Both are
reports like any other, on the same path and out of the same budget.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike

from privseg.engine.budget.line import PEOPLE
from privseg.engine.house import House
from privseg.engine.report.foreseeing import foresee
from privseg.engine.report.published import Published, size_request, with_breakdown
from privseg.engine.report.publishing import Draft
from privseg.engine.report.running import run_report
from privseg.engine.segment.definition_reading import Definition, written_out
from privseg.engine.segment.files import Candidate, in_workspace
from privseg.engine.segment.record import borne_out, in_force
from privseg.errors import InputError
from privseg.release import ExpectedError, ReportPlan, ReportRequest, expected_error
from privseg.segment import All, Library, Not, Segment
from privseg.terms import StaffRole

ENTER, LEAVE = "would-enter", "would-leave"


class NothingToCompareError(InputError):
    """A change is to be planned of a segment that is new: nobody is in it yet."""

    def __init__(self, segment: str) -> None:
        super().__init__(
            f'segment "{segment}" is new: nobody is in it yet, so nobody would leave; '
            "how many would be in it says: privseg segment preview"
        )
        self.segment = segment


@dataclass(frozen=True, slots=True)
class Question:
    """A protected question about a segment: the report that asks it, and of which segments."""

    segment: str
    request: ReportRequest
    draft: Draft | None
    version: str
    before: str | None = None  # of a plan: the version in force


@dataclass(frozen=True, slots=True)
class SegmentNumbers:
    """What a question costs and how precise its answer is, and the answer unless only foreseen.

    ``plan`` is None where nothing would change, so that no number is needed; ``was_known`` is
    whether it had been answered on this edition, and was free.
    """

    segment: str
    version: str
    before: str | None
    plan: ReportPlan | None
    expected: tuple[ExpectedError, ...]
    published: Published | None = None
    was_known: bool = False


def preview_question(
    house: House, named: str | PathLike[str], *, by: str | None = None
) -> Question:
    """Return the question how big a segment is, broken down if asked.

    Of a segment of the workspace it is the very report that ``report run`` makes of it.
    """
    found = in_workspace(house, named)
    draft = Draft(found.library, found.library, found.name) if found.is_draft else None
    request = with_breakdown(size_request(found.segment), by)
    return Question(found.name, request, draft, found.version)


def plan_question(house: House, named: str | PathLike[str]) -> Question:
    """Return the question how many would enter and leave, among the people that both may read.

    Raises:
        NothingToCompareError: no definition of that name is in force, or in the folder.
    """
    found = in_workspace(house, named)
    old = _before(house, found)
    new = found.library.expand(found.segment.where)
    reveals = found.library.reveals(found.name) | old.reveals
    made = Library(
        Segment(name, found.segment.segmenter, All((is_in, Not(is_not))), reveals=reveals)
        for name, is_in, is_not in ((ENTER, new, old.where), (LEAVE, old.where, new))
    )
    draft = Draft(made, found.library, found.name, is_plan=True)
    return Question(found.name, _change_request(found), draft, found.version, old.version)


def answer(house: House, question: Question, *, role: StaffRole, dry_run: bool) -> SegmentNumbers:
    """Answer a question with protected numbers; charged once for each edition.

    A dry run says what it would cost and how precise it would be; it reads and changes nothing.

    Raises:
        The same as ``run_report``.
    """
    if question.before == question.version:
        return SegmentNumbers(question.segment, question.version, question.before, None, ())
    plan = foresee(house, question.request, role=role, draft=question.draft) if dry_run else None
    published = None
    spent = house.losses.lifetime(PEOPLE)
    if plan is None:
        run = run_report(house, question.request, role=role, draft=question.draft)
        published = Published(run)
        plan = published.statement.plan
    return SegmentNumbers(
        question.segment, question.version, question.before, plan, expected_error(plan),
        published, was_known=not dry_run and house.losses.lifetime(PEOPLE) == spent,
    )  # fmt: skip


def _before(house: House, found: Candidate) -> Definition:
    """Return the definition in force, references written out.

    Where the record has none, it is that of the workspace's folder.
    """
    version = in_force(borne_out(house, found.name), found.name)
    if version is not None:
        return written_out(house.definitions, version)
    if found.name not in house.segments or not found.is_draft:
        raise NothingToCompareError(found.name)
    here = house.segments
    segment = here[found.name]
    return Definition(
        here.version(found.name), segment.segmenter, here.expand(segment.where),
        here.reveals(found.name),
    )  # fmt: skip


def _change_request(found: Candidate) -> ReportRequest:
    """Return the report that asks how many would come and go."""
    size = size_request(found.segment)
    return replace(
        size,
        name=f"{found.name}-plan",
        title=f"What a change of {found.name} would do",
        segments=(ENTER, LEAVE),
        not_included=False,
    )
