# SPDX-License-Identifier: Apache-2.0
"""The US sections of a GPP string: their fields in order, and what each may tell us.

Taken from the folder Sections of IAB Tech Lab's repository Global-Privacy-Platform (US-National and
US-States, the versions stored up to 2025) and compared with the field lists of iabgpp-es
3.2.0. Two bits each but for the version; 0 is "not applicable", which is unknown; 3 is impossible.
Where the choice is an opt-out, 1 is "opted out" and 2 "did not opt out", which says nothing: not
opting out is no consent. Where it is a consent, 1 is "no consent" and 2 "consent".

Not here: the sections 24 (Maryland), 25 (Indiana), 26 (Kentucky) and 27 (Rhode Island). Their
specifications open with a section header of their own that iabgpp-es 3.2.0 does not write, so
published strings contradict the text; such sections are kept as they are and never read. Nor 5
(Canada). California's drafts before version 1.0 (December 2022) turned 1 and 2 of the sensitive
fields around; the values here are those of 1.0 and later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Meaning(Enum):
    """What a field is about."""

    VERSION = "version"
    NOTICE = "notice"  # whether the business told; no choice of the person's
    AGREEMENT = "agreement"  # MSPA, between businesses
    OPT_OUT = "opt_out"  # sale, sharing, targeted advertising
    LIMIT = "limit"  # opting out of sensitive data: CA, UT, IA
    CONSENT = "consent"
    UNCLEAR = "unclear"
    """AdditionalDataProcessingConsent: in the texts for Florida, Oregon and Texas 1 is the consent,
    in the others 2, and a string does not say by which it was made. Never read."""


SILENT = frozenset({Meaning.VERSION, Meaning.NOTICE, Meaning.AGREEMENT})
"""What is no choice of the person's."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: how many two-bit values it has; None is a single one, not in a list."""

    name: str
    meaning: Meaning
    values: int | None = None

    @property
    def bits(self) -> int:
        """Return its length."""
        return 6 if self.meaning is Meaning.VERSION else 2 * (self.values or 1)


@dataclass(frozen=True, slots=True)
class Layout:
    """The core segment of a section, and whether a GPC segment may follow."""

    section: int
    prefix: str
    fields: tuple[Field, ...]
    has_gpc: bool

    @property
    def bits(self) -> int:
        """Return the length of the core segment."""
        return sum(f.bits for f in self.fields)


_OPT_OUTS = {"SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"}
_LIMITING = {"usca", "usut", "usia"}
_MSPA = "MspaCoveredTransaction MspaOptOutOptionMode MspaServiceProviderMode"
_ADS = "SaleOptOutNotice TargetedAdvertisingOptOutNotice"
_CHOICES = "SaleOptOut TargetedAdvertisingOptOut"
_MORE = "AdditionalDataProcessingConsent"
_NATIONAL = (
    "Version SharingNotice SaleOptOutNotice SharingOptOutNotice TargetedAdvertisingOptOutNotice "
    "SensitiveDataProcessingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut "
    "TargetedAdvertisingOptOut SensitiveDataProcessing*{} KnownChildSensitiveDataConsents*{} "
    f"PersonalDataConsents {_MSPA}"
)


def _meaning(prefix: str, name: str) -> Meaning:
    """Return what a field is about, by its name."""
    if name == "Version":
        return Meaning.VERSION
    if name.startswith("Mspa"):
        return Meaning.AGREEMENT
    if name.endswith("Notice"):
        return Meaning.NOTICE
    if name in _OPT_OUTS:
        return Meaning.OPT_OUT
    if name == _MORE:
        return Meaning.UNCLEAR
    limits = name == "SensitiveDataProcessing" and prefix in _LIMITING
    return Meaning.LIMIT if limits else Meaning.CONSENT


def _layout(section: int, prefix: str, names: str, *, gpc: bool = True) -> Layout:
    """Return a layout; ``*9`` after a name is a list of nine."""
    pairs = [name.partition("*") for name in names.split()]
    fields = (Field(n, _meaning(prefix, n), int(count) if count else None) for n, _, count in pairs)
    return Layout(section, prefix, tuple(fields), gpc)


def _state(section: int, prefix: str, sensitive: int, children: str, *, gpc: bool = True) -> Layout:
    """Return the layout that most states of 2024 and 2025 share."""
    first = "SharingNotice" if prefix == "usmt" else "ProcessingNotice"
    return _layout(
        section,
        prefix,
        f"Version {first} {_ADS} {_CHOICES} SensitiveDataProcessing*{sensitive} "
        f"KnownChildSensitiveDataConsents{children} {_MORE} {_MSPA}",
        gpc=gpc,
    )


NATIONAL_1 = _layout(7, "usnat", _NATIONAL.format(12, 2))
"""Section 7 before the release of 2024, told by its 60 bits: shorter lists."""

LAYOUTS: Mapping[int, Layout] = MappingProxyType(
    {
        layout.section: layout
        for layout in (
            _layout(7, "usnat", _NATIONAL.format(16, 3)),
            _layout(
                8,
                "usca",
                "Version SaleOptOutNotice SharingOptOutNotice SensitiveDataLimitUseNotice "
                "SaleOptOut SharingOptOut SensitiveDataProcessing*9 "
                f"KnownChildSensitiveDataConsents*2 PersonalDataConsents {_MSPA}",
            ),
            _layout(
                9,
                "usva",
                f"Version SharingNotice {_ADS} {_CHOICES} SensitiveDataProcessing*8 "
                f"KnownChildSensitiveDataConsents {_MSPA}",
                gpc=False,
            ),
            _layout(
                10,
                "usco",
                f"Version SharingNotice {_ADS} {_CHOICES} SensitiveDataProcessing*7 "
                f"KnownChildSensitiveDataConsents {_MSPA}",
            ),
            _layout(
                11,
                "usut",
                f"Version SharingNotice {_ADS} SensitiveDataProcessingOptOutNotice {_CHOICES} "
                f"SensitiveDataProcessing*8 KnownChildSensitiveDataConsents {_MSPA}",
                gpc=False,
            ),
            _layout(
                12,
                "usct",
                f"Version SharingNotice {_ADS} {_CHOICES} SensitiveDataProcessing*8 "
                f"KnownChildSensitiveDataConsents*3 {_MSPA}",
            ),
            _state(13, "usfl", 8, "*3", gpc=False),
            _state(14, "usmt", 8, "*3"),
            _state(15, "usor", 11, "*3"),
            _state(16, "ustx", 8, ""),
            _state(17, "usde", 9, "*5"),
            _layout(
                18,
                "usia",
                f"Version ProcessingNotice {_ADS} SensitiveDataOptOutNotice {_CHOICES} "
                f"SensitiveDataProcessing*8 KnownChildSensitiveDataConsents {_MSPA}",
            ),
            _state(19, "usne", 8, ""),
            _state(20, "usnh", 8, "*3"),
            _state(21, "usnj", 10, "*5"),
            _state(22, "ustn", 8, ""),
            _state(23, "usmn", 8, ""),
        )
    }
)
"""Every US section that is read, by its id."""

PREFIXES: Mapping[int, str] = MappingProxyType(
    {2: "tcfeuv2", 6: "uspv1", **{i: layout.prefix for i, layout in LAYOUTS.items()}}
)
"""The client-side API's names of the sections that are read."""
