# SPDX-License-Identifier: Apache-2.0
"""Pages that open offline: one file, no script, no outside request, a strict content policy."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from privseg.report.bulletin import Bulletin
from privseg.report.chart import chart, swatch
from privseg.report.glossary import GLOSSARY
from privseg.report.words import Translate, english


def page(template: str, *, title: str, translate: Translate = english, **parts: object) -> str:
    """Return a whole page made from one of the room's templates; every value is escaped."""
    style = resources.files("privseg.report").joinpath("templates/house.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    room = Environment(
        loader=PackageLoader("privseg.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    values: dict[str, object] = {"language": "en", "direction": "ltr", **parts}
    values["style"] = Markup(style)  # noqa: S704  # our own file
    return room.get_template(template).render(title=title, style_hash=digest, _=translate, **values)


def render(bulletin: Bulletin, *, translate: Translate = english) -> str:
    """Return the HTML of a report. It takes released values only: see ``bulletin``."""
    return page(
        "report.html.j2",
        title=bulletin.title,
        translate=translate,
        b=bulletin,
        chart=chart,
        swatch=swatch,
        glossary=GLOSSARY,
        language=bulletin.language,
        direction=bulletin.direction,
    )
