# SPDX-License-Identifier: Apache-2.0
"""What a model would be learned of, before anything is read: declared in policy, by name."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from privseg.engine.house import House
from privseg.engine.learning.errors import ModelMistakeError, UnknownModelError
from privseg.engine.reading import reads_of
from privseg.frames import Amount, CountOf, DaysSince, Edition, OfPerson, SumOf
from privseg.frames.amount import reads_of as amount_reads
from privseg.gate import Admission
from privseg.policy.learning import Feature, Learning, Take
from privseg.protect import PrivacyLoss
from privseg.release.compile import ResultBarredError
from privseg.release.learned_asked import Json, asked_hash, learned_asked
from privseg.release.window import window_of
from privseg.segment import Library, barred
from privseg.terms import Attribute, StaffRole


@dataclass(frozen=True, slots=True)
class LearningRun:
    """One model about to be learned."""

    declared: Learning
    asked: Json  # what stands in the statement
    admission: Admission
    edition: Edition
    library: Library
    amounts: tuple[Amount, ...]

    @property
    def plan(self) -> str:
        """Return the hash of what is asked: bounds and versions of segments are in it."""
        return asked_hash(self.asked)

    @property
    def loss(self) -> PrivacyLoss:
        """Return what it is charged."""
        return PrivacyLoss(self.declared.rho)


def find_model(house: House, name: str) -> Learning:
    """Return a declaration of a model.

    Raises:
        UnknownModelError: the policy has none of this name.
    """
    if name not in house.policy.learning:
        raise UnknownModelError(name, known=tuple(house.policy.learning))
    return house.policy.learning[name]


def prepare_learning(
    house: House, declared: Learning, edition: Edition, *, role: StaffRole
) -> LearningRun:
    """Return the run that would learn a declared model on ``edition``; reads no data.

    Raises:
        ModelMistakeError: a segment of it is not there, or another segmenter's.
        ResultBarredError: it reads a result that was fitted to people.
    """
    names = tuple(dict.fromkeys(declared.segments))
    _check_segments(house, declared, names)
    amounts = tuple(amount_of(f, edition) for f in declared.features)
    taken = frozenset[Attribute]().union(*(amount_reads(a) for a in amounts))
    reads = house.policy.catalogue.closure_of(taken) | reads_of(house, house.segments, names)
    if found := barred(reads, house.policy.catalogue):
        raise ResultBarredError(found, place=declared.place)
    versions = {name: house.segments.version(name) for name in names}
    admission = Admission(
        run_id=secrets.token_hex(16),
        segmenter=declared.segmenter,
        actor=role,
        reads=reads,
        segments=versions,
        reveals=frozenset().union(*(house.segments.reveals(name) for name in names)),
    )
    asked = learned_asked(declared, house.policy, versions=versions)
    return LearningRun(declared, asked, admission, edition, house.segments, amounts)


def amount_of(feature: Feature, edition: Edition) -> Amount:
    """Return what is taken of each person."""
    window = window_of(feature.days, edition.at)
    match feature.take:
        case Take.AMOUNT:
            return OfPerson(feature.attribute)
        case Take.COUNT:
            return CountOf(feature.attribute, window)
        case Take.SUM:
            return SumOf(feature.attribute, window)
        case Take.DAYS_SINCE:
            return DaysSince(feature.attribute, window)


def _check_segments(house: House, declared: Learning, names: tuple[str, ...]) -> None:
    """Refuse segments that are not there, broken, or another segmenter's."""
    for name in names:
        if name not in house.segments:
            raise house.no_segment(name)
        if (own := house.segments[name].segmenter) != declared.segmenter:
            why = f'segment "{name}" is of segmenter "{own}", not "{declared.segmenter}"'
            raise ModelMistakeError(why, declared.place)
