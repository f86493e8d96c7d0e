# SPDX-License-Identifier: Apache-2.0
"""The segments of an answer in the language of its page: the same conditions, said once more.

Looked up by the English of the document, so that a page can say nothing else than the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from privseg.engine.answers.held import column_of, digits_of
from privseg.engine.house import House
from privseg.engine.segment.definition_reading import written_out
from privseg.policy import ColumnType
from privseg.report.language import SOURCE, Language
from privseg.report.person_wording import AS_TOLD, PageVoice, Wording
from privseg.segment import All, Condition, explain
from privseg.terms import Attribute

SCALED = frozenset({ColumnType.MONEY, ColumnType.DECIMAL})


def page_wording(house: House, document: Mapping[str, Any], language: Language) -> Wording:
    """Return what the page of an access answer says of segments; in English, nothing of its own."""
    if language.code == SOURCE or "segments" not in document:
        return AS_TOLD
    labels = {name: _label(label, language) for name, label in _labels(house)}
    foreign = {name: code for name, (_, code) in labels.items() if code}
    voice = PageVoice(language, {name: text for name, (text, _) in labels.items()}, foreign)
    return Wording(
        {explain(one): _said(one, voice) for one in _conditions(house, document)},
        foreign,
        frozenset(name for name in _measured(document) if _is_decimal(house, name)),
    )


def _said(condition: Condition, voice: PageVoice) -> Markup:
    """Return a condition as a page says it; what a voice did not make is escaped here."""
    return Markup.escape(explain(condition, voice))


def _labels(house: House) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the labels of every segment."""
    for name in house.segments:
        yield name, house.segments[name].label


def _label(label: Mapping[str, str], language: Language) -> tuple[str, str | None]:
    """Return a label as the document has it, and its language if that is not the page's."""
    if language.code in label:
        return label[language.code], None
    return (label[SOURCE], SOURCE) if SOURCE in label else ("", None)


def _conditions(house: House, document: Mapping[str, Any]) -> Iterator[Condition]:
    """Yield every condition that the document tells, and every part of one."""
    kept = {m["version"] for m in document["memberships"] if m["meaning"] is not None}
    wholes = [house.segments[name].where for name in house.segments]
    for whole in [*wholes, *(written_out(house.definitions, version).where for version in kept)]:
        yield whole
        if isinstance(whole, All):
            yield from whole.parts


def _measured(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of everything of which a value is told."""
    for segment in document["segments"]:
        yield from (own["of"] for clause in segment["clauses"] for own in clause["own"])
        yield from (change["of"] for way in segment["ways_out"] for change in way)


def _is_decimal(house: House, name: str) -> bool:
    """Return whether a value is a number with decimals, and no text that looks like one."""
    attribute = name.partition(" of ")[2] or name
    column = column_of(house, attribute)
    if column is not None:
        return column.type in SCALED and digits_of(column) > 0
    output = house.policy.catalogue.output_of(Attribute(attribute))
    return output is not None and bool(output.currency or output.decimals)
