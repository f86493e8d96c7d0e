# SPDX-License-Identifier: Apache-2.0
"""Letters of a request: written in the person's language, kept sealed in the case, on the log.

A letter from which one learns whether data are held is written to nobody who is not identified as
the law asks (GDPR Art. 12(6); 11 CCR § 7060). Nor does any other letter depend on what is held: as
long as nobody knows who asks, it goes by the place that the request itself names, or else by the
strictest law. One that holds a secret of the person is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from privseg.dsr import Case
from privseg.dsr.clock import first, local_day
from privseg.dsr.identity import IdentityNeed, satisfies
from privseg.dsr.law import ClockRule, RequestLaw
from privseg.dsr.places import Where
from privseg.dsr.strictest import STRICTEST, UNKNOWN
from privseg.engine.dsr.clocks import told_place
from privseg.engine.dsr.laws import holidays_of
from privseg.engine.dsr.steps import entry_of
from privseg.engine.errors import UnknownNameError
from privseg.engine.house import House
from privseg.engine.private_files import write_over
from privseg.errors import InputError, PolicyError
from privseg.report import ENGLISH, Language
from privseg.report import language as language_of
from privseg.report.language import languages
from privseg.report.law_words import ANY_LAW, ANYWHERE, ground_words, in_letters
from privseg.report.letter_kinds import SECRET, TELL, TO_OTHERS, LetterKind
from privseg.report.letter_templates import Templates, own_templates
from privseg.report.letters import Facts, Letter, render_letter
from privseg.report.specimens import check_templates, gallery
from privseg.terms import StaffRole

__all__ = ["LetterKind", "write_letter"]

LETTER = "letter"  # the log's verb, and what begins the name of a kept letter
OWN_FOLDER = "letters"  # in the workspace: templates that stand in place of ours
NO_FACTS: Facts = {}


class LetterTellsError(PolicyError):
    """A letter would tell somebody not identified whether data are held; nothing was written."""

    def __init__(self, number: int, kind: LetterKind) -> None:
        super().__init__(
            f"the letter {kind.value} tells whether data are held, and nobody knows who asks in "
            f"request {number}; identify them first, with: privseg dsr verify {number}"
        )
        self.number = number
        self.kind = kind


class UnknownLetterError(UnknownNameError):
    """A case holds no letter of this name."""

    what = "letter"
    see = "privseg dsr letter NUMBER"


class GalleryThereError(InputError):
    """Specimens are to be written where something is already; nothing was changed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not empty; name a new folder, nothing was changed")
        self.folder = folder


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """One letter of a case: its name, when it was written, and its page."""

    name: str
    at: datetime
    page: bytes = field(repr=False)


def write_letter(
    house: House,
    number: int,
    kind: LetterKind,
    *,
    facts: Mapping[str, str | Sequence[str]] = NO_FACTS,
    out: Path,
    role: StaffRole,
    language: str | None = None,
) -> Path:
    """Write a letter of a case into a folder; return the file, which its owner alone can read.

    ``language`` is needed only where the case was forgotten already. The same letter of the same
    day is kept once, however often it is asked for.

    Raises:
        UnknownCaseError: no request has this number.
        LetterTellsError: it would tell of data, and the person is not identified.
        LetterFactError: a fact is missing.
        LetterTemplateError: a template of the workspace's own is not usable.
    """
    page = letter_page(house, number, kind, facts=facts, language=language)
    with house.db.transaction():
        name = kind.value if kind in SECRET else _keep(house, number, kind, page.encode())
        case = house.cases.case(number)
        house.log.append(entry_of(LETTER, case, role, told={"letter": kind.value}))
    return write_over(out / f"request-{number}.{name}.html", page.encode())


def letter_page(
    house: House,
    number: int,
    kind: LetterKind,
    *,
    facts: Facts = NO_FACTS,
    language: str | None = None,
) -> str:
    """Return a letter's page, and write nothing.

    Raises:
        UnknownCaseError, LetterTellsError, LetterFactError, LetterTemplateError: as above.
    """
    case = house.cases.case(number)
    may_tell = _may_tell(house, case, kind)
    if kind in TELL and not may_tell:
        raise LetterTellsError(number, kind)
    said = _language(house, number, language)
    letter = _letter(house, case, kind, facts, may_tell=may_tell)
    return render_letter(letter, language=said, own=own_letters(house, [kind]))


def own_letters(house: House, kinds: Sequence[LetterKind] = tuple(LetterKind)) -> Templates:
    """Return the workspace's own templates, tried on specimens of ``kinds``.

    Raises:
        LetterTemplateError: one of them is not usable; ours is not used in its place.
    """
    own = own_templates(house.config.root / OWN_FOLDER)
    check_templates(own, kinds)
    return own


