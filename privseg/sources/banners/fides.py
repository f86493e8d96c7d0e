# SPDX-License-Identifier: Apache-2.0
"""Fides (Ethyca): the consent report, and saved privacy preferences.

Taken from the API models in the repository ethyca/fides (``ConsentReportingSchema``,
``PrivacyPreferencesRequest``, ``ConsentOptionCreate``, ``UserConsentPreference``,
``ConsentMethod``). A row of the report is one preference, in JSON or in CSV under the same names; a
saved request has lists of them (``preferences``, and ``..._preferences`` for TCF) and no time, so
the map names the column that holds one. Its titles in the admin UI's own CSV download were not
found and are not read. A choice is called by its ``privacy_notice_history_id``, or ``purpose 3``
and ``special feature 1`` for TCF.

Not read: legitimate interests (see ``choices``), vendors, systems; a no to one of them is counted.
``acknowledge`` and ``tcf`` are no answers. What was saved by dismissing the banner is no
affirmative act, and an opt-out by ``gpc`` is a signal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privseg.consent.banner_map import BannerMap
from privseg.consent.event import Method
from privseg.sources.banners.answers import Answer, Statement
from privseg.sources.banners.choices import Choices
from privseg.sources.banners.errors import BadValueError
from privseg.sources.banners.jsons import list_at, person_at, text_at, time_at

NOTICE = "privacy_notice_history_id"
_ANSWERS = {"opt_in": Answer.YES, "opt_out": Answer.NO, "acknowledge": None, "tcf": None}
_NAMED = {"purpose_consent": "purpose", "special_feature": "special feature"}
_UNREAD = (
    "purpose_legitimate_interests",
    "special_purpose",
    "feature",
    "vendor_consent",
    "vendor_legitimate_interests",
    "system_consent",
    "system_legitimate_interests",
)
_KINDS = (*_NAMED, *_UNREAD)
_LIST = "_preferences"  # what a list of TCF preferences adds to the name of what they are about
_METHODS = {
    "button": Method.FORM,
    "reject": Method.FORM,
    "accept": Method.FORM,
    "save": Method.FORM,
    "individual_notice": Method.FORM,
    "dismiss": Method.DISMISS,
    "gpc": Method.API,
    "acknowledge": Method.DISMISS,
}


def statements(line: int, record: Mapping[str, Any], mapping: BannerMap) -> Iterator[Statement]:
    """Yield what one row of the report, or one saved request, says.

    Raises:
        BadValueError: it lacks the person or the time, or has a word that Fides does not know.
    """
    method = _method(record)
    lists = [name for name in ("preferences", *map(_list_of, _KINDS)) if record.get(name)]
    found = Choices()
    for name in lists:
        for one in list_at(record, name):
            _add(found, _entry(name, one), record)
    if not lists or "preference" in record:
        _add(found, record, record)
    default = "browser_identity.fides_user_device_id" if lists else "fides_user_device_id"
    yield Statement(
        line,
        person_at(record, mapping.person or default),
        time_at(record, mapping.time or "request_timestamp"),
        found.answers,
        tuple(found.others),
        unread=tuple(found.unread),
        is_act=True,
        source_id=text_at(record, "id"),
        method=method,
    )


def _list_of(kind: str) -> str:
    """Return what the list of a kind of preferences is called."""
    return f"{kind}{_LIST}"


def _entry(name: str, one: Any) -> Mapping[str, Any]:
    """Return a preference of a list as a row of the report has it.

    Raises:
        BadValueError: it is no object.
    """
    if not isinstance(one, Mapping):
        raise BadValueError("not an object", path=name)
    kind = name.removesuffix(_LIST)
    return {kind: one.get("id"), **one} if kind in _KINDS else one


def _add(found: Choices, one: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    """Note one preference; a no is one to everything that it names.

    Raises:
        BadValueError: it answers nothing that has a name, or with a word that Fides does not know.
    """
    answer = _answer(one, is_signal=text_at(record, "method") == "gpc")
    names = list(_names(one))
    unread = [kind for kind in _UNREAD if text_at(one, kind) is not None]
    if answer is not None and not names and not unread:
        raise BadValueError("nothing says what the preference is about", path=NOTICE)
    is_no = answer is not None and answer.is_no
    for name in names if is_no else names[:1]:
        found.add(name, answer)
    found.unread += unread if is_no else ()


def _names(one: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of what a preference is about, the narrowest first."""
    for field, word in _NAMED.items():
        if (number := text_at(one, field)) is not None:
            yield f"{word} {number}"
    if (notice := text_at(one, NOTICE)) is not None:
        yield notice


def _answer(one: Mapping[str, Any], *, is_signal: bool) -> Answer | None:
    """Return a preference.

    Raises:
        BadValueError: it is a word that Fides does not know.
    """
    word = text_at(one, "preference")
    if word not in _ANSWERS:
        raise BadValueError(f"not one of {', '.join(_ANSWERS)}", path="preference")
    answer = _ANSWERS[word]
    return Answer.SIGNALLED if is_signal and answer is Answer.NO else answer


def _method(record: Mapping[str, Any]) -> Method | None:
    """Return how a preference was saved, None if the record does not say.

    Raises:
        BadValueError: it is a word that Fides does not know.
    """
    word = text_at(record, "method")
    if word is not None and word not in _METHODS:
        raise BadValueError(f"not one of {', '.join(_METHODS)}", path="method")
    return None if word is None else _METHODS[word]
