# SPDX-License-Identifier: Apache-2.0
"""Kantara consent receipts, v1.0 and v1.1, as JSON.

Taken from the Consent Receipt Specification v1.1.0 (Kantara Initiative, 2018-02-20; its example)
and the field names of v1.0. A receipt is of a yes: it knows no refusal. ``consentType`` IMPLICIT
is no affirmative act and answers nothing, also for the same purpose of another service. A choice is
called by its ``purpose`` as written.

Not read: ``termination`` is prose, so the policy's own durations bound such a consent;
``jurisdiction`` is free text; ``piiCategory`` (the map says the categories). Receipts inside a JWT
are not opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privseg.consent.banner_map import BannerMap
from privseg.sources.banners.answers import Answer, Statement
from privseg.sources.banners.choices import Choices
from privseg.sources.banners.errors import BadValueError
from privseg.sources.banners.jsons import as_proof, list_at, person_at, text_at, time_at

VERSIONS = ("KI-CR-v1.0.0", "KI-CR-v1.1.0")
_EXPLICIT = {"EXPLICIT": True, "IMPLICIT": False}


def statements(line: int, record: Mapping[str, Any], mapping: BannerMap) -> Iterator[Statement]:
    """Yield what a receipt says of the purposes that were agreed to.

    Raises:
        BadValueError: it is no receipt of a known version, or lacks what it must have.
    """
    if text_at(record, "version") not in VERSIONS:
        raise BadValueError(f"not one of {', '.join(VERSIONS)}", path="version")
    person = person_at(record, mapping.person or _principal(record))
    time = time_at(record, mapping.time or "consentTimestamp")
    receipt = text_at(record, "consentReceiptID")
    found = Choices()
    for purpose in _purposes(record):
        name = text_at(purpose, "purpose")
        explicit = _EXPLICIT.get((text_at(purpose, "consentType") or "").upper())
        if name is None or explicit is None:
            raise BadValueError("a purpose lacks its name or its consentType", path="services")
        found.add(name, Answer.YES if explicit else None)
    yield Statement(
        line,
        person,
        time,
        found.answers,
        tuple(found.others),
        is_act=True,
        source_id=receipt,
        explicit=True,
        language=text_at(record, "language"),
        proof=as_proof(record),
    )


def _principal(record: Mapping[str, Any]) -> str:
    """Return where the person stands: v1.1, else v1.0."""
    return "piiPrincipalId" if "piiPrincipalId" in record else "subject"


def _purposes(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the purposes of all services.

    Raises:
        BadValueError: something else stands there.
    """
    for service in list_at(record, "services"):
        if not isinstance(service, Mapping):
            raise BadValueError("not a list of objects", path="services")
        for purpose in list_at(service, "purposes"):
            if not isinstance(purpose, Mapping):
                raise BadValueError("not a list of objects", path="purposes")
            yield purpose
