# SPDX-License-Identifier: Apache-2.0
"""The keys of a policy file that declare what a k lineage releases."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from pydantic import Field

from privseg.loaders.document import Document, Verbatim
from privseg.policy.k_rules import DateLevel, Distance, Diversity, Method, Period


class ExactTableEntry(Document):
    """One table of exact counts, with every total."""

    name: str
    by: tuple[str, ...] = Field((), description="People's attributes; none: one number.")
    segments: tuple[str, ...] = Field((), description="Absent: everybody who may be read.")


class ExactTablesEntry(Document):
    """All exact tables of a period, audited together. Made once a period."""

    segmenter: str = Field(description="One whose releases say guarantee: k.")
    period: Period
    k: int = Field(description="Fewest people of a group that is shown; 5 or more is usual.")
    protection: int | None = Field(
        None,
        description="How far apart the least and the most of a withheld count are; default: k.",
    )
    cuts: Mapping[str, tuple[Verbatim, ...]] = Field(
        {}, description="Public cut points of numbers that tables are by: {age: [30, 60]}."
    )
    tables: tuple[ExactTableEntry, ...]


class QuasiEntry(Document):
    """A quasi-identifier: one way to coarsen it (none: as it is, or *)."""

    intervals: tuple[Verbatim | tuple[Verbatim, ...], ...] | None = Field(
        None,
        description="Numbers, level by level: a width, or a list of cut points: [10, [30, 60]].",
    )
    groups: tuple[Mapping[str, tuple[str, ...]], ...] | None = Field(
        None, description="Declared values, level by level: groups of the names of the level below."
    )
    dates: tuple[DateLevel, ...] | None = Field(None, description="Days, level by level.")
    level: int | None = Field(
        None,
        description="0 as it is, 1 the first level, one above the last *; needed unless search.",
    )


class SensitiveEntry(Document):
    """A sensitive attribute: how far its values are from each other."""

    distance: Distance = Field(Distance.EQUAL, description="ordered: numbers and ordered lists.")


class MicrodataEntry(Document):
    """Records for analysts, each alike to at least k - 1 others. Made once a period."""

    segmenter: str = Field(description="One whose releases say guarantee: k.")
    segment: str | None = Field(None, description="Whose records; absent: of all who may be read.")
    period: Period
    k: int
    l: int | None = Field(  # noqa: E741  # as the field calls it
        None, description="Values of each sensitive attribute in a class; default 2."
    )
    l_kind: Diversity = Field(Diversity.DISTINCT, description="Counted, or by entropy.")
    t: Fraction | None = Field(None, description="Most distance from how all are: 3/10.")
    suppression: Fraction = Field(Fraction(0), description="Most records left out, as a share.")
    method: Method = Method.FULL_DOMAIN
    search: bool = Field(
        False, description="Levels may depend on the data, which tells something of them."
    )
    quasi_identifiers: Mapping[str, QuasiEntry]
    sensitive: Mapping[str, SensitiveEntry] = {}
