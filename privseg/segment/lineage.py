# SPDX-License-Identifier: Apache-2.0
"""What a score is made of, in words: its inputs, its formula, its parameters and its grid.

Nothing of anybody's data is in it: a formula is public (``docs/explanation/scores.md``).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from gettext import gettext as _
from gettext import ngettext

from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    LifetimeValue,
    Preferred,
    Rfm,
    Score,
)
from privseg.terms import Currency


def describe(score: Score) -> str:
    """Return one paragraph: what is computed, from what, by which public numbers.

    >>> from privseg.terms import Category, Place
    >>> funnel = Funnel({"seen": "page_view", "bought": "purchase"}, 30)
    >>> print(describe(Score("way", funnel, Category("browsing"), Place("shop.yaml", 1))))
    way.stage, way.step: the furthest of 1 seen (page_view), 2 bought (purchase) reached in the 30 \
days before; step 0 and no stage for none. Reads page_view, purchase. Its parameters are public.
    """
    said = (_formula(score.formula), _reads(score), _source(score))
    return _("{results}: {words}").format(
        results=_listed(score.outputs), words=" ".join(f"{part}." for part in said)
    )


def _formula(formula: Formula) -> str:  # noqa: PLR0911 - one for each kind
    """Return the formula in words."""
    match formula:
        case Rfm():
            return _rfm(formula)
        case Engagement():
            return _engagement(formula)
        case Affinity():
            return _affinity(formula)
        case Preferred():
            return _preferred(formula)
        case Fatigue():
            return _fatigue(formula)
        case Funnel():
            return _funnel(formula)
        case LifetimeValue():
            return _lifetime(formula)


def _rfm(formula: Rfm) -> str:
    return _(
        "levels from 1 up, the highest the best, of each {event} {window}: recency, one more for "
        "each of {recency} that the days since the last stay under; frequency, one more for each "
        "of {frequency} that their number reaches; monetary, one more for each of {monetary} "
        "(stored units) that the sum of {amount} reaches; total is their sum; missing without any"
    ).format(
        event=formula.event,
        window=_window(formula.within_days),
        recency=_listed(map(str, formula.recency_days)),
        frequency=_listed(map(str, formula.frequency)),
        monetary=_listed(map(str, formula.monetary)),
        amount=formula.amount,
    )


def _engagement(formula: Engagement) -> str:
    signals = (
        _("{weight} for each {event} up to {cap}").format(
            weight=signal.weight, event=event, cap=signal.cap
        )
        for event, signal in formula.signals.items()
    )
    return _("100 times the points {window} over {greatest}, rounded down: {signals}").format(
        window=_window(formula.within_days), greatest=formula.greatest, signals=_listed(signals)
    )


def _affinity(formula: Affinity) -> str:
    return _(
        "the value that most of {of} has {window} (ties: the one declared first), and the percent "
        "of events that have it, rounded down; missing below {number} events with a known value"
    ).format(of=formula.of, window=_window(formula.within_days), number=formula.at_least)


def _preferred(formula: Preferred) -> str:
    channels = (f"{name} ({event})" for name, event in formula.channels.items())
    return _(
        "the channel with the most reactions {window} among {channels} (ties: the first), and the "
        "hour of the day with the most in {zone} (ties: the earlier); missing below {number} "
        "reactions"
    ).format(
        window=_window(formula.within_days),
        channels=_listed(channels),
        zone=formula.time_zone,
        number=formula.at_least,
    )


def _fatigue(formula: Fatigue) -> str:
    return _(
        "how many {sent} {window} came after the last {reaction}, and a level from 0 up: one more "
        "for each of {cuts} that it reaches"
    ).format(
        sent=formula.sent,
        reaction=formula.reaction,
        window=_window(formula.within_days),
        cuts=_listed(map(str, formula.cuts)),
    )


def _funnel(formula: Funnel) -> str:
    stages = (f"{n} {name} ({e})" for n, (name, e) in enumerate(formula.stages.items(), start=1))
    return _("the furthest of {stages} reached {window}; step 0 and no stage for none").format(
        stages=_listed(stages), window=_window(formula.within_days)
    )


def _lifetime(formula: LifetimeValue) -> str:
    return _(
        "BG/NBD (Fader, Hardie, Lee 2005) and Gamma-Gamma (Fader, Hardie 2013) over every local "
        "day ({zone}) with {event} before: purchases expected in the next {horizon} periods of "
        "{days} days, to two decimals; their worth in {amount}, to the nearest {grid}; the "
        "probability of being alive in percent; missing without any"
    ).format(
        zone=formula.time_zone,
        event=formula.event,
        horizon=formula.horizon,
        days=formula.period_days,
        amount=formula.amount,
        grid=_money(formula.grid, formula.currency),
    )


def _reads(score: Score) -> str:
    return _("Reads {inputs}").format(inputs=_listed(sorted(score.formula.inputs)))


def _source(score: Score) -> str:
    """Return where its parameters come from, and what follows."""
    if score.crosses_people:
        return _(
            "Its parameters are fitted to the people of a run, so it is barred from differentially "
            "private releases"
        )
    match score.formula:
        case LifetimeValue(parameters=parameters) if parameters is not None:
            names = ("r", "alpha", "a", "b", "p", "q", "v")
            listed = _listed(f"{n} {_decimal(getattr(parameters, n))}" for n in names)
            return _("Its parameters are public: {parameters}").format(parameters=listed)
        case _:
            return _("Its parameters are public")


def _window(days: int) -> str:
    return ngettext("in the day before", "in the {days} days before", days).format(days=days)


def _money(minor: int, currency: Currency) -> str:
    return f"{_decimal(Fraction(minor, 10**currency.exponent))} {currency.code}"


def _decimal(number: Fraction) -> str:
    """Return an exact decimal, without trailing zeros; what has no end is cut at 28 digits.

    >>> _decimal(Fraction("4.410")), _decimal(Fraction(700))
    ('4.41', '700')
    """
    return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)
