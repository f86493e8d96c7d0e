# SPDX-License-Identifier: Apache-2.0
"""Everybody whose data may be read: the fold over a whole population, as a bitmap of ordinals."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from pyroaring import BitMap, FrozenBitMap

from privseg.consent.asked import gaps, is_sound
from privseg.consent.assembly import Assembly, assemble
from privseg.consent.columns import EventColumns
from privseg.consent.crowd import Mask
from privseg.consent.decide import decide
from privseg.consent.due import NOBODY, Due, due, joined
from privseg.consent.parts import parts
from privseg.consent.question import PopulationQuestion
from privseg.consent.relevant import docket
from privseg.consent.rules import Rules
from privseg.consent.scope import Case
from privseg.consent.vector import Fold, fold
from privseg.consent.vector_ages import days_of
from privseg.terms import Ordinal


@dataclass(frozen=True, slots=True)
class Eligible:
    """Who may be read, and who may change by time alone."""

    people: FrozenBitMap = field(repr=False)
    due: Due = field(default=NOBODY, repr=False, compare=False)

    @property
    def valid_until(self) -> datetime | None:
        """Return until when, exclusive, this stays true without a new event.

        From that moment on somebody's answer may differ (an expiry, a grant taking force, a
        birthday). None: time alone changes nothing.
        """
        return self.due.first


def eligible(rules: Rules, events: EventColumns, question: PopulationQuestion) -> Eligible:
    """Return ``{p: decide(rules, history, question.of(p)).allowed}`` as a bitmap.

    The history of each is their own events and those of every profile tied to them in
    ``events``. People whose history is plain are folded as arrays; the others one by one.
    """
    terms = rules.purposes.get(question.purpose)
    if terms is None or not is_sound(question) or gaps(rules, question):
        return Eligible(FrozenBitMap())
    case = Case(rules, terms, question.category, question.at)
    people, dues, days = BitMap(), [], days_of(events)
    for part, read in parts(events):
        assembly = assemble(rules, part, question, read)
        bearing = docket(assembly, case, days)
        people |= _allowed(assembly, fold(bearing, case, question), rules, question)
        dues.append(due(assembly, bearing, case, question))
    return Eligible(FrozenBitMap(people), joined(dues))


def _allowed(
    assembly: Assembly, folded: Fold, rules: Rules, question: PopulationQuestion
) -> BitMap:
    """Return who is allowed: by the arrays where they say all, else asked one by one."""
    plain = assembly.people[folded.allowed & ~assembly.unsettled]
    allowed = BitMap(array("I", plain.astype(np.uint32).tobytes()))
    asked = _one_by_one(rules, assembly, question, folded.hard | assembly.unsettled)
    allowed.update(asked)
    return allowed


def _one_by_one(
    rules: Rules, assembly: Assembly, question: PopulationQuestion, chosen: Mask
) -> Iterator[Ordinal]:
    """Yield those of ``chosen`` whom ``decide`` allows."""
    for number, group in assembly.whole_groups(chosen).items():
        people = [Ordinal(int(assembly.people[n])) for n in (number, *group)]
        history = [e for p in dict.fromkeys(people) for e in assembly.events.events_of(p)]
        if decide(rules, history, question.of(people[0])).allowed:
            yield people[0]
