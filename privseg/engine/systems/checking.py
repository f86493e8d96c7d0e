# SPDX-License-Identifier: Apache-2.0
"""Looking at the other systems: what they are, and whether an erasure could be done there.

No row of anybody is read: names of tables and columns, rights and triggers alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privseg.dsr import RequestKind
from privseg.dsr.system_rules import SystemRules
from privseg.dsr.systems import System
from privseg.engine.errors import UnknownNameError
from privseg.engine.house import House
from privseg.errors import PrivsegError


class UnknownSystemError(UnknownNameError):
    """The settings name no such system."""

    what = "system"
    see = "privseg system list"


@dataclass(frozen=True, slots=True)
class SystemChecked:
    """What a look at one system found. ``refused`` is why an erasure could not be done there."""

    name: str
    kind: str
    told: tuple[str, ...]
    refused: str = ""


def rules_of(house: House) -> tuple[SystemRules, ...]:
    """Return what the settings say of each system; nothing is connected."""
    return house.config.systems


def check_systems(house: House, name: str | None = None) -> list[SystemChecked]:
    """Return what a look at every system found, or at one.

    Raises:
        UnknownSystemError: there is none of that name.
    """
    known = tuple(s.name for s in house.systems)
    if name is not None and name not in known:
        raise UnknownSystemError(name, known=known)
    return [
        _checked(house, system, rules)
        for system, rules in zip(house.systems, house.config.systems, strict=True)
        if name in {None, system.name}
    ]


def _checked(house: House, system: System, rules: SystemRules) -> SystemChecked:
    """Return what a look at one system found."""
    told = tuple(_of_rules(house, rules))
    try:
        return SystemChecked(system.name, system.kind, (*told, *system.check()))
    except PrivsegError as error:
        return SystemChecked(system.name, system.kind, told, str(error))


def _of_rules(house: House, rules: SystemRules) -> Iterator[str]:
    """Yield what the policy and the law say of the rules of a system."""
    known = _identifiers(house)
    grounds = _grounds(house)
    for table in rules.tables:
        if table.identifier not in known:
            yield (
                f"{table.name}: no source has a {table.identifier}, so nobody is ever found in it "
                f"(known: {', '.join(sorted(known))})"
            )
        if table.keep is not None and table.keep.ground not in grounds:
            yield (
                f"{table.name}: not every law knows the ground {table.keep.ground} for keeping "
                "what is to be erased; under one that does not, an erasure refuses"
            )


def _identifiers(house: House) -> set[str]:
    """Return the kinds of identifier that sources have."""
    columns = (c for s in house.policy.catalogue.sources.values() for c in s.columns)
    return {c.identifier for c in columns if c.identifier is not None}


def _grounds(house: House) -> Sequence[str]:
    """Return the grounds on which something may stay under every law."""
    law = house.request_law(None)
    return [ground.code for ground in law.grounds(RequestKind.ERASURE)]
