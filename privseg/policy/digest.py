# SPDX-License-Identifier: Apache-2.0
"""What a policy says, as bytes: two files that decide alike have one digest.

Inside the digest is everything that decides. Outside are comments, the order of keys, which file
of a folder a rule stands in, places, and titles: words for people, which a notice's hash covers;
and what the rest makes (readables, results of scores).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

from privseg.policy.derived import Derived
from privseg.policy.rules import Policy
from privseg.policy.scores import Score
from privseg.terms import Place, to_micros
from privseg.tlog.canonical import canonical

FORMAT = "privseg/policy/1"  # of the canonical form; a change of meaning is a new number
SCORE_FORMAT = "privseg/score/1"
SILENT = frozenset(
    {"title", "contact", "withdraw_at", "place", "digest", "readables", "provisions", "register"}
)
"""Words for people, the digest itself, what follows from the rest, where laws' rules come from."""

YOUNGER = frozenset(
    {
        "account",
        "campaign",
        "edges",
        "exact",
        "exact_tables",
        "family",
        "keep",
        "learning",
        "leaves_out",
        "microdata",
        "periods_per_person",
        "quotas",
        "range",
        "reidentification",
        "requests",
        "score",
        "scores",
        "segment_rules",
        "separator",
    }
)
"""Fields that came later: left out while they say nothing, so that old digests stand."""

YOUNGER_OF_POLICY = frozenset({"recipients"})
"""The same, of the policy itself alone: a purpose has a field of that name that is older."""

ORDERED = frozenset({"channels", "stages"})
"""Mappings whose order decides: a tie goes to the first, a funnel has an order."""


def digest(policy: Policy) -> str:
    """Return the SHA-256 (hex) of a policy's canonical form; its own ``digest`` has no part in it.

    Raises:
        NotPrintableError: a value of the policy has no canonical form.
    """
    return sha256(canonical_text(policy)).hexdigest()


def canonical_text(policy: Policy) -> bytes:
    """Return what ``digest`` hashes: everything in a policy that decides."""
    return canonical({"format": FORMAT, "policy": _said(policy)})


def score_digest(score: Score) -> str:
    """Return the SHA-256 (hex) of a score's formula: two that reckon alike have one.

    Its name and what it tells of people (category, nature) are outside.
    """
    return sha256(canonical({"format": SCORE_FORMAT, "formula": _said(score.formula)})).hexdigest()


def parts(record: object) -> Iterator[tuple[str, object]]:
    """Yield every field of a part of a policy that decides something, with its value."""
    for field in fields(record):  # type: ignore[arg-type]  # a data class, as whoever asks knows
        value = getattr(record, field.name)
        younger = YOUNGER | YOUNGER_OF_POLICY if isinstance(record, Policy) else YOUNGER
        if field.name in SILENT or (field.name in younger and value == _default(field)):
            continue
        yield field.name, _given(value) if field.name == "derived" else value


def _given(derived: Mapping[str, Derived]) -> dict[str, Derived]:
    """Return what is derived by the policy's own word, not by a score."""
    return {name: made for name, made in derived.items() if made.score is None}


def _default(field: Field[Any]) -> object:
    """Return what a field says when nothing is said."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def _said(value: object) -> Any:
    """Return a value of a policy as canonical JSON can print it."""
    match value:
        case None | bool() | int() | str():
            return value
        case datetime() | Fraction():
            return str(to_micros(value)) if isinstance(value, datetime) else _ratio(value)
        case Mapping():
            return {str(k): None if isinstance(v, Place) else _said(v) for k, v in value.items()}
        case frozenset():
            return sorted(str(v) for v in value)
        case tuple():
            return _listed(value)
    assert is_dataclass(value), "a policy is made of nothing else"
    return {
        name: [[key, _said(v)] for key, v in part.items()]
        if name in ORDERED and isinstance(part, Mapping)
        else _said(part)
        for name, part in parts(value)
    }


def _ratio(value: Fraction) -> str:
    """Return "p/q", whole numbers too."""
    return f"{value.numerator}/{value.denominator}"


def _listed(values: tuple[object, ...]) -> Any:
    """Return a list in its order, or columns by their names: theirs says nothing."""
    named = {str(v.name): _said(v) for v in values if hasattr(v, "name")}
    return named if len(named) == len(values) > 0 else [_said(v) for v in values]
