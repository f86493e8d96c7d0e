# SPDX-License-Identifier: Apache-2.0
"""IAB Europe TC strings (TCF v2.0 to v2.3): decoded strictly, encoded exactly.

Taken from "Transparency and Consent String with Global Vendor & CMP List Formats" of the
repository GDPR-Transparency-and-Consent-Framework of IAB Tech Lab (TCFv2/), the note of v2.3
(April 2025) that makes DisclosedVendors mandatory, and the field orders of iabtcf-es 1.5 and
iabgpp-es 3.2, whose output the vectors are. Decoding is not judging: a string that decodes may
be void (``void_because``).

The PyPI package ``iab-tcf`` 0.2.2 (October 2022) was tried and not taken: it decodes only, knows
neither restrictions' bounds nor trailing bits, and reads past the end of a short string as zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Any

from privseg.sources.banners.bits import BitReader, BitWriter, Filling
from privseg.sources.banners.errors import MalformedStringError
from privseg.sources.banners.tcf_vendors import (
    Vendors,
    read_ranges,
    read_vendors,
    write_ranges,
    write_vendors,
)
from privseg.terms import from_micros, to_micros

WHAT = "TC string"
PURPOSES, SPECIAL_FEATURES = 24, 12  # bits of the fields
DECISECOND = 100_000  # microseconds
DISCLOSED, ALLOWED, PUBLISHER = 1, 2, 3  # SegmentType; the core segment has none
_SEGMENTS = {DISCLOSED: "disclosed", ALLOWED: "allowed", PUBLISHER: "publisher"}

NOBODY = Vendors(0, 0, in_ranges=False)

POLICY_FROM = ((date(2023, 10, 1), 4),)
"""From which day which TcfPolicyVersion is the least: after 30 September 2023 it is 4 (v2.2)."""

DISCLOSURE_FROM = date(2026, 3, 1)
"""From which day a string must have DisclosedVendors (v2.3; the transition ended 28 Feb 2026)."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """What the publisher allows some vendors for one purpose.

    ``kind``: 0 not at all, 1 only with consent, 2 only on legitimate interest; 3 is undefined.
    """

    purpose: int
    kind: int
    vendors: int  # a mask, as in ``Vendors``


@dataclass(frozen=True, slots=True)
class PublisherTc:
    """The Publisher TC segment: the publisher's own purposes, and custom ones."""

    consents: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    custom: int = 0  # how many custom purposes there are
    custom_consents: frozenset[int] = frozenset()
    custom_interests: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TcString:
    """Everything a TC string says. A number that is not in a set has no consent.

    ``segments`` are the types of the segments after the core, in the order they stand.
    """

    created: datetime
    updated: datetime
    cmp_id: int = 0
    cmp_version: int = 0
    screen: int = 0
    language: str = "EN"
    vendor_list: int = 0
    policy: int = 4
    service_specific: bool = True
    own_stacks: bool = False  # UseNonStandardStacks, since v2.2 UseNonStandardTexts
    special_features: frozenset[int] = frozenset()
    consents: frozenset[int] = frozenset()  # PurposesConsent
    interests: frozenset[int] = frozenset()  # PurposesLITransparency
    purpose_one_treatment: bool = False
    publisher_country: str = "AA"
    vendors: Vendors = NOBODY
    vendor_interests: Vendors = NOBODY
    restrictions: tuple[Restriction, ...] = ()
    segments: tuple[int, ...] = ()
    disclosed: Vendors | None = None
    allowed: Vendors | None = None
    publisher: PublisherTc | None = None

    @property
    def is_dated_to_the_day(self) -> bool:
        """Return whether ``updated`` is a day: CMPs have cut times off since December 2021."""
        return self.updated.time() == datetime.min.time()

    def void_because(self, at: datetime) -> str | None:
        """Return why the string cannot be relied on at ``at``, None if it can."""
        wanted = [version for day, version in POLICY_FROM if at.date() >= day]
        if wanted and self.policy < wanted[-1]:
            return f"its TcfPolicyVersion is below {wanted[-1]}, void since 30 September 2023"
        if not self.service_specific:
            return "it is of the global scope (IsServiceSpecific 0), which is no more"
        if self.disclosed is None and self.created.date() >= DISCLOSURE_FROM:
            return "it has no DisclosedVendors segment, which TCF v2.3 asks since 1 March 2026"
        return None

    def restriction(self, purpose: int, vendor: int) -> int | None:
        """Return how the publisher restricts a vendor for a purpose, None if not at all."""
        kinds = [r.kind for r in self.restrictions if r.purpose == purpose]
        masks = [r.vendors for r in self.restrictions if r.purpose == purpose]
        found = [k for k, m in zip(kinds, masks, strict=True) if m >> vendor & 1]
        return min(found, default=None)


def decode_tc(text: str, *, before: int = 0) -> TcString:
    """Return what a TC string says; ``before`` characters stand before it in a larger string.

    Raises:
        MalformedStringError: it is none; the error says where.
    """
    parts = text.split(".")
    starts = accumulate((len(p) + 1 for p in parts), initial=before)
    readers = [BitReader(p, what=WHAT, before=at) for p, at in zip(parts, starts, strict=False)]
    fields: dict[str, Any] = _core(readers[0])
    segments: list[int] = []
    for bits in readers[1:]:
        name, kind, value = _segment(bits)
        if kind in segments:
            raise MalformedStringError(what=WHAT, why=f"it has the segment {name} twice")
        segments.append(kind)
        fields[name] = value
    return TcString(**fields, segments=tuple(segments))


