# SPDX-License-Identifier: Apache-2.0
"""The text of a notice as part of a page: its own words, and nothing else of it.

Notices are written in Markdown or as plain text. Headings become bold lines, so that the page's own
outline stays; a link is its words and its address to read, a picture its words; HTML inside is
shown as text. So nothing in a notice can run, load or lead anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup


def notice_page(text: str) -> Markup:
    r"""Return a notice's text as safe HTML.

    >>> notice_page("# One\n\n[here](https://example.com) <b>")
    Markup('<p><strong>One</strong></p>\n<p>here (https://example.com) &lt;b&gt;</p>\n')
    """
    known = _Reader("commonmark", {"html": False}, renderer_cls=_Plain)
    return Markup(known.render(text))  # noqa: S704  # every text of it was escaped


class _Reader(MarkdownIt):
    """Markdown whose links are all read as such: addresses are shown, and lead nowhere."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802  # the library's name
        """Take any address."""
        return True


class _Plain(RendererHTML):
    """Markdown without headings, links and pictures."""

    def heading_open(self, *_: Any) -> str:
        """Begin a heading: a bold line."""
        return "<p><strong>"

    def heading_close(self, *_: Any) -> str:
        """End a heading."""
        return "</strong></p>\n"

    def link_open(self, *_: Any) -> str:
        """Begin a link: its words alone."""
        return ""

    def link_close(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        """End a link: with its address, where the words are another."""
        before = tokens[:at]
        start = max(n for n, token in enumerate(before) if token.type == "link_open")
        address = str(before[start].attrs.get("href", ""))
        words = _words(before[start + 1 :])
        return "" if address in {words, f"mailto:{words}"} else f" ({Markup.escape(address)})"

    def image(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        """Show what a picture's words are."""
        return str(Markup.escape(tokens[at].content))


def _words(tokens: Iterable[Token]) -> str:
    """Return the text inside a link."""
    return "".join(token.content for token in tokens)
