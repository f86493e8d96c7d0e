# SPDX-License-Identifier: Apache-2.0
"""Segment and RudderStack events, one JSON object a line, with consent in their context.

Taken from Segment's analytics-next (``consent-tools``: the event "Segment Consent Preference
Updated" and ``context.consent.categoryPreferences``, ids to true or false) and RudderStack's "Add
the consent object to event payloads" (``context.consentManagement`` with ``allowedConsentIds`` and
``deniedConsentIds``).

Only the update event is an act. Any other event bears a stamp of what stood, so that a yes on it
is not taken (unless the map says ``rows: acts``), and a no is. A category that was there and is no
more is a no. An event may have both objects; the stricter answer of both stands. Events without
consent say nothing, and those of nobody that the map can name are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privseg.consent.banner_map import BannerMap, Rows
from privseg.sources.banners.answers import Answer, Statement
from privseg.sources.banners.choices import Choices
from privseg.sources.banners.errors import BadValueError
from privseg.sources.banners.jsons import at, list_at, object_at, text_at, time_at
from privseg.sources.moments import EARLIEST

UPDATED = "Segment Consent Preference Updated"
CATEGORIES = "context.consent.categoryPreferences"
ALLOWED = "context.consentManagement.allowedConsentIds"
DENIED = "context.consentManagement.deniedConsentIds"


def statements(line: int, record: Mapping[str, Any], mapping: BannerMap) -> Iterator[Statement]:
    """Yield what an event says, if it says anything about somebody.

    Raises:
        BadValueError: the consent object is not of its form, or the time is missing.
    """
    is_update = record.get("type") == "track" and record.get("event") == UPDATED
    found = _choices(record)
    if found is None and is_update:
        raise BadValueError("the update event needs an object there", path=CATEGORIES)
    if found is None:
        return
    person = text_at(record, mapping.person or "userId")
    if person is None:
        yield Statement(line, "", EARLIEST, found.answers)
        return
    yield Statement(
        line,
        person,
        time_at(record, mapping.time or "timestamp"),
        found.answers,
        is_act=is_update or mapping.rows is Rows.ACTS,
        is_whole=True,
        source_id=text_at(record, "messageId"),
    )


def _choices(record: Mapping[str, Any]) -> Choices | None:
    """Return the choices of an event, None if it has no consent object.

    Raises:
        BadValueError: it has one of another form.
    """
    if all(at(record, path) is None for path in (CATEGORIES, ALLOWED, DENIED)):
        return None
    found = Choices()
    for name, value in object_at(record, CATEGORIES).items():
        if not isinstance(value, bool):
            raise BadValueError("a category is neither true nor false", path=CATEGORIES)
        found.add(name, Answer.YES if value else Answer.NO)
    for path, answer in ((ALLOWED, Answer.YES), (DENIED, Answer.NO)):
        for name in list_at(record, path):
            if not isinstance(name, str):
                raise BadValueError("a consent id is no text", path=path)
            found.add(name, answer)
    return found
