# SPDX-License-Identifier: Apache-2.0
"""What the choices of a consent banner mean here: the reading of a ``banner-map/1`` file.

A banner speaks of "Advertising", of TCF purpose 7 or of ``usca.SaleOptOut``; the ledger speaks of
purposes and categories of data. What the map does not name is never consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from privseg.consent.event import Act, Authority, Method
from privseg.terms import Category, Jurisdiction, Purpose


class BannerFormat(StrEnum):
    """What an export of a banner or consent tool is written in."""

    TCF = "tcf"
    GPP = "gpp"
    GPC = "gpc"
    GOOGLE_CONSENT_MODE = "google_consent_mode"
    SEGMENT = "segment"
    FIDES = "fides"
    TRANSCEND = "transcend"
    KANTARA = "kantara"
    ISO27560 = "iso27560"


class Rows(StrEnum):
    """What one row of an export is.

    ``ACTS``: what somebody did, at the row's time. ``STATES``: what stood at the row's time (a
    dump, a page view's stamp), so that a yes without a time of its own is no act and is not taken.
    Whoever writes ``acts`` attests it.
    """

    ACTS = "acts"
    STATES = "states"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one choice is about here.

    ``act`` None is what fits the choice: a consent is granted or refused, an opt-out opted out.
    ``OPT_IN`` makes a yes an opt-in and a no an opt-out. ``OPT_OUT``, ``OBJECT``, ``LIMIT`` and
    ``SIGNAL`` are what a no is, and a yes is then nothing; only with one of these may ``purpose``
    be None, which is every purpose.
    """

    purpose: Purpose | None
    categories: frozenset[Category] = frozenset()
    act: Act | None = None
    explicit: bool = False
    authority: Authority = Authority.SUBJECT
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class BannerMap:
    """How the records of one banner become acts.

    ``meanings`` are by the choices that must all be yes (mostly one). ``person``, ``time`` and
    ``text`` are dotted paths in a record; None is where the format has them. ``vendor`` is our id
    in the Global Vendor List, if a yes to a TCF purpose must also be one to us. ``language`` is the
    one the notice was shown in, where a record does not say.
    """

    format: BannerFormat
    meanings: Mapping[tuple[str, ...], tuple[Meaning, ...]]
    id_kind: str = "customer_number"
    person: str | None = None
    time: str | None = None
    text: str | None = None
    rows: Rows = Rows.STATES
    vendor: int | None = None
    notice: str | None = None
    language: str | None = None
    method: Method | None = None
    jurisdiction: Jurisdiction | None = None
