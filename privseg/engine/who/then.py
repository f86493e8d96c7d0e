# SPDX-License-Identifier: Apache-2.0
"""What a run touched by the policy of its time: words change, and what was read does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from privseg.audit.reads import Run
from privseg.audit.wanted import Categories
from privseg.engine.house import House
from privseg.engine.policy.in_force import by_digest
from privseg.errors import PrivsegError
from privseg.policy import Policy
from privseg.terms import Attribute, Category


def categories_then(house: House) -> Categories:
    """Return a function that tells the categories of a run by the policy of its time."""
    then = policies_then(house)

    @cache
    def found(digest: str, attributes: frozenset[str]) -> frozenset[Category] | None:
        policy = then(digest)
        try:
            known = frozenset(map(Attribute, attributes))
            return None if policy is None else policy.catalogue.categories_of(known)
        except KeyError:
            return None

    def of(run: Run[Any]) -> frozenset[str] | None:
        known = found(run.intent.one("policy"), run.attributes)
        return None if known is None else known | frozenset(map(Category, run.reveals))

    return of


def policies_then(house: House) -> Callable[[str], Policy | None]:
    """Return a function that tells the policy of a digest; None when its text is lost."""

    @cache
    def then(digest: str) -> Policy | None:
        try:
            return by_digest(house, digest)
        except PrivsegError:
            return None

    return then
