# SPDX-License-Identifier: Apache-2.0
"""Which law a person's request goes by, and which days are holidays there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from privseg.dsr.clock import IsHoliday
from privseg.dsr.law import RequestLaw
from privseg.dsr.places import Where
from privseg.dsr.strictest import law_of
from privseg.loaders.laws import own_packs, shipped_packs
from privseg.policy import Policy
from privseg.terms import Jurisdiction


class RequestLaws:
    """What the laws that are known here ask of requests: the shipped ones and the policy's own."""

    def __init__(self, policy: Policy, folder: Path) -> None:
        self._laws = request_laws(policy, folder)
        self._found: dict[Where, RequestLaw] = {}

    def of(self, where: Where) -> RequestLaw:
        """Return the law of a place, or what keeps those of several; of all where none is known."""
        if where not in self._found:
            self._found[where] = law_of(self._laws, where)
        return self._found[where]


def request_laws(policy: Policy, folder: Path) -> Mapping[Jurisdiction, RequestLaw]:
    """Return what each law asks of requests; a policy's own pack takes a shipped one's place.

    A law that a policy does not name is known all the same: it holds wherever the person lives.

    Raises:
        DocumentError: one of the policy's own packs cannot be read any more.
    """
    own = own_packs(policy, folder)
    known = (*shipped_packs(), *own)
    laws = {place: pack.requests for pack in known for place in pack.laws}
    return {place: law for place, law in laws.items() if law is not None}


def holidays_of(where: Where) -> IsHoliday:
    """Return whether a day is a public holiday of a place; of an unknown place none is.

    A holiday can only move a date to a later one, so a gap never buys time; nor do several places,
    of which only the holidays count that all of them have.
    """
    if isinstance(where, tuple):
        each = [holidays_of(place) for place in where]
        return lambda day: all(is_holiday(day) for is_holiday in each)
    return _holidays(where) if where else _no_day


@cache  # a calendar is the same whoever asks
def _holidays(where: Jurisdiction) -> IsHoliday:
    """Return the holidays of a country or region (``DE``, ``DE-BY``, ``US-CA``)."""
    import holidays  # noqa: PLC0415  # saves 0.1 s for every command that needs no calendar

    country, _, region = where.partition("-")
    try:
        days = holidays.country_holidays(country, subdiv=region or None)
    except NotImplementedError:  # no such region there, or no such country
        return holidays_of(Jurisdiction(country)) if region else _no_day

    def is_holiday(day: date) -> bool:
        return day in days

    return is_holiday


def _no_day(_: date) -> bool:
    """Return that a day is no holiday."""
    return False
