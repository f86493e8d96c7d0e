# SPDX-License-Identifier: Apache-2.0
"""Transcend: the consent preferences that its command line exports and imports.

Taken from transcend-io/cli (``examples/preference-upload.csv`` and the codec
``ConsentPreferenceUpload``): ``userId``, ``timestamp``, ``purposes`` (in CSV a JSON text: names to
true, false or "Auto"), ``confirmed``, ``updated``, ``prompted``. ``confirmed`` says whether it was
the person: false is a default, which answers nothing; where it is missing only a no counts. "Auto"
is unknown.

Not read, but counted: the columns ``usp``, ``tcf`` and ``gpp`` (import the latter two with those
formats, naming the column as ``text``). Not read either: the preference store's topics, whose
export was not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privseg.consent.banner_map import BannerMap
from privseg.sources.banners.answers import Answer, Statement
from privseg.sources.banners.choices import Choices
from privseg.sources.banners.errors import BadValueError
from privseg.sources.banners.jsons import at, flag, object_at, person_at, time_at

STRINGS = ("usp", "tcf", "gpp")


def statements(line: int, record: Mapping[str, Any], mapping: BannerMap) -> Iterator[Statement]:
    """Yield what one row says.

    Raises:
        BadValueError: it lacks the person or the time, or a purpose is neither yes, no nor Auto.
    """
    found = Choices()
    confirmed = flag(at(record, "confirmed"))
    for name, value in object_at(record, "purposes").items():
        if value != "Auto" and flag(value) is None:
            raise BadValueError("neither true, false nor Auto", path="purposes")
        found.add(name, _answer(value, confirmed=confirmed))
    yield Statement(
        line,
        person_at(record, mapping.person or "userId"),
        time_at(record, mapping.time or "timestamp"),
        found.answers,
        tuple(found.others),
        unread=tuple(name for name in STRINGS if at(record, name)),
        is_act=True,
        is_whole=confirmed is True,
    )


def _answer(value: Any, *, confirmed: bool | None) -> Answer | None:
    """Return the answer to one purpose."""
    if value == "Auto" or confirmed is False:
        return None
    if flag(value):
        return Answer.YES if confirmed else None
    return Answer.NO
