# SPDX-License-Identifier: Apache-2.0
"""A policy back from its canonical text, so that an old decision can be made again as it was.

What the text leaves out (titles, places) comes back empty; everything that decides is the same:
``remembered(canonical_text(p)).digest == p.digest``. What a younger version added to policies has
its default, so a text kept long ago still reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from fractions import Fraction
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from privseg.errors import IntegrityError
from privseg.policy.digest import FORMAT, ORDERED
from privseg.policy.rules import Policy
from privseg.terms import Place, from_micros
from privseg.tlog.canonical import NotCanonicalError, parse_canonical

NOWHERE = Place("remembered policy", 1)  # an old policy's files may be gone


class NotAPolicyTextError(IntegrityError):
    """A kept text is not the canonical text of a policy that this version can read."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the policy kept in the record cannot be read ({why}); do not rely on it")
        self.why = why


def remembered(text: bytes) -> Policy:
    """Return the policy whose canonical text was kept.

    Raises:
        NotAPolicyTextError: it is none, or of a format that is not known here.
    """
    try:
        said = parse_canonical(text)
    except NotCanonicalError:
        raise NotAPolicyTextError("it is not canonical") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise NotAPolicyTextError(f"its format is not {FORMAT}")
    try:
        policy: Policy = _made(Policy, said["policy"], "policy")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotAPolicyTextError("something in it is missing or of another kind") from None
    return replace(policy, digest=sha256(text).hexdigest())


def _made(kind: Any, said: Any, name: str) -> Any:
    """Return the value of type ``kind`` that ``said`` is the canonical form of."""
    kind = getattr(kind, "__supertype__", kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {UnionType, Union}:
        return None if said is None else _made(_some(inner, said), said, name)
    if kind is Place:
        return NOWHERE
    if origin is not None and issubclass(origin, Mapping):
        return {_made(inner[0], k, name): _made(inner[1], v, k) for k, v in said.items()}
    if origin in {frozenset, tuple}:
        return _several(origin, inner, said, name)
    return _record(kind, said, name) if is_dataclass(kind) else _plain(kind, said)


def _some(kinds: tuple[Any, ...], said: Any) -> Any:
    """Return the one type of an optional field, or of several that whose ``kind`` is said."""
    some = [k for k in kinds if k is not NoneType]
    if len(some) > 1:
        some = [k for k in some if _kind_of(k) == said["kind"]]
    (kind,) = some
    return kind


def _kind_of(record: Any) -> Any:
    """Return the word that tells a data class from the others of its union."""
    return next(f.default for f in fields(record) if f.name == "kind")


def _several(origin: Any, kinds: tuple[Any, ...], said: Any, name: str) -> Any:
    """Return a set or tuple: of one kind, which names may lead, or of as many as there are."""
    if origin is tuple and kinds[1:] != (...,):
        return tuple(_made(kind, value, "") for kind, value in zip(kinds, said, strict=True))
    led = said.items() if isinstance(said, dict) else ((name, value) for value in said)
    return origin(_made(kinds[0], value, leads) for leads, value in led)


def _record(kind: Any, said: Mapping[str, Any], name: str) -> Any:
    """Return a data class; what its text leaves out is empty."""
    types = get_type_hints(kind)
    given = {
        f.name: _made(types[f.name], _in_order(f.name, said[f.name]), name)
        for f in fields(kind)
        if f.init and f.name in said
    }
    silent = {"place": NOWHERE, "title": "", "digest": "", "name": name}
    needed = {f.name for f in fields(kind) if f.init and f.name not in given}
    return kind(**given, **{key: value for key, value in silent.items() if key in needed})


def _in_order(name: str, said: Any) -> Any:
    """Return a mapping whose order decides as a mapping: its text is a list of pairs."""
    return {key: value for key, value in said} if name in ORDERED else said  # noqa: C416  # pairs


def _plain(kind: Any, said: Any) -> Any:
    """Return a word, number or moment."""
    if kind is Fraction:
        return Fraction(said)
    if kind is datetime:
        return from_micros(int(said))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(said)
    if not isinstance(said, kind):
        raise TypeError
    return said
