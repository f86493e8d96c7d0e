# SPDX-License-Identifier: Apache-2.0
"""What only the workspace knows to be wrong with a row of requests; never the value itself.

Every cell that can be read is checked, whatever else is wrong with its row, so that one round tells
everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from privseg.dsr import Asked, RequestKind
from privseg.engine.house import House
from privseg.engine.rights.meanwhile import PurposeNeededError, require_askable
from privseg.engine.scope import (
    UnknownCategoryError,
    UnknownKindError,
    UnknownPurposeError,
    require_kind,
    require_scope,
)
from privseg.loaders.requests_csv import RowMistake
from privseg.loaders.requests_file import RowSaid
from privseg.pseudonym import IdentifierError, canonical_form, identifies
from privseg.report.language import languages
from privseg.terms import Category, Purpose, SubjectId

KIND, WHO, PURPOSE, CATEGORIES = "identifier_kind", "identifier", "purpose", "categories"


def mistakes_in(house: House, said: RowSaid, usual: str | None) -> list[RowMistake]:
    """Return everything about a row that this workspace cannot take.

    ``usual`` is the kind of identifier of a row that names none; None where there are several.
    """
    found = [
        *_person(house, said, usual),
        *_scope(house, (said.purpose,), ()),
        *_scope(house, (), said.categories),
        *_language(said),
    ]
    told = said.wrong | {column for column, _ in found}
    found += _not_askable(house, said, told)
    return [RowMistake(said.row, column, why) for column, why in found]


def _person(house: House, said: RowSaid, usual: str | None) -> Iterator[tuple[str, str]]:
    """Yield why nobody can be found by what names them."""
    kind = said.identifier_kind or usual
    if kind is None:
        if KIND not in said.wrong:
            yield KIND, "people go by several kinds: say which"
        return
    try:
        require_kind(house.policy, kind)
    except UnknownKindError:
        yield KIND, "the catalogue has no such identifier"
        return
    if not identifies(kind):
        yield KIND, "several people may share one"
    elif said.identifier is not None:
        yield from _identifier(SubjectId(kind, said.identifier))


def _identifier(subject: SubjectId) -> Iterator[tuple[str, str]]:
    """Yield why an identifier has no canonical form."""
    try:
        canonical_form(subject)
    except IdentifierError as error:
        yield WHO, error.why


def _scope(
    house: House, purposes: Iterable[Purpose | None], categories: Iterable[Category]
) -> Iterator[tuple[str, str]]:
    """Yield what the policy does not know."""
    try:
        require_scope(house.policy, purposes, categories)
    except UnknownPurposeError:
        yield PURPOSE, "the policy has no such purpose"
    except UnknownCategoryError:
        yield CATEGORIES, "the policy has no such category"


def _language(said: RowSaid) -> Iterator[tuple[str, str]]:
    """Yield that nobody has translated letters to a language."""
    if said.language is not None and said.language not in languages():
        yield "language", "letters are not written in it"


def _not_askable(
    house: House, said: RowSaid, told: frozenset[str | None]
) -> Iterator[tuple[str, str]]:
    """Yield why a request could never be carried out, where no cell of it was told before."""
    if said.kind is None or {PURPOSE, CATEGORIES} & told:
        return
    asked = Asked(purpose=said.purpose, categories=said.categories)
    try:
        require_askable(house, said.kind, asked)
    except PurposeNeededError:
        yield PURPOSE, _needed(said)


def _needed(said: RowSaid) -> str:
    """Return that a kind needs a purpose of its own."""
    assert said.kind is RequestKind.OPT_IN  # the only one
    if said.purpose is None:
        return "an opt-in must say which purpose it is about"
    return "an opt-in must name one purpose, not several under one name"
