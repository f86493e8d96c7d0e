# SPDX-License-Identifier: Apache-2.0
"""From the keys of a score to its formula, in stored units; every mistake is noted at its place.

A key that is missing has been noted before; here it is made up, so that all else is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of, stored
from privseg.loaders.policy_inputs import Inputs
from privseg.loaders.policy_score_file import LifetimeEntry, ScoreEntry, SignalEntry
from privseg.policy.catalogue import Catalogue, Column, ColumnType
from privseg.policy.scores import (
    MOST,
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    LifetimeParameters,
    LifetimeValue,
    Preferred,
    Rfm,
    ScoreKind,
    Signal,
)
from privseg.terms import Attribute, Currency

SUMMABLE = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY})
MOST_CUTS = 100
MOST_PARTS = 50  # events of one score
MOST_PERIODS = 10_000
PARAMETERS = ("r", "alpha", "a", "b", "p", "q", "v")
_MADE_UP = dict.fromkeys(PARAMETERS, Fraction(2))


class Maker:
    """Makes the formula of one score."""

    def __init__(
        self, name: str, entry: ScoreEntry, catalogue: Catalogue, mistakes: Mistakes
    ) -> None:
        self._name = name
        self._entry = entry
        self._mistakes = mistakes
        self._inputs = Inputs(entry, catalogue, mistakes)

    def formula(self) -> Formula:
        """Return the formula that the entry names."""
        makers: Mapping[ScoreKind, Callable[[], Formula]] = {
            ScoreKind.RFM: self._rfm,
            ScoreKind.ENGAGEMENT: self._engagement,
            ScoreKind.AFFINITY: self._affinity,
            ScoreKind.PREFERRED: self._preferred,
            ScoreKind.FATIGUE: self._fatigue,
            ScoreKind.FUNNEL: self._funnel,
            ScoreKind.LIFETIME_VALUE: self._lifetime_value,
        }
        return makers[self._entry.formula]()

    def _rfm(self) -> Rfm:
        amount, column = self._amount(SUMMABLE)
        within = self._days("within")
        cuts = self._cuts("recency_days")
        if "within" in self._entry.model_fields_set and cuts and cuts[-1] > within:
            self._note(f"the window has {within} days: nobody is longer ago", "recency_days")
        return Rfm(
            event=self._entry.event or "",
            amount=amount,
            within_days=within,
            recency_days=cuts,
            frequency=self._cuts("frequency"),
            monetary=self._amounts("monetary", column),
        )

    def _engagement(self) -> Engagement:
        signals = self._entry.signals or {}
        self._few("signals", signals, least=1)
        for event in signals:
            self._inputs.event(event, "signals", event)
        within = self._days("within")
        found = {event: self._signal(s) for event, s in signals.items()}
        return Engagement(within, found or {"": Signal(1, 1)})

    def _signal(self, entry: SignalEntry) -> Signal:
        for key in ("weight", "cap"):
            if not 1 <= getattr(entry, key) <= MOST:
                self._mistakes.note(f"from 1 to {MOST:,}", entry.place(key))
        return Signal(_within(entry.weight, MOST), _within(entry.cap, MOST))

    def _affinity(self) -> Affinity:
        of = self._entry.of or ""
        column = self._inputs.attribute(of, "of", {ColumnType.CATEGORY, ColumnType.SET})
        values = () if column is None else column.values
        return Affinity(Attribute(of), self._days("within"), self._count("at_least"), values)

    def _preferred(self) -> Preferred:
        channels = self._named("channels", least=1)
        zone = self._zone(next(iter(channels.values()), ""))
        return Preferred(channels, self._days("within"), self._count("at_least"), zone)

    def _fatigue(self) -> Fatigue:
        sent, reaction = self._entry.sent or "", self._entry.reaction or ""
        for key in ("sent", "reaction"):
            self._inputs.event(getattr(self._entry, key), key)
        if sent == reaction and sent:
            self._note("a message does not answer itself: name another event", "reaction")
        return Fatigue(sent, reaction, self._days("within"), self._cuts("cuts"))

    def _funnel(self) -> Funnel:
        return Funnel(self._named("stages", least=2), self._days("within"))

    def _lifetime_value(self) -> LifetimeValue:
        amount, column = self._amount(frozenset({ColumnType.MONEY}))
        currency = None if column is None else column.currency
        (grid,) = self._amounts("grid", column) or (1,)
        return LifetimeValue(
            event=self._entry.event or "",
            amount=amount,
            period_days=self._days("period"),
            horizon=self._count("horizon", most=MOST_PERIODS),
            grid=max(grid, 1),
            currency=currency or Currency("EUR"),
            time_zone=self._zone(self._entry.event or ""),
            parameters=self._parameters(),
        )

    def _parameters(self) -> LifetimeParameters | None:
        """Return the public parameters; None to fit them."""
        entry = self._entry.parameters
        if not isinstance(entry, LifetimeEntry):
            return None
        values: dict[str, Fraction] = {key: getattr(entry, key) for key in PARAMETERS}
        for key, value in values.items():
            if value <= 0:
                self._mistakes.note("more than 0", entry.place(key))
        if entry.a == 1:
            self._mistakes.note("BG/NBD has no forecast at 1: say 1.0001", entry.place("a"))
        if 0 < entry.q <= 1:
            message = "more than 1, or Gamma-Gamma has no mean"
            self._mistakes.note(message, entry.place("q"))
        sound = min(values.values()) > 0 and entry.q > 1
        return LifetimeParameters(**values if sound else _MADE_UP)

    def _amount(self, types: frozenset[ColumnType]) -> tuple[Attribute, Column | None]:
        """Return the property that the event's worth is, and its column if there is one."""
        event = self._entry.event or ""
        return self._inputs.property_of(event, self._entry.amount, "amount", types)

    def _amounts(self, key: str, column: Column | None) -> tuple[int, ...]:
        """Return amounts as the column stores them, ascending."""
        given = getattr(self._entry, key)
        if given is None or column is None:
            return ()
        literals = given if isinstance(given, tuple) else (given,)
        numbers = [stored(literal, column, self._mistakes) for literal in literals]
        found = tuple(n for n in numbers if n is not None)
        if len(found) == len(numbers):
            self._ascending(key, found)
        return found

    def _cuts(self, key: str) -> tuple[int, ...]:
        """Return cut points, which ascend."""
        found: tuple[int, ...] = getattr(self._entry, key) or ()
        if key in self._entry.model_fields_set:
            self._ascending(key, found)
        return found

    def _ascending(self, key: str, numbers: Sequence[int]) -> None:
        """Note no number, too many, one below 1, and one that is not more than that before it."""
        if not 1 <= len(numbers) <= MOST_CUTS:
            self._note(f"from 1 to {MOST_CUTS} cut points, the smallest first", key)
        if any(n < 1 for n in numbers):
            self._note("more than 0", key)
        for i, (low, high) in enumerate(pairwise(numbers), start=1):
            if high <= low:
                self._note("cut points ascend: each is more than the one before it", key, i)

    def _named(self, key: str, *, least: int) -> Mapping[str, str]:
        """Return names with their events, each event under one name."""
        found: Mapping[str, str] = getattr(self._entry, key) or {}
        self._few(key, found, least=least)
        places = [self._entry.place(key, name) for name in found]
        for name, place in zip(found, places, strict=True):
            codes.spelt(name, codes.NAME, place, self._mistakes)
            self._inputs.event(found[name], key, name)
        codes.once(found.values(), places, self._mistakes)
        return found or {"": ""}

    def _few(self, key: str, parts: Mapping[str, object], *, least: int) -> None:
        """Note too few or too many parts."""
        if key in self._entry.model_fields_set and not least <= len(parts) <= MOST_PARTS:
            self._note(f"from {least} to {MOST_PARTS} of them", key)

    def _days(self, key: str) -> int:
        """Return a number of days."""
        return days_of(self._entry, key, self._mistakes) or 1

    def _count(self, key: str, most: int = MOST) -> int:
        """Return a number from 1 on."""
        number: int | None = getattr(self._entry, key)
        if number is not None and not 1 <= number <= most:
            self._note(f"from 1 to {most:,}", key)
        return _within(number or 1, most)

    def _zone(self, event: str) -> str:
        """Return whose days and hours count: as said, else those of the event's source."""
        if (said := self._entry.time_zone) is not None:
            return codes.time_zone(said, self._entry.place("time_zone"), self._mistakes)
        return self._inputs.zone_of(event)

    def _note(self, message: str, *path: str | int) -> None:
        """Note a mistake in the entry."""
        self._mistakes.note(message, self._entry.place(*path))


def _within(number: int, most: int) -> int:
    """Return the number from 1 to ``most`` that is nearest: another one has been noted."""
    return max(1, min(number, most))
