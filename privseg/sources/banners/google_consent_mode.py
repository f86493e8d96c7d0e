# SPDX-License-Identifier: Apache-2.0
"""Google Consent Mode v2: the ``gtag('consent', ...)`` calls that a site logs.

Taken from Google's "Set up consent mode on websites" and the Tag Manager consent types. Google
publishes no export, so a record is ours: ``consent`` holds the call's arguments as the data layer
has them, ``["consent", "update", {"ad_storage": "granted"}]``, beside ``person`` and ``time``.

A ``default`` is the site's word, not the person's: it answers nothing, granted or denied, for
whatever region. A signal that is not set is unknown. An ``update`` may repeat what a banner had
stored, so with ``rows: states`` only its denials count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privseg.consent.banner_map import BannerMap, Rows
from privseg.sources.banners.answers import Answer, Statement
from privseg.sources.banners.errors import BadValueError
from privseg.sources.banners.jsons import list_at, person_at, time_at

SIGNALS = (
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
)
_SETTINGS = ("region", "wait_for_update")
_ANSWERS = {"granted": Answer.YES, "denied": Answer.NO}


def statements(line: int, record: Mapping[str, Any], mapping: BannerMap) -> Iterator[Statement]:
    """Yield what an ``update`` says; a ``default`` says nothing.

    Raises:
        BadValueError: it is no such call, or lacks the person or the time.
    """
    path = mapping.text or "consent"
    match list_at(record, path):
        case ["consent", "default" | "update" as command, dict(signals)]:
            pass
        case _:
            raise BadValueError("not the arguments of gtag('consent', ...)", path=path)
    if command == "default":
        return
    person = person_at(record, mapping.person or "person")
    said = {n: v for n, v in signals.items() if n not in _SETTINGS}
    if not all(isinstance(v, str) and v in _ANSWERS for v in said.values()):
        raise BadValueError("a signal is neither granted nor denied", path=path)
    yield Statement(
        line,
        person,
        time_at(record, mapping.time or "time"),
        {name: _ANSWERS[value] for name, value in said.items()},
        tuple(name for name in SIGNALS if name not in said),
        is_act=mapping.rows is Rows.ACTS,
    )