def encode_tc(tc: TcString, *, filling: Filling = Filling.SEXTETS) -> str:
    """Return the TC string that says ``tc``.

    Raises:
        ValueError: a value does not fit its field.
    """
    writers = {DISCLOSED: tc.disclosed, ALLOWED: tc.allowed}
    parts = [_write_core(tc)]
    for kind in tc.segments:
        bits = BitWriter()
        bits.integer(kind, 3)
        if kind == PUBLISHER:
            _write_publisher(bits, tc.publisher or PublisherTc())
        else:
            write_vendors(bits, writers[kind] or Vendors.of(()))
        parts.append(bits)
    return ".".join(p.text(filling) for p in parts)


def _core(bits: BitReader) -> dict[str, Any]:
    """Return the core segment's fields, in the order of the format."""
    bits.one_of(6, "Version", range(2, 3))
    created, updated = (_moment(bits, n) for n in ("Created", "LastUpdated"))
    if updated < created:
        raise bits.refusal("LastUpdated is before Created")
    found: dict[str, Any] = {
        "created": created,
        "updated": updated,
        "cmp_id": bits.integer(12, "CmpId"),
        "cmp_version": bits.integer(12, "CmpVersion"),
        "screen": bits.integer(6, "ConsentScreen"),
        "language": bits.letters("ConsentLanguage"),
        "vendor_list": bits.integer(12, "VendorListVersion"),
        "policy": bits.integer(6, "TcfPolicyVersion"),
        "service_specific": bits.flag("IsServiceSpecific"),
        "own_stacks": bits.flag("UseNonStandardTexts"),
        "special_features": bits.numbers(SPECIAL_FEATURES, "SpecialFeatureOptIns"),
        "consents": bits.numbers(PURPOSES, "PurposesConsent"),
        "interests": bits.numbers(PURPOSES, "PurposesLITransparency"),
        "purpose_one_treatment": bits.flag("PurposeOneTreatment"),
        "publisher_country": bits.letters("PublisherCC"),
        "vendors": read_vendors(bits, "VendorConsent"),
        "vendor_interests": read_vendors(bits, "VendorLegitimateInterest"),
        "restrictions": _restrictions(bits),
    }
    bits.finish()
    return found


def _moment(bits: BitReader, name: str) -> datetime:
    """Return a moment, written in tenths of a second since 1970."""
    return from_micros(bits.integer(36, name) * DECISECOND)


def _restrictions(bits: BitReader) -> tuple[Restriction, ...]:
    """Return the publisher's restrictions."""
    found: dict[tuple[int, int], int] = {}
    for _ in range(bits.integer(12, "NumPubRestrictions")):
        purpose = bits.one_of(6, "PurposeId", range(1, PURPOSES + 1))
        kind = bits.integer(2, "RestrictionType")
        if (purpose, kind) in found:
            raise bits.refusal("a restriction of one kind stands twice for one purpose")
        found[purpose, kind] = read_ranges(bits, "PubRestrictions")
    return tuple(Restriction(p, k, mask) for (p, k), mask in found.items())


def _segment(bits: BitReader) -> tuple[str, int, object]:
    """Return the field, the type and the content of a segment after the core."""
    kind = bits.one_of(3, "SegmentType", range(DISCLOSED, PUBLISHER + 1))
    name = _SEGMENTS[kind]
    value = _publisher(bits) if kind == PUBLISHER else read_vendors(bits, name)
    bits.finish()
    return name, kind, value


def _publisher(bits: BitReader) -> PublisherTc:
    """Return the Publisher TC segment."""
    consents, interests = (bits.numbers(PURPOSES, f"PubPurposes{n}") for n in ("Consent", "LI"))
    custom = bits.integer(6, "NumCustomPurposes")
    own, own_interests = (bits.numbers(custom, f"CustomPurposes{n}") for n in ("Consent", "LI"))
    return PublisherTc(consents, interests, custom, own, own_interests)


def _write_core(tc: TcString) -> BitWriter:
    """Return the core segment."""
    bits = BitWriter()
    bits.integer(2, 6)
    for moment in (tc.created, tc.updated):
        bits.integer(to_micros(moment.astimezone(UTC)) // DECISECOND, 36)
    bits.integer(tc.cmp_id, 12)
    bits.integer(tc.cmp_version, 12)
    bits.integer(tc.screen, 6)
    bits.letters(tc.language)
    bits.integer(tc.vendor_list, 12)
    bits.integer(tc.policy, 6)
    bits.flag(value=tc.service_specific)
    bits.flag(value=tc.own_stacks)
    bits.numbers(tc.special_features, SPECIAL_FEATURES)
    bits.numbers(tc.consents, PURPOSES)
    bits.numbers(tc.interests, PURPOSES)
    bits.flag(value=tc.purpose_one_treatment)
    bits.letters(tc.publisher_country)
    write_vendors(bits, tc.vendors)
    write_vendors(bits, tc.vendor_interests)
    bits.integer(len(tc.restrictions), 12)
    for one in tc.restrictions:
        bits.integer(one.purpose, 6)
        bits.integer(one.kind, 2)
        write_ranges(bits, one.vendors)
    return bits


def _write_publisher(bits: BitWriter, publisher: PublisherTc) -> None:
    """Write the Publisher TC segment after its type."""
    bits.numbers(publisher.consents, PURPOSES)
    bits.numbers(publisher.interests, PURPOSES)
    bits.integer(publisher.custom, 6)
    bits.numbers(publisher.custom_consents, publisher.custom)
    bits.numbers(publisher.custom_interests, publisher.custom)