def kept_letters(house: House, number: int) -> list[KeptLetter]:
    """Return the letters of a case, oldest first.

    Raises:
        UnknownCaseError: no request has this number.
    """
    mark = f"{LETTER}:"
    papers = house.cases.papers(number)
    return [
        KeptLetter(p.name.removeprefix(mark), p.at, p.text)
        for p in papers
        if p.name.startswith(mark)
    ]


def letter_again(house: House, number: int, name: str, *, role: StaffRole) -> bytes:
    """Return a letter that a case holds, on the log before.

    Raises:
        UnknownLetterError: it holds none of this name.
    """
    kept = {letter.name: letter for letter in kept_letters(house, number)}
    if name not in kept:
        raise UnknownLetterError(name, known=tuple(kept))
    kind = name.partition("-")[0]
    case = house.cases.case(number)
    house.log.append(entry_of(LETTER, case, role, told={"letter": kind}))
    return kept[name].page


def write_specimens(house: House, out: Path) -> list[Path]:
    """Write a specimen of every letter in every language into a new folder.

    Raises:
        GalleryThereError: there is something in the folder.
        LetterTemplateError: a template of the workspace's own is not usable.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise GalleryThereError(out)
    pages = list(gallery(own_letters(house)))
    return [write_over(out / name, page.encode()) for name, page in pages]


def sender(house: House) -> tuple[str, str]:
    """Return the controller and where people reach it; without a contact, the name stands alone."""
    return house.policy.controller, house.policy.contact or house.policy.controller


def _may_tell(house: House, case: Case, kind: LetterKind) -> bool:
    """Return whether the person is identified as the law asks, to be told of their data.

    Where the law asks for no proof, what was done may be said to anybody: it is the same for all.
    """
    if case.identity is None and kind is not LetterKind.DONE:
        return False
    return satisfies(case.identity, house.request_law(case.where).identity(case.kind))


def _letter(house: House, case: Case, kind: LetterKind, facts: Facts, *, may_tell: bool) -> Letter:
    """Return a letter's facts."""
    is_known = case.identity is not None
    place = told_place(house, case)
    law = house.request_law(place)
    is_one = law.pack not in {STRICTEST, UNKNOWN}
    controller, contact = sender(house)
    clock, received = law.clock(case.kind), local_day(case.received_at, house.zone)
    return Letter(
        kind=kind,
        controller=controller,
        contact=contact,
        reference=str(case.number),
        written=local_day(house.now(), house.zone),
        request=case.kind.value,
        received=received,
        law=_law(clock, kind) if is_one else ANY_LAW,
        complaint=law.complaints if is_one else (ANYWHERE,),
        answer_by=case.deadlines.answer_by if is_known else _day_of(clock, received, place),
        appeal=str(law.appeals.answer) if law.appeals and is_one else None,
        identified=is_known,
        may_tell=may_tell,
        needs_identity=law.identity(case.kind) is not IdentityNeed.NONE,
        may_pause=clock.may_pause,
        may_extend=clock.may_extend,
        facts=_with_grounds(facts, law, case),
    )


def _law(clock: ClockRule, kind: LetterKind) -> str:
    """Return the law that a letter names; to others without the article of the person's answer."""
    return clock.law.partition(", ")[0] if kind in TO_OTHERS else clock.law


def _day_of(clock: ClockRule, received: date, place: Where) -> date:
    """Return the day by which a law has an answer."""
    return first(clock, received, holidays_of(place)).answer_by


def _with_grounds(facts: Facts, law: RequestLaw, case: Case) -> Facts:
    """Return facts with the codes of grounds in the law's words; what is no code stays."""
    words = {g.code: ground_words(g.title, in_letters(g.article)) for g in law.grounds(case.kind)}
    given = facts.get("grounds")
    if given is None or isinstance(given, str):
        return facts
    return {**facts, "grounds": tuple(words.get(code, code) for code in given)}


def _language(house: House, number: int, asked: str | None) -> Language:
    """Return the language of a letter: the person's, else the workspace's."""
    code = asked or house.cases.asked(number).language or house.config.language
    base = code.partition("-")[0]
    return language_of(base) if base in languages() else ENGLISH


def _keep(house: House, number: int, kind: LetterKind, page: bytes) -> str:
    """Keep a letter in its case, in the open transaction; return its name.

    The newest of its kind is not kept twice when it says the same.
    """
    same = [x for x in kept_letters(house, number) if x.name.partition("-")[0] == kind.value]
    if same and same[-1].page == page:
        return same[-1].name
    name = f"{kind.value}-{len(same) + 1}" if same else kind.value
    house.cases.keep_paper(number, f"{LETTER}:{name}", page, at=house.now())
    return name
