# SPDX-License-Identifier: Apache-2.0
"""Our code with one rule broken, and the attack that must then succeed.

A mutant is put in for the length of one test. Each names the check that has to catch it; the suite
runs every check without mutants, too, so a check that always fails kills nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Mutant:
    """A broken rule: how it is put in, and what must catch it."""

    name: str
    put_in: Callable[[Patch], None]
    caught_by: Callable[[], None]


def swap(place: object, name: str, make: Callable[[Any], object]) -> Callable[[Patch], None]:
    """Return what puts ``make(the real one)`` in its place."""

    def put_in(patch: Patch) -> None:
        patch.setattr(place, name, make(getattr(place, name)))

    return put_in


def swapped_property(
    place: type, name: str, make: Callable[[Any], object]
) -> Callable[[Patch], None]:
    def put_in(patch: Patch) -> None:
        real = place.__dict__[name].fget
        patch.setattr(place, name, property(make(real)))

    return put_in
