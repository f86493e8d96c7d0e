# SPDX-License-Identifier: Apache-2.0
"""The printable guide to people's requests: our text, and a first page of the workspace's own.

The text is ``docs/guide/requests.md``, whose commands the suite runs. Here it becomes pages to
print: A4, large type, boxes to tick, one page for each heading.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import groupby, pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from privseg.report.language import ENGLISH, Language

FOLDER = "_guide"  # docs/guide of the source, as the package has it
FILES: Mapping[str, str] = {"en": "requests.md"}  # by language
TYPED = "> "  # in a console block: what a person types when they are asked
COMMAND = "$ "
_COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)
_TODO = re.compile(r"<li>(\s*<p>)?\[ \] ")
_BOX = '<span class="box"></span> '


@dataclass(frozen=True, slots=True)
class ClockLine:
    """How long some kinds of request may take under one law, in words."""

    law: str
    kinds: tuple[str, ...]
    confirm: str
    answer: str
    longest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideFacts:
    """What the first page says of a workspace."""

    controller: str
    contact: str
    folder: str
    time_zone: str
    staff: Sequence[str]  # who may answer requests, by user name
    clocks: Sequence[ClockLine]
    complaints: Sequence[tuple[str, str]]  # a law, and where people can complain
    printed: str


def guide_text(code: str) -> str:
    """Return the guide's text in a language, as Markdown.

    Raises:
        KeyError: there is none in it.
    """
    return resources.files("privseg").joinpath(FOLDER, FILES[code]).read_text("utf-8")


def render_guide(text: str, facts: GuideFacts, *, language: Language = ENGLISH) -> str:
    """Return the guide as one HTML page to print."""
    style = resources.files("privseg.report").joinpath("templates/guide.css").read_text("utf-8")
    room = Environment(
        loader=PackageLoader("privseg.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.globals = {"_": language, "many": language.many}
    return room.get_template("guide.html.j2").render(
        language=language.code,
        direction=language.direction,
        style=Markup(style),  # noqa: S704  # our own file
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        f=facts,
        pages=[Markup(page) for page in _pages(text, language)],  # noqa: S704  # made below
    )


def _pages(text: str, language: Language) -> list[str]:
    """Return the HTML of each page: what stands before the first heading, then one a heading."""
    kept = _COMMENT.sub("", text.partition("\n")[2])  # the first page has a heading of its own
    parts = re.split(r"^(?=## )", kept, flags=re.MULTILINE)
    writer = MarkdownIt("commonmark", {"html": False}, renderer_cls=_writer(language))
    writer.enable("table")
    return [
        _TODO.sub(lambda m: f'<li class="todo">{m[1] or ""}{_BOX}', writer.render(p)) for p in parts
    ]


def _writer(language: Language) -> type[RendererHTML]:
    """Return what writes Markdown as our pages have it."""

    class Writer(RendererHTML):
        """Console blocks are told apart into what to type and what is seen; links are not paper."""

        def fence(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
            """Return a block of commands."""
            block = tokens[idx]
            if block.info.startswith("yaml"):
                return _block("see", language("Save"), block.content)
            return "".join(_console(block.content.splitlines(), language))

        def link_open(self, *_: Any) -> str:
            """Return nothing: what is printed has no links."""
            return ""

        link_close = link_open

    return Writer


def _console(lines: Iterable[str], _: Language) -> Iterable[str]:
    """Yield what a console block says: type this, then this, and this is what you see."""
    groups = [(mark, list(group)) for mark, group in groupby(lines, key=_mark)]
    for (mark, said), (after, __) in pairwise([*groups, ("", [])]):
        if mark == COMMAND:
            for line in said:
                yield _block("type", _("Type"), line.removeprefix(COMMAND))
        elif mark == TYPED:
            typed = "\n".join(line.removeprefix(TYPED) for line in said)
            yield _block("type", _("then type"), typed)
        elif after != TYPED:  # else it is the question, which the label says
            yield from _seen(said, _)


def _mark(line: str) -> str:
    """Return what a line of a console block begins with: a command, what is typed, or nothing."""
    return line[:2] if line.startswith((COMMAND, TYPED)) else ""


def _seen(lines: list[str], _: Language) -> Iterable[str]:
    """Yield the block of what is seen; nothing for nothing."""
    if any(line not in {"", "..."} for line in lines):
        yield _block("see", _("You see"), "\n".join(lines))


def _block(name: str, label: str, text: str) -> str:
    """Return one block with its label."""
    return f'<div class="{name}"><span>{escape(label)}</span><pre>{escape(text)}</pre></div>\n'
