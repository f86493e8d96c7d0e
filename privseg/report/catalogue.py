# SPDX-License-Identifier: Apache-2.0
"""The catalogue of messages: taken from code and templates, and compiled for ``gettext``.

``python -m privseg.report.catalogue`` writes ``locale/privseg.pot`` anew, brings every translation
up to date (new messages are empty, never guessed) and compiles it; ``--check`` says whether that
would change anything. Babel is needed for this alone, not for making a page.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from privseg.report.language import DOMAIN

ROOM = Path(__file__).parent
LOCALE = ROOM / "locale"
METHODS = [("**.py", "python"), ("templates/**.j2", "jinja2.ext:babel_extract")]
SEGMENT = ROOM.parent / "segment"  # conditions in words, which a voice of pages says
SPOKEN = [("explain.py", "python"), ("words_*.py", "python")]
OPTIONS = {"templates/**.j2": {"trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS = {"_": None, "language": None, "marked": None, "many": (1, 2), "meant": ((1, "c"), 2)}
WIDTH = 96
HEADER = "# SPDX-License-Identifier: Apache-2.0"


class Translation(Catalog):
    """A catalogue whose header tells nothing of who or what wrote it, and when."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Return the headers that ``gettext`` needs, and no others."""
        kept = {"Language", "Plural-Forms", "MIME-Version", "Content-Type"}
        said = Catalog.mime_headers.__get__(self)
        return [(n, v) for n, v in said if n in {*kept, "Content-Transfer-Encoding"}]


def template() -> Catalog:
    """Return every message of the rooms, in the order of files and lines."""
    spoken = extract_from_dir(SEGMENT, SPOKEN, keywords=KEYWORDS)
    found = [
        *extract_from_dir(ROOM, METHODS, OPTIONS, keywords=KEYWORDS),
        *((f"../segment/{m[0]}", m[1], m[2], m[3], m[4]) for m in spoken),
    ]
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for file, __, message, ___, context in sorted(found, key=lambda m: (m[0], m[1])):
        catalogue.add(message, locations=[(file, 0)], context=context)
    return catalogue


def template_text() -> str:
    """Return the text of the template; it depends on the code alone, not on the day."""
    return _text(template(), header=False)


def updated(code: str) -> Catalog:
    """Return the translation to a language with every message of today, none besides."""
    with (LOCALE / code / f"{DOMAIN}.po").open("rb") as file:
        old = read_po(file, locale=code)
    new = Translation(locale=code, charset="utf-8", fuzzy=False, header_comment=HEADER)
    for message in template():
        known = old.get(message.id, message.context) if message.id else None
        if message.id:
            string = known.string if known else message.string
            new.add(message.id, string, message.locations, context=message.context)
    return new


def compiled(catalogue: Catalog) -> bytes:
    """Return what ``gettext`` reads."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(code: str) -> Iterator[str]:
    """Yield every message that a translation does not have, in any of its forms."""
    for message in updated(code):
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if message.id and not all(forms):
            yield str(message.id)


def codes() -> tuple[str, ...]:
    """Return the languages that there is a translation to."""
    return tuple(sorted(p.parent.name for p in LOCALE.glob(f"*/{DOMAIN}.po")))


def files() -> Iterator[tuple[Path, bytes]]:
    """Yield every file of the catalogue as it should be."""
    yield LOCALE / f"{DOMAIN}.pot", template_text().encode()
    for code in codes():
        catalogue = updated(code)
        yield LOCALE / code / f"{DOMAIN}.po", _text(catalogue, header=True).encode()
        yield LOCALE / code / f"{DOMAIN}.mo", compiled(catalogue)


def stale() -> list[Path]:
    """Return the files that are not as they should be."""
    return [p for p, data in files() if not p.is_file() or p.read_bytes() != data]


def main(arguments: list[str]) -> int:
    """Write the catalogue, or check it."""
    old = stale()
    if "--check" in arguments:
        for path in old:
            sys.stderr.write(f"not as the code has it: {path.relative_to(ROOM)}\n")
        return 1 if old else 0
    for path, data in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return 0


def _text(catalogue: Catalog, *, header: bool) -> str:
    out = io.BytesIO()
    write_po(out, catalogue, width=WIDTH, omit_header=not header, include_lineno=False)
    return out.getvalue().decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
