# SPDX-License-Identifier: Apache-2.0
"""What an act or request may name: a no that binds nothing, by a slip of the pen, is a lost no."""

from __future__ import annotations

from collections.abc import Iterable

from privseg.engine.errors import UnknownNameError
from privseg.policy import Policy
from privseg.terms import Category, Purpose, SubjectId


class UnknownPurposeError(UnknownNameError):
    """The policy has no such purpose."""

    what = "purpose"
    see = "privseg policy check"


class UnknownCategoryError(UnknownNameError):
    """The policy has no such category of data."""

    what = "category"
    see = "privseg source list"


class UnknownKindError(UnknownNameError):
    """No source of the catalogue has identifiers of this kind: nobody could be found by one."""

    what = "kind of identifier"
    see = "privseg source list"


def require_kind(policy: Policy, kind: str) -> None:
    """Refuse a kind of identifier that the catalogue does not declare.

    Raises:
        UnknownKindError: it does not; nothing was recorded.
    """
    sources = policy.catalogue.sources.values()
    known = {c.identifier for s in sources for c in s.columns if c.identifier is not None}
    if kind not in known:
        raise UnknownKindError(kind, known=tuple(sorted(known)))


def require_person(policy: Policy, subject: SubjectId) -> None:
    """Refuse an identifier by which nobody could be found."""
    require_kind(policy, subject.kind)


def require_scope(
    policy: Policy, purposes: Iterable[Purpose | None], categories: Iterable[Category]
) -> None:
    """Refuse purposes and categories that the policy does not know; a parent purpose is known.

    Raises:
        UnknownPurposeError, UnknownCategoryError: one of them is not there.
    """
    tree = {parent for p in policy.purposes for parent in _and_above(p)}
    for purpose in purposes:
        if purpose is not None and purpose not in tree:
            raise UnknownPurposeError(purpose, known=tuple(sorted(tree)))
    there = {c for rule in policy.purposes.values() for c in rule.categories}
    there |= {r.category for r in policy.catalogue.readables.values()}
    for category in categories:
        if category not in there:
            raise UnknownCategoryError(category, known=tuple(sorted(there)))


def _and_above(purpose: Purpose) -> list[Purpose]:
    """Return a purpose and everything above it in the tree of dotted names."""
    words = purpose.split(".")
    return [Purpose(".".join(words[: i + 1])) for i in range(len(words))]
