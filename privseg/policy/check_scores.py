# SPDX-License-Identifier: Apache-2.0
"""What is wrong or doubtful about scores: nobody reads them, or nobody may, or no report can."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.findings import Finding, doubt, mistake
from privseg.policy.grounds import reading
from privseg.policy.rules import Policy, Segmenter
from privseg.policy.scores import Score
from privseg.terms import Attribute, Place


def score_findings(policy: Policy) -> Iterator[Finding]:
    """Yield scores of which no segmenter reads any result."""
    read = {a for s in policy.segmenters.values() for a in s.reads}
    for score in policy.catalogue.scores.values():
        if read.isdisjoint(score.outputs):
            yield doubt(f"no segmenter reads {score.name}, a score: is it needed?", score.place)


def unreadable_results(policy: Policy, segmenter: Segmenter) -> Iterator[Finding]:
    """Yield the results that a segmenter lists and can never read, once for each score and place.

    All results of a score are made of the same, so what keeps one away keeps the others.
    """
    for _, name, place in _scores_read(policy, segmenter):
        for ground in reading(policy, segmenter, name):
            if not ground.holds:
                yield mistake(f"never allowed: {ground}", place)


def in_vain(policy: Policy, segmenter: Segmenter) -> Iterator[Finding]:
    """Yield scores whose parameters cross people: no differentially private release has them.

    One person more or less would change the parameters, and with them who else is in a segment.
    """
    for score, _, place in _scores_read(policy, segmenter):
        if score.crosses_people:
            message = (
                f"{score.name} is fitted to the people of a run: reports of segments that read it "
                "are refused; state its parameters, or use it without releases"
            )
            yield doubt(message, place)


def _scores_read(policy: Policy, segmenter: Segmenter) -> Iterator[tuple[Score, Attribute, Place]]:
    """Yield each score of which results are listed, with the first of them at each place."""
    told: set[tuple[str, Place]] = set()
    for name, place in segmenter.reads.items():
        score = policy.catalogue.score_of(name)
        if score is not None and (score.name, place) not in told:
            told.add((score.name, place))
            yield score, name, place
