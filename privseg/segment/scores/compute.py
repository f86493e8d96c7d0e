# SPDX-License-Identifier: Apache-2.0
"""A score of many people at once; the same people alone have the same score."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    LifetimeParameters,
    LifetimeValue,
    Preferred,
    Rfm,
    Score,
)
from privseg.segment.scores.activity import Activity, Column
from privseg.segment.scores.behaviour import engagement, fatigue, funnel, rfm
from privseg.segment.scores.errors import UnknownResultError
from privseg.segment.scores.preference import affinity, preferred
from privseg.segment.scores.purchases import Summary, summarise
from privseg.terms import Attribute


def compute_score(
    score: Score,
    activity: Activity,
    *,
    at: datetime,
    outputs: frozenset[Attribute],
    parameters: LifetimeParameters | None = None,
) -> Mapping[Attribute, Column]:
    """Return the results of ``score`` that ``outputs`` names, of everybody in ``activity``.

    Nothing from ``at`` on matters, nor anything before the window, nor the order of rows. Somebody
    else's rows matter only where a lifetime value is fitted: then, unless ``parameters`` are given
    as some run found them, to these people.

    Raises:
        UnknownResultError: the score has no such result.
        IncompleteActivityError: an input was not given.
        NotFittedError: a lifetime value was to be fitted, and its models do not fit these people.
            With public parameters, or those given, no data make it fail.
    """
    if unknown := sorted(outputs - score.outputs.keys()):
        raise UnknownResultError(unknown[0])
    found = _columns(score.formula, activity, at, parameters, _own(outputs))
    return _named(score, found, outputs)


def fit(score: Score, summaries: list[Summary]) -> LifetimeParameters:
    """Return the parameters of a lifetime value that fit the people of all ``summaries``.

    They are made of those people's data: whatever is computed with them is, too.

    Raises:
        NotFittedError: one of the models does not fit them.
        TypeError: another kind of score has no parameters to fit.
    """
    from privseg.segment.scores import lifetime  # noqa: PLC0415 - scipy only for who needs it

    return lifetime.fit(_lifetime(score), summaries)


def summary_of(score: Score, activity: Activity, *, at: datetime) -> Summary:
    """Return what a lifetime value needs of these people, and nothing of anybody else.

    Raises:
        IncompleteActivityError: an input was not given.
        TypeError: another kind of score needs no summary.
    """
    return summarise(_lifetime(score), activity, at=at)


def lifetime_columns(
    score: Score,
    summary: Summary,
    *,
    parameters: LifetimeParameters,
    outputs: frozenset[Attribute],
) -> Mapping[Attribute, Column]:
    """Return the results of a lifetime value that ``outputs`` names, of a summary's people.

    Where the closed form has no finite value, the person has none, and nobody else is touched.

    Raises:
        UnknownResultError: the score has no such result.
        TypeError: another kind of score has no summary.
    """
    from privseg.segment.scores import lifetime  # noqa: PLC0415 - scipy only for who needs it

    if unknown := sorted(outputs - score.outputs.keys()):
        raise UnknownResultError(unknown[0])
    found = lifetime.lifetime_columns(
        _lifetime(score), summary, parameters=parameters, asked=_own(outputs)
    )
    return _named(score, found, outputs)


def _columns(  # noqa: PLR0911 - one for each kind
    formula: Formula,
    activity: Activity,
    at: datetime,
    parameters: LifetimeParameters | None,
    asked: frozenset[str],
) -> Mapping[str, Column]:
    """Return at least the results ``asked`` for, by their own names."""
    match formula:
        case Rfm():
            return rfm(formula, activity, at=at)
        case Engagement():
            return engagement(formula, activity, at=at)
        case Affinity():
            return affinity(formula, activity, at=at)
        case Preferred():
            return preferred(formula, activity, at=at)
        case Fatigue():
            return fatigue(formula, activity, at=at)
        case Funnel():
            return funnel(formula, activity, at=at)
        case LifetimeValue():
            return _lifetime_value(formula, activity, at, parameters, asked)


def _lifetime_value(
    formula: LifetimeValue,
    activity: Activity,
    at: datetime,
    parameters: LifetimeParameters | None,
    asked: frozenset[str],
) -> Mapping[str, Column]:
    """Return results with the policy's parameters, those given, or those fitted."""
    from privseg.segment.scores import lifetime  # noqa: PLC0415 - scipy only for who needs it

    summary = summarise(formula, activity, at=at)
    used = formula.parameters or parameters or lifetime.fit(formula, [summary])
    return lifetime.lifetime_columns(formula, summary, parameters=used, asked=asked)


def _own(outputs: frozenset[Attribute]) -> frozenset[str]:
    """Return the own names of results."""
    return frozenset(name.partition(".")[2] for name in outputs)


def _named(
    score: Score, found: Mapping[str, Column], outputs: frozenset[Attribute]
) -> Mapping[Attribute, Column]:
    """Return the results that were asked for, under their full names."""
    full = {Attribute(f"{score.name}.{own}"): column for own, column in found.items()}
    return {name: full[name] for name in score.outputs if name in outputs}


def _lifetime(score: Score) -> LifetimeValue:
    """Return the formula of a lifetime value."""
    if not isinstance(score.formula, LifetimeValue):
        raise TypeError(f"score {score.name!r} is no lifetime value")
    return score.formula
