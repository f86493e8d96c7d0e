# SPDX-License-Identifier: Apache-2.0
"""A specimen of every letter: invented facts, from which templates are tried and looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from html.parser import HTMLParser

from markupsafe import escape

from privseg.report.erased_words import PENDING, STAYS
from privseg.report.language import Language, language, languages
from privseg.report.law_words import ground_words
from privseg.report.letter_kinds import (
    DATED,
    ENDS,
    EVERYWHERE,
    MAY_APPEAL,
    OWN,
    TO_OTHERS,
    TO_PERSON,
    LetterKind,
)
from privseg.report.letter_templates import (
    FRAME,
    SUFFIX,
    LetterTemplateError,
    Templates,
    shipped,
    style_hash,
)
from privseg.report.letters import Facts, Letter, render_letter, values
from privseg.terms import Place

_BY = "2027-03-08"
_REASONS = ("The request concerns data in seven systems, and 31 others arrived in the same week.",)
_GROUND = (
    ground_words(
        "The data are needed to establish, exercise or defend legal claims.", "Art. 17(3)(e)"
    ),
)
_COMPLAINT = (
    "You can complain to a data protection authority, such as the one where you live or work or "
    "where the infringement happened, and you can go to court."
)
_DONE = ("crm: 1 record (email, name, phone, country, age)", "orders: 12 records (amount, product)")

INVENTED: Mapping[LetterKind, Facts] = {
    LetterKind.RECEIVED: {},
    LetterKind.IDENTITY_NEEDED: {
        "needed": ("your customer number", "the postcode of your last order"), "reply_by": _BY,
    },
    LetterKind.EXTENDED: {"until": "2027-05-06", "reasons": _REASONS},
    LetterKind.REFUSED: {
        "grounds": _GROUND, "reasons": ("A claim about the order of 3 May is before a court.",),
    },
    LetterKind.DONE: {"done": ("Your answer is enclosed: 2 files, opened by a passphrase.",)},
    LetterKind.PARTLY_DONE: {
        "done": _DONE, "kept": ("invoices: 4 records",), "grounds": _GROUND,
        "reasons": ("Tax law has us keep invoices for ten years.",),
    },
    LetterKind.NOTHING_HELD: {"unsearched": ("archive: customer number",)},
    LetterKind.HELD: {"grounds": _GROUND, "until": "2027-06-01"},
    LetterKind.PASSPHRASE: {
        "file": "request-17.html", "passphrase": "BQHMJ-XA9SM-CWQVK-6Z3BV",
    },
    LetterKind.ERASED: {
        "done": ("identity: 4", "orders: 12", "help desk, tickets: 3"),
        "asked": ("archive: asked", "Example Mail Ltd: letter_written"),
        "pending": (PENDING["orders"], PENDING["letters"]),
        "kept": ("invoices: 4 (Art. 17(3)(b), 2036-12-31)",), "stays": STAYS,
        "unsearched": ("help desk: phone",),
        "secret": "7QZP-K3VM-1XHD-9RTA-C5WB-E8NS",
    },
    LetterKind.WITHDRAWN: {},
    LetterKind.APPEAL_DECIDED: {
        "outcome": "upheld", "reasons": ("The claim was settled, so nothing has to be kept.",),
    },
    LetterKind.RESTRICTION_LIFTED: {
        "lifts_on": _BY, "reasons": ("The value that you contested has been corrected.",),
    },
    LetterKind.OPT_IN_CONFIRM: {
        "purpose": "News about what you like", "reply_by": _BY, "code": "K3VM-1XHD",
    },
    LetterKind.NOTICE: {
        "recipient": "Example Mail Ltd", "act": "erased", "identifier_kind": "email",
        "identifier": "ada@example.com", "fields": ("email", "loyalty_tier"), "by": _BY,
    },
    LetterKind.WORK_ORDER: {
        "system": "help desk", "act": "erase", "identifiers": ("email: ada@example.com",),
        "tables": ("tickets", "attachments"), "by": _BY,
    },
}  # fmt: skip
"""What the specimens say beside what every letter says."""

TAGS = frozenset(
    {"html", "head", "meta", "title", "style", "body", "article", "header", "footer", "section"}
    | {"address", "div", "p", "span", "br", "hr", "strong", "em", "b", "i", "small", "h1", "h2"}
    | {"h3", "dl", "dt", "dd", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tr", "th"}
    | {"td", "sup", "sub", "blockquote"}
)
"""Elements that a letter may have: nothing that runs, loads or links."""

ATTRIBUTES = frozenset({"class", "id", "lang", "dir", "scope", "colspan", "rowspan"})
ROOT = frozenset({"html", "head", "meta", "title", "style", "body"})  # the shell's own, and ours


def specimen(kind: LetterKind) -> Letter:
    """Return an invented letter of a kind."""
    is_erasure = kind in {LetterKind.HELD, LetterKind.ERASED, LetterKind.PARTLY_DONE}
    return Letter(
        kind=kind,
        controller="Example Shop",
        contact="Data protection, 1 Example Street, 12345 Exampletown, privacy@example.com",
        reference="2027-17",
        written=date(2027, 2, 8),
        request=_REQUESTS.get(kind, "erasure" if is_erasure else "access"),
        received=date(2027, 2, 5),
        law="gdpr" if kind in TO_OTHERS else "gdpr, Art. 12(3)",
        complaint=(_COMPLAINT,),
        answer_by=date(2027, 3, 5),
        appeal="45 days",
        identified=True,
        may_tell=True,
        may_pause=True,
        may_extend=True,
        facts=INVENTED[kind],
    )


_REQUESTS = {
    LetterKind.APPEAL_DECIDED: "appeal",
    LetterKind.RESTRICTION_LIFTED: "restriction",
    LetterKind.OPT_IN_CONFIRM: "opt_in",
}


def gallery(own: Templates | None = None) -> Iterator[tuple[str, str]]:
    """Yield a specimen of every letter in every language, by its file's name, and a page of all."""
    for code in languages():
        said = language(code)
        for kind in LetterKind:
            mark = said.meant("watermark of an invented letter", "SPECIMEN")
            page = render_letter(specimen(kind), language=said, own=own, watermark=mark)
            yield f"{kind}.{code}.html", page
    yield "index.html", _index()


