# SPDX-License-Identifier: Apache-2.0
"""Pages that open offline: one file, no script, no outside request, a strict content policy."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from privseg.report import chart
from privseg.report.bulletin import Bulletin, Part
from privseg.report.figure import Axis, Dots, Lines, Mark, axis_for, marks_of
from privseg.report.glossary import GLOSSARY
from privseg.report.language import ENGLISH, Language

FEW = 10  # marks that a description names one by one


def page(template: str, *, title: str, language: Language = ENGLISH, **parts: object) -> str:
    """Return a whole page made from one of the room's templates; every value is escaped."""
    style = resources.files("privseg.report").joinpath("templates/house.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    room = Environment(
        loader=PackageLoader("privseg.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    values: dict[str, object] = {
        "language": language.code,
        "direction": language.direction,
        "style": Markup(style),  # noqa: S704  # our own file
        "style_hash": digest,
        "_": language,
        "many": language.many,
    }
    room.globals.update(values)  # macros that a template imports see them too
    return room.get_template(template).render(title=title, **parts)


def render(bulletin: Bulletin) -> str:
    """Return the HTML of a report, in the language that it was composed in.

    It takes released values only: see ``bulletin``.
    """
    language = bulletin.language
    is_mirrored = language.direction == "rtl"
    return page(
        "report.html.j2",
        title=bulletin.title,
        language=language,
        b=bulletin,
        swatch=chart.swatch,
        draw=_Drawing(language, is_mirrored=is_mirrored),
        glossary=GLOSSARY,
    )


class _Drawing:
    """What templates draw with: one language, one direction."""

    def __init__(self, language: Language, *, is_mirrored: bool) -> None:
        self.language = language
        self.is_mirrored = is_mirrored

    def axis(self, part: Part) -> Axis:
        """Return the axis that all figures of a part share."""
        return axis_for(marks_of(part.panels), is_mirrored=self.is_mirrored)

    def strip(self, mark: Mark, axis: Axis, *, is_binned: bool) -> Markup:
        """Return one row's dot and whisker."""
        return chart.strip(mark, axis, is_binned=is_binned)

    def ticks(self, axis: Axis) -> Markup:
        """Return the numbers of an axis."""
        return chart.ticks(axis, self.language)

    def plot(self, lines: Lines, axis: Axis) -> Markup:
        """Return a line chart."""
        return chart.plot(lines, axis, self.language)

    def members(self, mark: Mark) -> Markup:
        """Return the circles of an overlap's row."""
        return chart.members(mark)

    def description(self, figure: Dots | Lines) -> str:
        """Return a figure in words: every number, or of many the ends and the range."""
        _, marks = self.language, figure.marks
        if len(marks) <= FEW:
            return "; ".join(_said(m, _) for m in marks)
        known = [m for m in marks if m.value is not None]
        if not known:
            return _("Nothing can be shown.")
        low = min(known, key=lambda m: m.value or 0.0)
        high = max(known, key=lambda m: m.value or 0.0)
        form = _(
            "{n} numbers, of which {shown} are shown. Smallest: {low}. Largest: {high}. "
            "Last: {last}."
        )
        words = {"low": low, "high": high, "last": marks[-1]}
        return form.format(
            n=len(marks), shown=len(known), **{k: _said(m, _) for k, m in words.items()}
        )


def _said(mark: Mark, _: Language) -> str:
    """Return one mark in words."""
    if mark.value is None:
        return f"{mark.label}: {mark.text}"
    return _("{label}: {text}, within {range}").format(
        label=mark.label, text=mark.text, range=mark.within
    )
