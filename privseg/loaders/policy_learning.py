# SPDX-License-Identifier: Apache-2.0
"""From declarations of models to rules: bounded numbers that the segmenter reads, at a price."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of, stored
from privseg.loaders.policy_learning_file import FeatureEntry, LearningEntry
from privseg.policy.catalogue import Catalogue, Column
from privseg.policy.findings import suggestion
from privseg.policy.learning import Feature, Learning, Model, Take
from privseg.policy.numbers import Number, NumberKind, number_of
from privseg.policy.rules import BudgetRules, Segmenter
from privseg.protect.learning import WIDEST
from privseg.terms import Attribute, Place

MOST_EPSILON = 4
MOST_FEATURES = 12
CLUSTERS = (2, 20)
ROUNDS = (2, 7)
USUAL_ROUNDS = 3
USUAL_STEP = Fraction(1, 100)
LEAST_STEP = Fraction(1, 1_000_000)
OF = {
    Take.AMOUNT: (NumberKind.PERSON, NumberKind.RESULT),
    Take.COUNT: (NumberKind.EVENT,),
    Take.SUM: (NumberKind.PROPERTY,),
    Take.DAYS_SINCE: (NumberKind.EVENT,),
}
WORDS = {
    Take.AMOUNT: "a number of a person's own, such as age",
    Take.COUNT: "an event, such as purchase",
    Take.SUM: "an event's property, such as purchase.amount",
    Take.DAYS_SINCE: "an event, such as purchase",
}


def read_learning(
    entries: Mapping[str, LearningEntry],
    segmenters: Mapping[str, Segmenter],
    catalogue: Catalogue,
    budget: BudgetRules,
    mistakes: Mistakes,
) -> dict[str, Learning]:
    """Return the models that may be made, by name; every mistake is noted."""
    found = {}
    for name, entry in entries.items():
        codes.spelt(name, codes.NAME, entry.place(), mistakes)
        segmenter = _segmenter(entry, segmenters, mistakes)
        _check_model(entry, mistakes)
        _check_price(entry, budget, mistakes)
        if segmenter is not None:
            found[name] = _learning(name, entry, segmenter, catalogue, mistakes)
    return found


def _learning(
    name: str, entry: LearningEntry, segmenter: Segmenter, catalogue: Catalogue, mistakes: Mistakes
) -> Learning:
    """Return one model."""
    for key in ("segment", "target"):
        if (named := getattr(entry, key)) is not None:
            codes.spelt(named, codes.NAME, entry.place(key), mistakes)
    if not 1 <= len(entry.features) <= MOST_FEATURES:
        mistakes.note(f"1 to {MOST_FEATURES} numbers", entry.place("features"))
    read = [_feature(f, segmenter, catalogue, mistakes) for f in entry.features]
    features = tuple(f for f in read if f is not None)
    taken = [f"{f.take}: {f.attribute}, {f.days}" for f in features]
    codes.once(taken, [f.place for f in features], mistakes)
    is_personas = entry.model is Model.PERSONAS
    return Learning(
        name=name,
        model=entry.model,
        segmenter=segmenter.name,
        features=features,
        epsilon=entry.epsilon,
        place=entry.place(),
        segment=entry.segment,
        clusters=entry.clusters if is_personas else None,
        rounds=(entry.rounds or USUAL_ROUNDS) if is_personas else None,
        target=None if is_personas else entry.target,
        step=None if is_personas else entry.step or USUAL_STEP,
    )


def _segmenter(
    entry: LearningEntry, segmenters: Mapping[str, Segmenter], mistakes: Mistakes
) -> Segmenter | None:
    """Return the segmenter of a model, if it may release with noise."""
    found, place = segmenters.get(entry.segmenter), entry.place("segmenter")
    if found is None:
        near = suggestion(entry.segmenter, segmenters)
        mistakes.note(f"unknown segmenter {entry.segmenter[:60]!r}{near}", place)
    elif found.releases is None:
        message = (
            f'"{found.name}" may release nothing with noise: a model is a release and costs of the '
            "budget; say releases: {guarantee: dp}"
        )
        mistakes.note(message, place)
    else:
        return found
    return None


def _check_model(entry: LearningEntry, mistakes: Mistakes) -> None:
    """Note keys of the other model, missing ones, and numbers outside their bounds."""
    own = {Model.PERSONAS: ("clusters", "rounds"), Model.PROPENSITY: ("target", "step")}
    for model, keys in own.items():
        for key in keys:
            if model is not entry.model and getattr(entry, key) is not None:
                mistakes.note(f"only {model} have it; leave it out", entry.place(key))
    needed = own[entry.model][0]
    if getattr(entry, needed) is None:
        mistakes.note(f"key {needed!r} is missing: {entry.model} need it", entry.place())
    for key, (least, most) in {"clusters": CLUSTERS, "rounds": ROUNDS}.items():
        value = getattr(entry, key)
        if value is not None and not least <= value <= most:
            mistakes.note(f"{least} to {most}", entry.place(key))
    if entry.step is not None and not LEAST_STEP <= entry.step <= 1:
        mistakes.note(f"{LEAST_STEP} to 1", entry.place("step"))
    if entry.target is not None and entry.target == entry.segment:
        message = "all of the segment are in the target: name another segment, or leave it out"
        mistakes.note(message, entry.place("target"))


def _check_price(entry: LearningEntry, budget: BudgetRules, mistakes: Mistakes) -> None:
    """Note an epsilon that bounds nothing, and one that no year can pay."""
    place, rho = entry.place("epsilon"), entry.epsilon**2 / 2
    if not 0 < entry.epsilon <= MOST_EPSILON:
        mistakes.note(f"more than 0, and at most {MOST_EPSILON}", place)
    elif rho > budget.rho_per_year:
        message = f"rho {rho} (epsilon^2/2) is more than the year's {budget.rho_per_year}: lower it"
        mistakes.note(message, place)


def _feature(
    entry: FeatureEntry, segmenter: Segmenter, catalogue: Catalogue, mistakes: Mistakes
) -> Feature | None:
    """Return one number with its bounds, or None where it is none."""
    named = [(t, getattr(entry, t.value)) for t in Take if getattr(entry, t.value) is not None]
    if len(named) != 1:
        mistakes.note("just one of: " + ", ".join(Take), entry.place())
        return None
    take, name = named[0]
    place = entry.place(take.value)
    number = _number(take, name, place, segmenter, catalogue, mistakes)
    if take is Take.AMOUNT and entry.within is not None:
        mistakes.note("a person's own number has no days", entry.place("within"))
    days = days_of(entry, "within", mistakes)
    ends = None if number is None else _ends(entry, take, number, mistakes)
    if number is None or ends is None:
        return None
    return Feature(take, number.attribute, *ends, place, days)


def _number(
    take: Take,
    name: str,
    place: Place,
    segmenter: Segmenter,
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> Number | None:
    """Return the number that a name stands for; note what may not be learned from."""
    attribute = Attribute(name)
    number = number_of(catalogue, attribute)
    if attribute not in segmenter.reads:
        near = suggestion(name, segmenter.reads)
        mistakes.note(f"the segmenter does not read {name[:60]!r}{near}", place)
    elif number is None or number.kind not in OF[take]:
        mistakes.note(f"expected {WORDS[take]}", place)
    elif _is_fitted(catalogue, attribute):
        message = "it is fitted to many people at once, so no bound holds of one; take another"
        mistakes.note(message, place)
    else:
        return number
    return None


def _is_fitted(catalogue: Catalogue, attribute: Attribute) -> bool:
    """Return whether a score's result is fitted to people: no protected number may come of it."""
    score = catalogue.score_of(attribute)
    return score is not None and score.crosses_people


def _ends(
    entry: FeatureEntry, take: Take, number: Number, mistakes: Mistakes
) -> tuple[int, int, int] | None:
    """Return low, high and step; the step leads from one to the other."""
    column: Column = number.column
    if len(entry.range) != 2:  # noqa: PLR2004  # two ends
        mistakes.note("the least and the most: [18, 90]", entry.place("range"))
        return None
    low, high = (stored(end, column, mistakes) for end in entry.range)
    step = stored(entry.step, column, mistakes)
    if low is None or high is None or step is None:
        return None
    if not 0 < high - low <= WIDEST:
        mistakes.note("the smaller first, and not too far apart", entry.place("range"))
    elif take in {Take.COUNT, Take.DAYS_SINCE} and low < 0:
        mistakes.note("it is never below 0", entry.place("range"))
    elif step < 1 or (high - low) % step:
        mistakes.note("the range is a whole number of steps wide", entry.place("step"))
    else:
        return low, high, step
    return None