def check_templates(own: Templates, kinds: Iterable[LetterKind] = LetterKind) -> None:
    """Refuse templates of which a letter could not be written, or would not say what it must.

    Raises:
        LetterTemplateError: the first mistake, with its file and line.
    """
    for kind in (k for k in kinds if k in own or FRAME in own):
        for code in languages():
            _check(kind, language(code), own)


def _check(kind: LetterKind, said: Language, own: Templates) -> None:
    """Refuse one template in one language."""
    letter = specimen(kind)
    page = _Page(render_letter(letter, language=said, own=own))
    name = kind if kind in own else FRAME
    place = Place(f"letters/{name}{SUFFIX}", 1)
    if page.odd:
        raise LetterTemplateError(f"may not have {page.odd[0]}", place)
    for fact, text in _must_show(letter, said):
        if text not in page.text:
            lacks = f"the letter {kind.value} ({said.code}) does not show the fact {fact!a}"
            raise LetterTemplateError(lacks, place)


def _must_show(letter: Letter, said: Language) -> Iterator[tuple[str, str]]:
    """Yield every fact that a letter must state, as it is printed."""
    names = [*EVERYWHERE, *(() if letter.kind in TO_OTHERS else TO_PERSON), *OWN[letter.kind]]
    names += ["answer_by"] if letter.kind in DATED - {LetterKind.EXTENDED} else []
    names += ["complaint"] if letter.kind in ENDS else []
    names += ["appeal"] if letter.kind in MAY_APPEAL else []
    shown = dict(values(letter, said))
    for name in names:
        found = shown[name]
        for line in found if isinstance(found, list) else [str(found)]:
            yield name, _spaced(line)


class _Page(HTMLParser):
    """The text of a letter, and whatever has no place in one."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._texts: list[str] = []
        self.odd: list[str] = []
        self._head = True
        self.feed(page)

    @property
    def text(self) -> str:
        """Return the text as it is read."""
        return _spaced(" ".join(self._texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element or attribute that may not be there."""
        self._head = self._head and tag != "body"
        if tag not in TAGS or (tag in ROOT and not self._head and tag != "body"):
            self.odd.append(f"the element <{tag}>")
        if not self._head or tag == "html":
            named = [n for n, _ in attrs if n not in ATTRIBUTES]
            self.odd += [f"the attribute {n} of <{tag}>" for n in named]

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        if not self._head:
            self._texts.append(data)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _index() -> str:
    """Return a page with a link to every specimen."""
    rows = "".join(
        f"<li>{escape(kind.value.replace('_', ' '))}: "
        + ", ".join(f'<a href="{kind}.{code}.html">{code}</a>' for code in languages())
        + "</li>"
        for kind in LetterKind
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv='
        f"\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"
        f"{style_hash()}'\"><title>Letters</title><style>{shipped('letter.css')}</style></head>"
        f"<body><h1>SPECIMEN letters</h1><ul>{rows}</ul></body></html>"
    )
