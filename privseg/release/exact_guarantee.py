# SPDX-License-Identifier: Apache-2.0
"""From what is asked back to the guarantee and the sensitive columns: for making and checking."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import numpy as np

from privseg.frames.dimension import MISSING_KEY
from privseg.policy.k_rules import Distance, Diversity
from privseg.protect.exact.classes import SensitiveColumn
from privseg.protect.exact.guarantee import KAnonymous, LDiversity, TCloseness
from privseg.release.exact_asked import Json


def guarantee_of(asked: Json) -> KAnonymous:
    """Return the guarantee that records were asked for."""
    said = asked["guarantee"]
    diverse = None if said["l"] is None else LDiversity(said["l"], Diversity(said["l_kind"]))
    close = None if said["t"] is None else TCloseness(Fraction(said["t"]))
    return KAnonymous(said["k"], diverse, close)


def sensitive_column(said: Json, texts: Sequence[str]) -> tuple[SensitiveColumn, tuple[str, ...]]:
    """Return a sensitive attribute's texts as codes in the order of its values, and the values.

    Declared values stand in the policy's order; numbers in their own, those that occur.

    Raises:
        ValueError: a text is none of the values.
    """
    declared = said["values"] is not None
    values = tuple(said["values"] if declared else sorted(set(texts), key=_number))
    place = {value: i for i, value in enumerate(values)}
    if odd := set(texts) - place.keys():
        raise ValueError(f"{len(odd)} texts of {said['attribute']} are none of its values")
    codes = np.fromiter((place[t] for t in texts), np.int64, len(texts))
    distance = Distance(said["distance"])
    return SensitiveColumn(said["attribute"], codes, len(values), distance, declared), values


def _number(text: str) -> tuple[int, Decimal]:
    """Return where a number stands among others: what is missing first."""
    if text == MISSING_KEY:
        return 0, Decimal(0)
    try:
        return 1, Decimal(text)
    except InvalidOperation:
        raise ValueError("not a number") from None
