# SPDX-License-Identifier: Apache-2.0
"""The segment verbs of a workspace: look, ask how big, run, change, approve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike

from privseg.engine.acting import Acting
from privseg.engine.budget.advice import advised
from privseg.engine.policy.rulebook import Rulebook
from privseg.engine.roles import Verb
from privseg.engine.segment import changes as segment_changes
from privseg.engine.segment import history as segment_history
from privseg.engine.segment import numbers as segment_numbers
from privseg.engine.segment import showing as segmenting
from privseg.engine.segment import versions as segment_versions
from privseg.engine.segment.changes import SegmentStanding
from privseg.engine.segment.checking import SegmentsChecked, check_segments
from privseg.engine.segment.deps import Dependencies, dependencies
from privseg.engine.segment.due import DueRun, run_due
from privseg.engine.segment.history import SegmentHistory
from privseg.engine.segment.new import SegmentMade, new_segment
from privseg.engine.segment.numbers import SegmentNumbers
from privseg.engine.segment.running import SegmentRan, run_segments
from privseg.engine.segment.versions import SegmentDiff
from privseg.engine.views import SegmentView
from privseg.policy import Finding

Named = str | PathLike[str]
"""A segment by its name, or a file that holds one."""


class SegmentVerbs(Acting):
    """What marketers, analysts and engineers do with segments."""

    @property
    def broken_segments(self) -> Mapping[str, str]:
        """Return why each segment that cannot be used cannot: a mistake in its file, or below."""
        return self._house.broken

    def segment_views(self, names: Sequence[str] | None = None) -> list[SegmentView]:
        """Return segments in words, with what they read and whether they may."""
        return segmenting.views(self._house, names, role=self._acting(Verb.RULES))

    def check_segments(self, named: Sequence[str] = ()) -> SegmentsChecked:
        """Return mistakes, whether each segment may read what it reads, and doubtful colours."""
        return check_segments(self.rulebook, named)

    def segment_mistakes(self) -> tuple[Finding, ...]:
        """Return every mistake of every segment file; none when all can be used."""
        return self.check_segments().mistakes

    def new_segment(self, name: str, *, template: str, segmenter: str | None = None) -> SegmentMade:
        """Write a segment file from a template; nothing is overwritten."""
        self._acting(Verb.SEGMENT)
        return new_segment(self.rulebook, name, template=template, segmenter=segmenter)

    def segment_dependencies(self, name: str) -> Dependencies:
        """Return what a segment uses, and what uses it."""
        return dependencies(self.rulebook, name)

    # --- numbers, protected and charged ------------------------------------------------------

    def preview_segment(
        self, named: Named, *, by: str | None = None, dry_run: bool = False
    ) -> SegmentNumbers:
        """Return how big a segment is, give or take; it may be a file not in the workspace yet.

        A dry run says cost and error bar, and reads nothing.

        Raises:
            The same as ``Workspace.report``.
        """
        role = self._acting(Verb.REPORT)
        question = segment_numbers.preview_question(self._house, named, by=by)
        with advised(self._house, question.request):
            return segment_numbers.answer(self._house, question, role=role, dry_run=dry_run)

    def plan_segment(self, named: Named, *, dry_run: bool = False) -> SegmentNumbers:
        """Return how many would enter and leave, give or take, if ``named`` came into force.

        Among the people that both definitions may read. Never who. Where nothing would change, no
        number is needed, and nothing is charged.
        """
        role = self._acting(Verb.REPORT)
        question = segment_numbers.plan_question(self._house, named)
        with advised(self._house, question.request):
            return segment_numbers.answer(self._house, question, role=role, dry_run=dry_run)

    # --- runs --------------------------------------------------------------------------------

    def run_segments(self, names: Sequence[str]) -> tuple[SegmentRan, ...]:
        """Find the members of segments and keep them; returns no size, and charges nothing."""
        return run_segments(
            self._house, names, role=self._acting(Verb.RUN), is_chosen=self.role is not None
        )

    def run_due(self) -> DueRun:
        """Run the segments whose schedule says so."""
        return run_due(self._house, role=self._acting(Verb.RUN), is_chosen=self.role is not None)

    # --- changes -----------------------------------------------------------------------------

    def segment_history(self, name: str) -> SegmentHistory:
        """Return the definitions and runs of a segment; never how many people."""
        return segment_history.history(self._house, name, role=self._acting(Verb.RULES))

    def segment_diff(self, named: Named, versions: Sequence[str] = ()) -> SegmentDiff:
        """Return what changes from the definition in force, or from one version to another."""
        self._acting(Verb.RULES)
        return segment_versions.diff(self._house, named, versions)

    def propose_segment(self, name: str) -> tuple[SegmentStanding, ...]:
        """Put a changed segment forward; where nobody has to approve, it comes into force."""
        return segment_changes.propose(self._house, name, role=self._acting(Verb.SEGMENT))

    def approve_segment(self, name: str, version: str) -> SegmentStanding:
        """Approve a version that somebody else proposed."""
        return segment_changes.approve(
            self._house, name, version, role=self._acting(Verb.APPROVE_SEGMENT)
        )

    @property
    def rulebook(self) -> Rulebook:
        """Return the rules of the workspace as files."""
        config = self._house.config
        return Rulebook(config.policies, config.segments, config.reports)
