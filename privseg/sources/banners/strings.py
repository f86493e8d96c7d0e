# SPDX-License-Identifier: Apache-2.0
"""Records that carry a string or a header: TCF, GPP and Sec-GPC.

Such a record is ours to lay out, so the map says where the person, the time and the string stand;
without one, ``person``, ``time`` and ``tc_string``, ``gpp_string`` or ``Sec-GPC``. The time is when
the row was written. A TC string says itself when it was last updated (to the day); the US sections
and the header do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from privseg.consent.banner_map import BannerMap, Rows
from privseg.sources.banners.answers import Answer, Statement
from privseg.sources.banners.choices import choices_of_gpp, choices_of_tc
from privseg.sources.banners.errors import BadValueError
from privseg.sources.banners.gpc import signals_opt_out
from privseg.sources.banners.gpp import TCF_EU, decode_gpp
from privseg.sources.banners.gpp_sections import PREFIXES
from privseg.sources.banners.jsons import at, person_at, time_at
from privseg.sources.banners.tcf import TcString, decode_tc

HEADER = "Sec-GPC"
MAX_SKEW = timedelta(minutes=5)
"""How far a CMP's clock may run ahead of the row's."""


def tcf_statements(line: int, record: Mapping[str, Any], mapping: BannerMap) -> Iterator[Statement]:
    """Yield what a record with a TC string says.

    Raises:
        BadValueError: it lacks something, or the string is void.
        MalformedStringError: the string is none.
    """
    person, time = _who_and_when(record, mapping)
    text = person_at(record, mapping.text or "tc_string").strip()
    yield _of_tc(line, person, time, decode_tc(text), mapping, proof=text)


def gpp_statements(line: int, record: Mapping[str, Any], mapping: BannerMap) -> Iterator[Statement]:
    """Yield what a record with a GPP string says: of its US sections, and of its TCF section.

    Raises:
        BadValueError: it lacks something, or its TC string is void.
        MalformedStringError: the string is none.
    """
    person, time = _who_and_when(record, mapping)
    text = person_at(record, mapping.text or "gpp_string").strip()
    gpp = decode_gpp(text)
    found = choices_of_gpp(gpp)
    is_act = mapping.rows is Rows.ACTS
    yield Statement(
        line,
        person,
        time,
        found.answers,
        tuple(found.others),
        unread=tuple(found.unread),
        is_act=is_act,
        proof=text,
    )
    tc = gpp.sections.get(TCF_EU)
    if isinstance(tc, TcString):
        prefix = f"{PREFIXES[TCF_EU]}."
        yield _of_tc(line, person, time, tc, mapping, prefix=prefix, proof=text)


def gpc_statements(line: int, record: Mapping[str, Any], mapping: BannerMap) -> Iterator[Statement]:
    """Yield what a record with the values of Sec-GPC says: a signal or nothing.

    Where the map does not say where they stand, the name counts in any case, as headers' names do.

    Raises:
        BadValueError: it lacks the person or the time, or the value is no text or list of texts.
    """
    person, time = _who_and_when(record, mapping)
    path = mapping.text or HEADER
    alike = [at(record, path)] if mapping.text else [v for k, v in record.items() if _is_it(k)]
    lines = [v for found in alike for v in (found if isinstance(found, list) else [found])]
    lines = [value for value in lines if value is not None]
    if not all(isinstance(value, str) for value in lines):
        raise BadValueError("not a header's value", path=path)
    said = {"gpc": Answer.SIGNALLED} if signals_opt_out(lines) else {}
    yield Statement(line, person, time, said, () if said else ("gpc",), is_act=True)


def _is_it(name: str) -> bool:
    """Return whether a name is the header's; RFC 9110 §5.1: in any case."""
    return name.lower() == HEADER.lower()


def _who_and_when(record: Mapping[str, Any], mapping: BannerMap) -> tuple[str, datetime]:
    """Return the person and the row's time."""
    person = person_at(record, mapping.person or "person")
    return person, time_at(record, mapping.time or "time")


def _of_tc(
    line: int,
    person: str,
    time: datetime,
    tc: TcString,
    mapping: BannerMap,
    *,
    prefix: str = "",
    proof: str,
) -> Statement:
    """Return what a TC string says.

    Raises:
        BadValueError: it is void at the row's time, or was made after it.
    """
    if (why := tc.void_because(time)) is not None:
        raise BadValueError(f"the TC string is void: {why}")
    if tc.updated > time + MAX_SKEW:
        raise BadValueError("the TC string was updated after the record's time")
    found = choices_of_tc(tc, vendor=mapping.vendor, prefix=prefix)
    return Statement(
        line,
        person,
        time,
        found.answers,
        tuple(found.others),
        chosen_at=tc.updated,
        is_act=mapping.rows is Rows.ACTS,
        language=tc.language.lower(),
        proof=proof,
    )
