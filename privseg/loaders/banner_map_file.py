# SPDX-License-Identifier: Apache-2.0
"""What a banner map may hold: keys and shapes; ``banner_map.py`` says what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from privseg.consent.banner_map import BannerFormat, Rows
from privseg.consent.event import Method
from privseg.loaders.document import Document

Choice = str


class IdEntry(Document):
    """How the person is found in a record."""

    at: str | None = Field(None, description="A dotted path; default: where the format has it.")
    kind: str = Field("customer_number", description="Which kind of identifier stands there.")


class MeaningEntry(Document):
    """What a choice is about here."""

    purpose: str | None = Field(None, description="Absent only with an act: then every purpose.")
    categories: tuple[str, ...] = Field((), description="Of data; a consent must name them.")
    act: Literal["opt_in", "opt_out", "object", "limit", "signal"] | None = Field(
        None, description="opt_in: a yes opts in, a no opts out. The others: what a no is."
    )
    explicit: bool = Field(False, description="The banner asked for an explicit act (GDPR 9).")
    authority: Literal["subject", "agent", "guardian"] = "subject"
    notice: str | None = Field(None, description="id@version, where not the map's.")


class BannerMapFile(Document):
    """What the choices of one banner mean here. What is not named is never consent."""

    privseg: Literal["banner-map/1"] = Field(description="Kind and version of the file; first key.")
    format: BannerFormat
    id: IdEntry | None = None
    time: str | None = Field(None, description="Where a record's time stands (a dotted path).")
    text: str | None = Field(None, description="Where the string, header or call stands.")
    rows: Rows = Field(
        Rows.STATES,
        description="acts: each record is what somebody did, at its time. "
        "states: what stood then, so that a yes without a time of its own is not taken.",
    )
    vendor: int | None = Field(None, description="Our id in the Global Vendor List (TCF).")
    notice: str | None = Field(None, description="id@version of the notice that was shown.")
    language: str | None = Field(
        None, description="Of the text shown, where records do not say: de, pt-BR."
    )
    method: Method | None = Field(None, description="How consent was given in the banner.")
    jurisdiction: str | None = Field(None, description="Where the acts happened: DE, US-CA.")
    purposes: Mapping[Choice, tuple[MeaningEntry, ...]] = Field(
        description="By choice, in the banner's words: Advertising, purpose 7, usca.SaleOptOut. "
        "Several that must all be yes are joined: purpose 3 & purpose 4."
    )
