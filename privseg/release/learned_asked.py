# SPDX-License-Identifier: Apache-2.0
"""What a learned release is asked for, as JSON-ready values: policy's declaration, made sure of.

Made before anything is read, from public things alone; its hash names the answer. It stands in the
statement, and ``verify`` takes from it all that follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Any

from privseg.policy import Policy
from privseg.policy.learning import Feature, Learning, Model, Take
from privseg.policy.numbers import NumberKind, number_of
from privseg.protect.learning import Grid
from privseg.tlog.canonical import canonical

Json = dict[str, Any]


def learned_asked(learning: Learning, policy: Policy, *, versions: Mapping[str, str]) -> Json:
    """Return what a model is asked for; ``versions`` are those of the segments that it names."""
    segmenter = policy.segmenters[learning.segmenter]
    return {
        "name": learning.name,
        "model": learning.model.value,
        "controller": policy.controller,
        "segmenter": segmenter.name,
        "purpose": segmenter.purpose,
        "of": _pinned(learning.segment, versions),
        "target": _pinned(learning.target, versions),
        "numbers": [_number(f, policy) for f in learning.features],
        "clusters": learning.clusters,
        "rounds": learning.rounds,
        "step": None if learning.step is None else str(learning.step),
        "epsilon": str(learning.epsilon),
    }


def asked_hash(asked: Json) -> str:
    """Return the SHA-256 (hex) of what is asked."""
    return sha256(canonical(asked)).hexdigest()


def grids_of(asked: Json) -> tuple[Grid, ...]:
    """Return the bounds and steps of each number.

    Raises:
        ValueError: they bound nothing.
    """
    return tuple(Grid(n["low"], n["high"], n["step"]) for n in asked["numbers"])


def rho_of(asked: Json) -> Fraction:
    """Return what is charged: pure epsilon-DP is (epsilon^2 / 2)-zCDP (Bun & Steinke 2016, 1.4)."""
    return Fraction(asked["epsilon"]) ** 2 / 2


def model_of(asked: Json) -> Model:
    """Return which model was asked for."""
    return Model(asked["model"])


def named(number: Json) -> str:
    """Return what a number is, in words.

    >>> named({"take": "count", "of": "purchase", "days": 365})
    'purchase, how many in 365 days'
    """
    words = {
        Take.AMOUNT: "{of}",
        Take.COUNT: "{of}, how many{within}",
        Take.SUM: "{of}, added up{within}",
        Take.DAYS_SINCE: "{of}, days since the last{within}",
    }
    within = "" if number["days"] is None else f" in {number['days']} days"
    return words[Take(number["take"])].format(of=number["of"], within=within)


def shown(value: int, number: Json) -> str:
    """Return a number as people read it.

    >>> shown(1250, {"decimals": 2, "unit": "EUR"})
    '12.50 EUR'
    >>> shown(1, {"decimals": 0, "unit": "days"})
    '1 day'
    """
    digits = number["decimals"]
    whole, part = divmod(abs(value), 10**digits)
    unit = str(number["unit"])
    if value == 1 and not digits:
        unit = unit.removesuffix("s")  # one event, one day
    told = f"{'-' * (value < 0)}{whole:,}" + (f".{part:0{digits}}" if digits else "")
    return f"{told} {unit}".rstrip()


def _pinned(name: str | None, versions: Mapping[str, str]) -> Json | None:
    return None if name is None else {"name": name, "version": versions[name]}


def _number(feature: Feature, policy: Policy) -> Json:
    """Return one number, with the unit that its integers count."""
    found = number_of(policy.catalogue, feature.attribute)
    assert found is not None, "the loader has found it"
    column = found.column
    is_days = feature.take is Take.DAYS_SINCE
    unit = "" if column.currency is None else column.currency.code
    if found.kind is NumberKind.EVENT:
        unit = "days" if is_days else "events"
    return {
        "take": feature.take.value,
        "of": feature.attribute,
        "days": feature.days,
        "low": feature.low,
        "high": feature.high,
        "step": feature.step,
        "unit": unit,
        "decimals": column.decimals if column.currency is None else column.currency.exponent,
    }
