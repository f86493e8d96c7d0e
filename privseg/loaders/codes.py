# SPDX-License-Identifier: Apache-2.0
"""The codes that documents use: currencies, countries, time zones, and how names are spelt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from privseg.loaders.errors import Mistakes
from privseg.policy.findings import nearest
from privseg.terms import Currency, Jurisdiction, Place

# ISO 4217 list one (2024): the digits after the point, where they are not two.
_EXPONENTS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_TWO_DIGITS: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW"
)

# ISO 3166-1 alpha-2, officially assigned.
_COUNTRIES: Final = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
    "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
    "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
    "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
    "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
    "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
    "ZW"
)
_SUBDIVISION: Final = re.compile(r"(-[A-Z0-9]{1,3})?")
_MEANT: Final = {"UK": "; the United Kingdom is GB", "EU": "; name its countries", "*": ""}

NAME: Final = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")  # segmenters, segments, reports, tables
WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")  # attributes, events, sources: columns of a store
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47, as far as we need it
DOTTED: Final = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*")  # purposes are a tree


def currency(code: str, place: Place, mistakes: Mistakes) -> Currency | None:
    """Return the currency of an ISO 4217 code with its digits; note a code there is not.

    >>> [currency(c, Place("a", 1), Mistakes()).exponent for c in ("EUR", "JPY", "KWD")]
    [2, 0, 3]
    """
    digits = {c: n for n, codes in _EXPONENTS.items() for c in codes.split()}
    digits |= dict.fromkeys(_TWO_DIGITS.split(), 2)
    if code not in digits:
        near = nearest(code.upper(), digits)
        mistakes.note(f"not an ISO 4217 currency, such as EUR{near}", place)
        return None
    return Currency(code, digits[code])


def jurisdiction(code: str, place: Place, mistakes: Mistakes) -> Jurisdiction:
    """Return an ISO 3166 code (``DE``, ``US-CA``); note what is none: each law is named."""
    if code[:2] not in _COUNTRIES.split() or not _SUBDIVISION.fullmatch(code[2:]):
        why = _MEANT.get(code, "")
        mistakes.note(f"not an ISO 3166 country or region, such as DE or US-CA{why}", place)
    return Jurisdiction(code)


def language(tag: str, place: Place, mistakes: Mistakes) -> str:
    """Return a language's tag; note what is none."""
    if not LANGUAGE.fullmatch(tag):
        mistakes.note("expected a language, such as en or pt-BR", place)
    return tag


def time_zone(name: str, place: Place, mistakes: Mistakes) -> str:
    """Return an IANA zone's name; note one there is not."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(name, available_timezones())
        mistakes.note(f"not an IANA time zone, such as Europe/Berlin{near}", place)
        return "UTC"
    return name


def spelt(name: str, pattern: re.Pattern[str], place: Place, mistakes: Mistakes) -> str:
    """Return a name; note one that is not spelt as its pattern asks."""
    if not pattern.fullmatch(name):
        how = {NAME: "lower-case words joined by '-'", WORD: "lower-case words joined by '_'"}
        rule = how.get(pattern, "lower-case words, with '.' between the levels of the tree")
        mistakes.note(f"not a name that can be used here: write {rule}", place)
    return name


def once(names: Iterable[str], place_of: Iterable[Place], mistakes: Mistakes) -> None:
    """Note every name that stands in a list twice."""
    seen: set[str] = set()
    for name, place in zip(names, place_of, strict=True):
        if name in seen:
            mistakes.note(f"{name[:60]!r} stands in the list twice", place)
        seen.add(name)
