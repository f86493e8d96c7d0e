# SPDX-License-Identifier: Apache-2.0
"""Scores: published formulas over what people did, computed once, on a grid, with NumPy alone.

scipy is loaded only where a lifetime value is asked for. ``privseg.segment.lineage`` says in words
what a score is made of.
"""

from privseg.segment.scores.activity import (
    MISSING,
    Activity,
    Codes,
    Column,
    Happenings,
    Numbers,
    Property,
    Sets,
)
from privseg.segment.scores.compute import compute_score, fit, lifetime_columns, summary_of
from privseg.segment.scores.errors import (
    IncompleteActivityError,
    NotFittedError,
    ScoreError,
    UnknownResultError,
)
from privseg.segment.scores.one_person import Happening, activity_of, scores_of
from privseg.segment.scores.purchases import Summary

__all__ = [
    "MISSING",
    "Activity",
    "Codes",
    "Column",
    "Happening",
    "Happenings",
    "IncompleteActivityError",
    "NotFittedError",
    "Numbers",
    "Property",
    "ScoreError",
    "Sets",
    "Summary",
    "UnknownResultError",
    "activity_of",
    "compute_score",
    "fit",
    "lifetime_columns",
    "scores_of",
    "summary_of",
]
