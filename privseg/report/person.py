# SPDX-License-Identifier: Apache-2.0
"""The page that answers a person's access request, in a calm voice and plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from privseg.report.language import ENGLISH, Language
from privseg.report.render import page


def render_access(document: Mapping[str, object], *, language: Language = ENGLISH) -> str:
    """Return the HTML of an access answer (format ``privseg.access/1``)."""
    return page(
        "access.html.j2",
        title=language("What we hold about you, and who read it"),
        language=language,
        a=document,
        summary=_summary(document, language),
    )


def _summary(document: Mapping[str, object], _: Language) -> str:
    """Return the answer in one sentence, made from the document's own lists."""
    data, reads = _list(document, "data"), _list(document, "who_read_it")
    sources = sum(1 for d in data if isinstance(d, Mapping) and d.get("rows"))
    return _(
        "We hold data about you from {sources} sources; {reads} runs could read some of it."
    ).format(sources=sources, reads=len(reads))


def _list(document: Mapping[str, object], name: str) -> Sequence[object]:
    """Return a list of the document."""
    value = document[name]
    return value if isinstance(value, Sequence) else ()
