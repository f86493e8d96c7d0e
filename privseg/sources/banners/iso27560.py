# SPDX-License-Identifier: Apache-2.0
"""ISO/IEC TS 27560 consent records and receipts, as DPV JSON-LD.

Taken from the DPV guide to 27560 (w3c/dpv, guides/consent-27560.html) with its four profiles:
record, record-eu-gdpr, receipt, receipt-eu-gdpr. ISO's own text is not public; fields are those of
the guide. Read: who (``dpv:hasDataSubject``), what for (``dpv:hasPurpose`` of a process or of the
record: the choice's name), on which basis, and each ``dpv:hasConsentStatus`` with its time, by
whom, and how long it lasts. JSON-LD is read as the guide writes it (prefixes ``dpv:``, ``dct:``,
``eu-gdpr:``, or their full IRIs; see ``jsonld``).

What would be lost is refused: a record about several people or without any state, a state at
another place, an answer without a purpose.

The guide's states and those of the shipped vocabulary (``consent_status.csv``: Revoked, no
Terminated) are both known. A time without a zone is UTC, as the guide says; a bare date is its
first instant for a yes and its last for a no, so that no earlier yes of that day outlives the no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from privseg.consent.banner_map import BannerMap
from privseg.consent.event import Authority
from privseg.sources.banners.answers import Answer, Statement
from privseg.sources.banners.errors import BadValueError
from privseg.sources.banners.jsonld import as_object, check_context, count_of, ids_in, short
from privseg.sources.banners.jsons import as_proof, list_at
from privseg.sources.banners.lasting import Lasting, lasting
from privseg.sources.moments import EARLIEST, LATEST

STATUS, SUBJECT = "dpv:hasConsentStatus", "dpv:hasDataSubject"
PROFILES = tuple(
    f"https://w3id.org/dpv/schema/dpv-27560{suffix}"
    for suffix in ("", "-GDPR", "#record", "#record-eu-gdpr", "#receipt", "#receipt-record",
                   "#receipt-eu-gdpr")
)  # fmt: skip
"""What ``dct:conformsTo`` may say; the guide spells some profiles in two ways."""

STATES: Mapping[str, Answer | None] = {
    "ConsentGiven": Answer.YES,
    "RenewedConsentGiven": Answer.YES,
    "ConsentRefused": Answer.NO,
    "ConsentWithdrawn": Answer.WITHDRAWN,
    "ConsentRevoked": Answer.ENDED,
    "ConsentTerminated": Answer.ENDED,
    "ConsentInvalidated": Answer.ENDED,
    "ConsentExpired": Answer.ENDED,
    "ConsentRequestDeferred": Answer.DEFERRED,
    "ConsentRequested": None,
    "ConsentUnknown": None,
}
_CONSENT = {"dpv:Consent", "dpv:InformedConsent", "dpv:ExpressedConsent"}
_EXPLICIT = {"dpv:ExplicitlyExpressedConsent", "eu-gdpr:A6-1-a-explicit-consent", "eu-gdpr:A9-2-a"}
_SILENT = {"dpv:ImpliedConsent", "dpv:UninformedConsent"}
_GDPR_CONSENT = {"eu-gdpr:A6-1-a", "eu-gdpr:A6-1-a-non-explicit-consent", *_EXPLICIT}
_GUARDIANS = {"dpv:ParentOfDataSubject", "dpv:GuardianOfDataSubject"}
_LAST = timedelta(days=1, microseconds=-1)  # from a day's first instant to its last
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)


def statements(
    line: int,
    record: Mapping[str, Any],
    mapping: BannerMap,  # noqa: ARG001 the format says everything itself
) -> Iterator[Statement]:
    """Yield what a consent record, or each record of a receipt, says: one statement a state.

    Raises:
        BadValueError: it is none, or lacks what it must have.
    """
    check_context(record)
    document = short(record)
    _check_profile(document)
    kinds = ids_in(document.get("@type"))
    if "dpv:ConsentReceipt" in kinds:
        records = [as_object(r) for r in list_at(document, "dpv:hasRecordOfActivity")]
    elif "dpv:ConsentRecord" in kinds:
        records = [document]
    else:
        raise BadValueError("neither a dpv:ConsentRecord nor a dpv:ConsentReceipt", path="@type")
    _check_states(document, records)
    for one in records:
        yield from _of_record(line, one)


def _check_profile(document: Mapping[str, Any]) -> None:
    """Refuse a document of another schema; one that names none is read.

    Raises:
        BadValueError: it names others only.
    """
    named = ids_in(document.get("dct:conformsTo"))
    if named and not named & set(PROFILES):
        raise BadValueError("not a profile of DPV-27560", path="dct:conformsTo")


def _check_states(document: Mapping[str, Any], records: list[Mapping[str, Any]]) -> None:
    """Refuse a document with a state where none is read, or a record without any.

    Raises:
        BadValueError: it is one.
    """
    read = [sum(STATUS in part for part in (r, *_processes(r))) for r in records]
    if not read or not all(read):
        raise BadValueError("a record without a state", path=STATUS)
    if count_of(STATUS, document) != sum(read):
        why = "a state stands neither in a record nor in a process of one"
        raise BadValueError(why, path=STATUS)


def _processes(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the processes of a record.

    Raises:
        BadValueError: one is no object.
    """
    return [as_object(p) for p in list_at(record, "dpv:hasProcess")]


