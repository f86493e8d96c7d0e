# SPDX-License-Identifier: Apache-2.0
"""The pages that answer a person's request for their data, in a calm voice and plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privseg.report.language import ENGLISH, Language
from privseg.report.person_page import PersonPage
from privseg.report.person_wording import AS_TOLD, Wording
from privseg.report.render import page

Document = Mapping[str, Any]


def render_access(
    document: Document, *, language: Language = ENGLISH, wording: Wording = AS_TOLD
) -> str:
    """Return the HTML of an access answer (format ``privseg.access/2``).

    ``wording`` has in the page's language what the document tells of segments in English.
    """
    title = language("What we hold about you, and who read it")
    return _rendered("access.html.j2", document, title, language, wording)


def render_categories(document: Document, *, language: Language = ENGLISH) -> str:
    """Return the HTML of an answer with categories alone (``privseg.categories/1``)."""
    return _rendered(
        "categories.html.j2", document, language("Which kinds of data we hold about you"), language
    )


def render_portability(document: Document, *, language: Language = ENGLISH) -> str:
    """Return the HTML that comes with data to take along (``privseg.portability/1``)."""
    return _rendered("portability.html.j2", document, language("Your data to take along"), language)


def _rendered(
    template: str, document: Document, title: str, language: Language, wording: Wording = AS_TOLD
) -> str:
    return page(
        template,
        title=title,
        language=language,
        a=document,
        summary=_summary(document, language),
        words=PersonPage(document, language, wording),
    )


def _summary(document: Document, _: Language) -> str:
    """Return the answer in one sentence, made from the document's own lists."""
    if not document["held"]:
        return _("We hold nothing under the identifier that you gave us.")
    if "who_read_it" in document:
        return f"{_held(document, _)} {_read(document, _)}"
    if "sources" in document:
        rows = sum(len(s["rows"]) for s in document["sources"])
        return _.many("{n} record to take along.", "{n} records to take along.", rows).format(
            n=rows
        )
    held = len(document["categories"])
    return _.many("{n} kind of data.", "{n} kinds of data.", held).format(n=held)


def _held(document: Document, _: Language) -> str:
    """Return from how many sources data are held."""
    n = sum(1 for d in document["data"] if d["rows"])
    if not n:
        return _("We hold nothing about you but what tells us who you are.")
    form = _.many(
        "We hold data about you from {n} source.", "We hold data about you from {n} sources.", n
    )
    return form.format(n=n)


def _read(document: Document, _: Language) -> str:
    """Return how many runs read them, as far as that is known."""
    n = len(document["who_read_it"])
    if n:
        form = _.many(
            "{n} evaluation read some of it, or may have.",
            "{n} evaluations read some of it, or may have.",
            n,
        )
        return form.format(n=n)
    if document["who_read_it_is_whole"]:
        return _("No evaluation has read any of it.")
    return _("Whether an evaluation has read some of it cannot be said for sure.")
