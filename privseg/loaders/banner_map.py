# SPDX-License-Identifier: Apache-2.0
"""A banner map (``privseg: banner-map/1``): what the choices of a banner mean here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from privseg.consent.banner_map import BannerFormat, BannerMap, Meaning
from privseg.consent.event import Act, Authority
from privseg.loaders import codes
from privseg.loaders.banner_map_file import BannerMapFile, IdEntry, MeaningEntry
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import read_document
from privseg.terms import Category, Place, Purpose

AND = " & "
DEFAULT_KIND = "customer_number"
MAX_VENDOR = 65_535  # 16 bits of a TC string
_CATEGORY = re.compile(r"[a-z][a-z0-9_-]*")
_NOTICE = re.compile(r"[A-Za-z0-9][\w.-]{0,63}@[\w.-]{1,32}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47, as far as notices need it
_RESTRICTING = {Act.OPT_OUT, Act.OBJECT, Act.LIMIT, Act.SIGNAL}
_TCF = {BannerFormat.TCF, BannerFormat.GPP}
_SAYS_HOW = {BannerFormat.FIDES}  # the format has the method itself
_GIVING = re.compile(r"tcfeuv2\.|.*(Consents|SensitiveDataProcessing)")  # of GPP's choices
_Spot = tuple[tuple[str, ...], Meaning, Place]


def load_banner_map(path: Path | Traversable) -> BannerMap:
    """Return the map in a file.

    Raises:
        DocumentError: it is none; ``findings`` tells every mistake.
    """
    entry = read_document(path, BannerMapFile)
    mistakes = Mistakes()
    spots = list(_spots(entry, mistakes))
    _check_file(entry, spots, mistakes)
    _check_overlaps(entry.format, spots, mistakes)
    mistakes.refuse()
    who = entry.id or IdEntry(at=None, kind=DEFAULT_KIND)
    return BannerMap(
        format=entry.format,
        meanings={c: tuple(m for k, m, _ in spots if k == c) for c, _, _ in spots},
        id_kind=who.kind,
        person=who.at,
        time=entry.time,
        text=entry.text,
        rows=entry.rows,
        vendor=entry.vendor,
        notice=entry.notice,
        language=entry.language,
        method=entry.method,
        jurisdiction=_jurisdiction(entry, mistakes),
    )


def _spots(entry: BannerMapFile, mistakes: Mistakes) -> Iterator[_Spot]:
    """Yield every meaning with its choices and its place; names are checked on the way."""
    for choice, meanings in entry.purposes.items():
        names = tuple(name.strip() for name in choice.split(AND))
        place = entry.place("purposes", choice)
        if not all(names) or len({*names}) < len(names):
            mistakes.note("a choice is empty or stands there twice", place)
        purposes = [m.purpose or "" for m in meanings]
        for number, one in enumerate(meanings):
            here = entry.place("purposes", choice, number)
            if one.purpose in purposes[:number]:
                mistakes.note("one choice leads to a purpose twice; join the categories", here)
            yield names, _meaning(one, mistakes), here


def _meaning(entry: MeaningEntry, mistakes: Mistakes) -> Meaning:
    """Return one meaning."""
    here = entry.place()
    act = None if entry.act is None else Act(entry.act)
    if entry.purpose is not None:
        codes.spelt(entry.purpose, codes.DOTTED, entry.place("purpose"), mistakes)
    for number, name in enumerate(entry.categories):
        if not _CATEGORY.fullmatch(name):
            mistakes.note("not a category's name", entry.place("categories", number))
    if act not in _RESTRICTING and entry.purpose is None:
        mistakes.note("name the purpose; only a choice with an act may mean every one", here)
    _check_notice(entry.notice, entry.place("notice"), mistakes)
    return Meaning(
        purpose=None if entry.purpose is None else Purpose(entry.purpose),
        categories=frozenset(map(Category, entry.categories)),
        act=act,
        explicit=entry.explicit,
        authority=Authority[entry.authority.upper()],
        notice=entry.notice,
    )


def _check_file(entry: BannerMapFile, spots: list[_Spot], mistakes: Mistakes) -> None:
    """Note what the map as a whole lacks or cannot have."""
    if not spots:
        mistakes.note("name at least one choice", entry.place("purposes"))
    _check_notice(entry.notice, entry.place("notice"), mistakes)
    if entry.language is not None and not _LANGUAGE.fullmatch(entry.language):
        mistakes.note("expected a language, such as en or pt-BR", entry.place("language"))
    if entry.vendor is not None and (
        entry.format not in _TCF or not 1 <= entry.vendor <= MAX_VENDOR
    ):
        mistakes.note("a vendor is a number of TCF, from 1 to 65535", entry.place("vendor"))
    giving = [(m, place) for choices, m, place in spots if _gives(entry.format, choices, m)]
    for meaning, place in giving:
        if not meaning.categories:
            mistakes.note("a consent must name its categories of data", place)
        if (meaning.notice or entry.notice) is None:
            mistakes.note("say which notice was shown: notice: id@version", place)
    if giving and entry.method is None and entry.format not in _SAYS_HOW:
        mistakes.note("say how consent was given: method: form", entry.place("method"))


def _check_overlaps(form: BannerFormat, spots: list[_Spot], mistakes: Mistakes) -> None:
    """Note choices that can each allow the same: which one would decide is not said."""
    taken: dict[tuple[Purpose | None, Category], tuple[str, ...]] = {}
    for choices, meaning, place in spots:
        if not _gives(form, choices, meaning):
            continue
        for category in sorted(meaning.categories):
            other = taken.setdefault((meaning.purpose, category), choices)
            if other != choices:
                why = "another choice allows this purpose and category too; join them with ' & '"
                mistakes.note(why, place)


def _gives(form: BannerFormat, choices: tuple[str, ...], meaning: Meaning) -> bool:
    """Return whether a yes to these choices can be consent here."""
    if meaning.act in _RESTRICTING or form is BannerFormat.GPC:
        return False
    return form is not BannerFormat.GPP or any(_GIVING.match(c) for c in choices)


def _check_notice(notice: str | None, place: Place, mistakes: Mistakes) -> None:
    """Note a notice that is not written as one."""
    if notice is not None and not _NOTICE.fullmatch(notice):
        mistakes.note("a notice is written id@version, such as marketing@3", place)


def _jurisdiction(entry: BannerMapFile, mistakes: Mistakes) -> Any:
    """Return the jurisdiction, if one is named.

    Raises:
        DocumentError: there is no such one.
    """
    if entry.jurisdiction is None:
        return None
    found = codes.jurisdiction(entry.jurisdiction, entry.place("jurisdiction"), mistakes)
    mistakes.refuse()
    return found
