# SPDX-License-Identifier: Apache-2.0
"""What a policy says, as bytes: two files that decide alike have one digest.

Inside the digest is everything that decides. Outside are comments, the order of keys, which file
of a folder a rule stands in, places, and titles: words for people, which a notice's hash covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

from privseg.policy.rules import Policy
from privseg.terms import Place, to_micros
from privseg.tlog.canonical import canonical

FORMAT = "privseg/policy/1"  # of the canonical form; a change of meaning is a new number
SILENT = frozenset(
    {"title", "contact", "withdraw_at", "place", "digest", "readables", "provisions"}
)
"""Words for people, the digest itself, what follows from the rest, where laws' rules come from."""


def digest(policy: Policy) -> str:
    """Return the SHA-256 (hex) of a policy's canonical form; its own ``digest`` has no part in it.

    Raises:
        NotPrintableError: a value of the policy has no canonical form.
    """
    return sha256(canonical_text(policy)).hexdigest()


def canonical_text(policy: Policy) -> bytes:
    """Return what ``digest`` hashes: everything in a policy that decides."""
    return canonical({"format": FORMAT, "policy": _said(policy)})


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
    return {f.name: _said(getattr(value, f.name)) for f in fields(value) if f.name not in SILENT}


def _ratio(value: Fraction) -> str:
    """Return "p/q", whole numbers too."""
    return f"{value.numerator}/{value.denominator}"


def _listed(values: tuple[object, ...]) -> Any:
    """Return a list in its order, or columns by their names: theirs says nothing."""
    named = {str(v.name): _said(v) for v in values if hasattr(v, "name")}
    return named if len(named) == len(values) > 0 else [_said(v) for v in values]