def _person(record: Mapping[str, Any]) -> str:
    """Return whom a record is about.

    Raises:
        BadValueError: that is nobody, or more than one.
    """
    parts = (record, *_processes(record))
    named = {n for part in parts for n in ids_in(part.get(SUBJECT)) if not n.startswith("dpv:")}
    if len(named) > 1:
        raise BadValueError("it is about several people; export one record for each", path=SUBJECT)
    if not named:
        raise BadValueError("nothing says whom the record is about", path=SUBJECT)
    return named.pop()


def _of_record(line: int, record: Mapping[str, Any]) -> Iterator[Statement]:
    """Yield the states of one record."""
    person = _person(record)
    number = next(iter(sorted(ids_in(record.get("dct:identifier") or record.get("@id")))), None)
    proof = as_proof(record)
    processes = _processes(record)
    for part in [record, *processes]:
        purposes = ids_in(part.get("dpv:hasPurpose"))
        if part is record:  # what it says about consent goes for its processes, too
            purposes |= {p for one in processes for p in ids_in(one.get("dpv:hasPurpose"))}
        bases = ids_in(part.get("dpv:hasLegalBasis")) or ids_in(record.get("dpv:hasLegalBasis"))
        for state in _states(part):
            yield _statement(line, person, state, purposes, bases, number, proof)


def _states(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the states of a record or a process.

    Raises:
        BadValueError: one is not of its form.
    """
    found = part.get(STATUS)
    listed = found if isinstance(found, list) else [] if found is None else [found]
    return [{"@type": s} if isinstance(s, str) else as_object(s) for s in listed]


def _statement(
    line: int,
    person: str,
    state: Mapping[str, Any],
    purposes: set[str],
    bases: set[str],
    number: str | None,
    proof: str | None,
) -> Statement:
    """Return what one state says."""
    kinds = ids_in(state.get("@type"))
    named = {k.removeprefix("dpv:") for k in kinds} & STATES.keys()
    if len(named) != 1:
        raise BadValueError("not one known state", path=STATUS)
    answer = STATES[named.pop()]
    if answer is not None and not purposes:
        raise BadValueError("an answer without a purpose", path="dpv:hasPurpose")
    moment = _moment(state.get("dpv:isIndicatedAtTime"), is_yes=answer is Answer.YES)
    said = kinds | bases
    if answer is Answer.YES and (said & _SILENT or (bases and not _rests_on_consent(bases))):
        answer = None
    lasts = lasting(state.get("dpv:hasDuration"), moment) if answer is Answer.YES else Lasting()
    names = tuple(sorted(purposes))
    return Statement(
        line,
        person,
        moment,
        dict.fromkeys(names, answer) if answer is not None else {},
        () if answer is not None else names,
        is_act=True,
        source_id=None if number is None else f"{number} {'+'.join(sorted(kinds))} {moment}",
        authority=_authority(state, person),
        explicit=bool(said & _EXPLICIT),
        expires_at=lasts.expires_at,
        until=lasts.until,
        uses=lasts.uses,
        proof=proof,
    )


def _rests_on_consent(bases: set[str]) -> bool:
    """Return whether a legal basis is consent."""
    return bool(bases & (_CONSENT | _EXPLICIT | _GDPR_CONSENT))


def _authority(state: Mapping[str, Any], person: str) -> Authority:
    """Return whose word it is; nobody named is as staff, who can grant nothing."""
    by = ids_in(state.get("dpv:isIndicatedBy"))
    if by & _GUARDIANS:
        return Authority.GUARDIAN
    return Authority.SUBJECT if by & {"dpv:DataSubject", person} else Authority.STAFF


def _moment(value: Any, *, is_yes: bool) -> datetime:
    """Return when a state began.

    Raises:
        BadValueError: that is missing or no moment; the guide says it MUST be there.
    """
    text = value if isinstance(value, str) else ""
    try:
        if _DATE.fullmatch(text):
            first = datetime.combine(date.fromisoformat(text), time.min, UTC)
            found = first if is_yes else first + _LAST
        else:
            found = datetime.fromisoformat(text if _TIME.fullmatch(text) else "")
    except (ValueError, OverflowError):
        found = None
    if found is not None and found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    if found is None or not EARLIEST <= found < LATEST:
        raise BadValueError("no possible moment", path="dpv:isIndicatedAtTime")
    return found.astimezone(UTC)
