# SPDX-License-Identifier: Apache-2.0
"""From a decoded string to choices and answers; a 0, an N and what is not there are unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from privseg.sources.banners.answers import Answer, strictest
from privseg.sources.banners.gpp import GppString, UsPrivacy, UsSection
from privseg.sources.banners.gpp_sections import PREFIXES, SILENT, Meaning
from privseg.sources.banners.tcf import TcString

KNOWN_PURPOSES = 11  # TCF purposes since v2.2; the bits above are reserved
KNOWN_FEATURES = 2
NOT_ALLOWED, ON_INTEREST = 0, 2  # RestrictionType
_VALUE = {
    (Meaning.OPT_OUT, 1): Answer.OPTED_OUT,
    (Meaning.LIMIT, 1): Answer.LIMITED,
    (Meaning.CONSENT, 1): Answer.NO,
    (Meaning.CONSENT, 2): Answer.YES,
}
"""What a value of a US field answers; every other value answers nothing."""


@dataclass(slots=True)
class Choices:
    """What one record says: each choice with its answer, None if it has none.

    ``unread`` are parts of it that are not read though a no may stand in them.
    """

    said: dict[str, Answer | None] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def add(self, name: str, answer: Answer | None) -> None:
        """Note one choice; of several answers to it the strictest stays."""
        self.said[name] = strictest((self.said.get(name, answer), answer))

    @property
    def answers(self) -> dict[str, Answer]:
        """Return the choices that are answered."""
        return {name: answer for name, answer in self.said.items() if answer is not None}

    @property
    def others(self) -> list[str]:
        """Return the choices without an answer."""
        return [name for name, answer in self.said.items() if answer is None]


def choices_of_tc(tc: TcString, *, vendor: int | None, prefix: str = "") -> Choices:
    """Return the choices of a TC string: ``purpose 7``, ``special feature 1``, and the publisher's.

    With ``vendor`` a yes must also be one to that vendor, disclosed and not restricted by the
    publisher. Legitimate interests are not read: a 0 there is "not established" or "objected", and
    nobody can tell which.
    """
    found = Choices()
    for number in sorted({*range(1, KNOWN_PURPOSES + 1), *tc.consents}):
        found.add(f"{prefix}purpose {number}", _purpose(tc, number, vendor))
    for number in sorted({*range(1, KNOWN_FEATURES + 1), *tc.special_features}):
        yes = number in tc.special_features and _is_open_to(tc, vendor)
        found.add(f"{prefix}special feature {number}", Answer.YES if yes else Answer.NO)
    for name, answer in _publisher(tc):
        found.add(f"{prefix}{name}", answer)
    return found


def choices_of_gpp(gpp: GppString) -> Choices:
    """Return the choices of the US sections: ``usca.SaleOptOut``, ``usca.Gpc`` and so on."""
    found = Choices()
    for number, section in gpp.sections.items():
        match section:
            case UsPrivacy():
                sold_not = Answer.OPTED_OUT if section.opt_out_sale == "Y" else None
                found.add(f"{PREFIXES[number]}.OptOutSale", sold_not)
            case UsSection():
                for name, answer in _us(section):
                    found.add(name, answer)
                found.unread += _unclear(section)
            case TcString():
                pass  # has a time of its own: a statement of its own
            case _:
                found.unread.append(f"section {number}")
    return found


def _purpose(tc: TcString, number: int, vendor: int | None) -> Answer | None:
    """Return the answer to one TCF purpose."""
    if number == 1 and tc.purpose_one_treatment:
        return None  # it was not disclosed, so nobody was asked
    restricted = None if vendor is None else tc.restriction(number, vendor)
    if restricted == ON_INTEREST and number in tc.consents:
        return None  # the consent bit is not what the vendor may rest on
    refused = restricted is not None and restricted != 1
    yes = number in tc.consents and _is_open_to(tc, vendor) and not refused
    return Answer.YES if yes else Answer.NO


def _is_open_to(tc: TcString, vendor: int | None) -> bool:
    """Return whether a yes is one to the vendor, too."""
    if vendor is None:
        return True
    return vendor in tc.vendors and (tc.disclosed is None or vendor in tc.disclosed)


def _publisher(tc: TcString) -> Iterator[tuple[str, Answer]]:
    """Yield the choices of the Publisher TC segment."""
    if tc.publisher is None:
        return
    for number in sorted({*range(1, KNOWN_PURPOSES + 1), *tc.publisher.consents}):
        yes = number in tc.publisher.consents
        yield f"publisher purpose {number}", Answer.YES if yes else Answer.NO
    for number in range(1, tc.publisher.custom + 1):
        yes = number in tc.publisher.custom_consents
        yield f"custom purpose {number}", Answer.YES if yes else Answer.NO


def _unclear(section: UsSection) -> Iterator[str]:
    """Yield the fields that say yes or no, and nobody can tell which."""
    for one in section.layout.fields:
        if one.meaning is Meaning.UNCLEAR and section.values[one.name]:
            yield f"{section.layout.prefix}.{one.name}"


def _us(section: UsSection) -> Iterator[tuple[str, Answer | None]]:
    """Yield the choices of a US section; the items of a list by number, from 1."""
    prefix = section.layout.prefix
    for one in section.layout.fields:
        if one.meaning in SILENT:
            continue
        value = section.values[one.name]
        if isinstance(value, tuple):
            for number, item in enumerate(value, start=1):
                yield f"{prefix}.{one.name}[{number}]", _VALUE.get((one.meaning, item))
        else:
            yield f"{prefix}.{one.name}", _VALUE.get((one.meaning, value))
    if section.gpc is not None:
        yield f"{prefix}.Gpc", Answer.SIGNALLED if section.gpc else None
