# SPDX-License-Identifier: Apache-2.0
"""What templates of a person's answer ask for: every code of the document in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from privseg.report.language import ENGLISH, Language, marked
from privseg.report.letter_words import KIND_NAMES
from privseg.report.notice_page import notice_page
from privseg.report.person_wording import AS_TOLD, Wording, in_english, in_its_language, with_point
from privseg.report.person_words import (
    ACTS,
    KNOWN_STATUSES,
    MEASURES,
    ROLES,
    STATES,
    STATUSES,
)
from privseg.report.plain_words import plain_condition, plain_name, sentence

Told = Mapping[str, Any]
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_IN_SEGMENT = re.compile(r"(?<=\bin the segment )[\w-]+")

LEFT_OUT = {
    "staff": marked("Who of our staff did something is told by their role, not by their name."),
    "linked_profiles": marked(
        "Of profiles that are linked to yours this answer tells only that they were read: we do "
        "not know for sure that they are you. If they are yours, write to us: we look whether we "
        "can answer you about them, too."
    ),
    "colleagues": marked(
        "Of a company that you belong to we tell its own record, and nothing of other people in it."
    ),
    "free_text": marked(
        "Text is shown as it was written. Where it names somebody else, that name is not removed."
    ),
}
SAID = (
    marked(
        "we cannot look into this system from here, and this answer does not hold what is in it; "
        "if you want that as well, write to us and name this system"
    ),
    marked("it can be searched only by identifiers that we hold, and we hold none under yours"),
    marked("it was not provided by you, nor observed of you: we made it"),
    marked("it rests neither on your consent nor on a contract with you (GDPR Art. 20(1)(a))"),
    marked("which company you belong to is stored as a mark alone, not by its name"),
)
"""What answers say in sentences of their own, for translators."""

BASES = {
    "consent": marked("your consent"),
    "contract": marked("a contract with you"),
    "legal_obligation": marked("a legal duty"),
    "vital_interests": marked("vital interests"),
    "public_task": marked("a public task"),
    "legitimate_interest": marked("our legitimate interest"),
    "opt_out": marked("allowed until you opt out"),
}
RIGHTS = {
    "access": marked("You may ask for a copy of your data again."),
    "portability": marked("You may take the data you gave us elsewhere."),
    "rectification": marked("You may have wrong data corrected."),
    "erasure": marked("You may have your data erased."),
    "restriction": marked("You may have our use of your data restricted while a question is open."),
    "object_marketing": marked("You may object to direct marketing; we must then stop."),
    "objection": marked("You may object to what we do in our own legitimate interest."),
    "withdraw_consent": marked(
        "You may take back a consent at any time, as easily as you gave it."
    ),
    "opt_out_sale": marked("You may forbid that your data are sold or shared."),
    "opt_out_profiling": marked("You may opt out of profiling and of automated decisions."),
    "limit": marked("You may limit the use of your sensitive data."),
    "appeal": marked("You may appeal against a refusal."),
}


SAMPLE, DRAWN = "sample ", marked("sample {name}")  # how the name of a draw begins
IN, OUT, LOCKED = "in", "out", "locked"
GROUPS = (
    (IN, marked("Segments that you are in")),
    (OUT, marked("Segments that were looked at, and that you are not in")),
    (LOCKED, marked("Segments that may not read your data now, so they do not count you")),
)
"""How segments are told apart, in the order of the page."""


def value_text(value: object, _: Language = ENGLISH) -> str:
    """Return a value as people read it.

    >>> value_text(None), value_text(True), value_text(["a", "b"]), value_text("12.50")
    ('not known', 'yes', 'a, b', '12.50')
    """
    match value:
        case None:
            return _("not known")
        case bool():
            return _("yes") if value else _("no")
        case list() | tuple():
            return ", ".join(map(str, value)) or _("nothing")
        case _:
            return str(value)


class PersonPage:
    """The words of one answer, in one language."""

    def __init__(self, document: Told, language: Language, wording: Wording = AS_TOLD) -> None:
        self.language, self.wording = language, wording
        self.labels = {s["segment"]: s["label"] for s in document.get("segments", ())}
        self.titles = {p["purpose"]: p["title"] for p in document.get("purposes", ())
                       if "purpose" in p}  # fmt: skip

    def name(self, code: str) -> str:
        """Return a name of the policy without the marks of programs."""
        return plain_name(code)

    def names(self, codes: Sequence[str]) -> str:
        """Return several such names."""
        return ", ".join(map(plain_name, codes))

    def purpose(self, code: str) -> str:
        """Return a purpose's title."""
        return self.titles.get(code) or plain_name(code)

    def segment(self, code: str) -> str:
        """Return a segment's label, marked where it is not in the page's language."""
        label = self.labels.get(code) or plain_name(code)
        return in_its_language(label, self.wording.foreign.get(code))

    def segments(self, codes: Sequence[str]) -> str:
        """Return several segments' labels."""
        return Markup(", ").join(map(self.segment, codes))

    def groups(self, segments: Sequence[Told]) -> Iterator[tuple[str, str, list[Told]]]:
        """Yield the segments that the person is in, those they are not in, those not looked at."""
        for group, heading in GROUPS:
            found = [s for s in segments if _group(s) == group]
            if found:
                yield group, self.language(heading), found

    def condition(self, text: str) -> str:
        """Return a condition as a sentence in plain words.

        Its English is marked as such where nobody said it in the page's language.
        """
        known = self.wording.conditions.get(text)
        if known is not None:
            return sentence(known)
        said = _IN_SEGMENT.sub(lambda found: f"“{self.segment(found[0])}”", text)
        return in_english(sentence(plain_condition(said)), self.language)

    def own(self, of: str) -> str:
        """Return what a value of the person's own is of."""
        measure, found, name = of.partition(" of ")
        if found and measure in MEASURES:
            return self.language(MEASURES[measure]).format(of=plain_name(name))
        drawn = of.removeprefix(SAMPLE)
        if drawn != of:
            return self.language(DRAWN).format(name=plain_name(drawn))
        return plain_name(of)

    def role(self, code: str) -> str:
        """Return a role of staff."""
        return self._said(ROLES, code)

    def looked(self, what: str) -> str:
        """Return what staff did, with the title of its purpose."""
        said, found, purpose = what.partition(" (")
        words = self.language(said)
        return f"{words} ({self.purpose(purpose.rstrip(')'))})" if found else words

    def act(self, code: str) -> str:
        """Return what the person did."""
        return self._said(ACTS, code)

    def status(self, standing: Told) -> str:
        """Return why something may be used, or may not."""
        if standing["allowed"] and standing["basis"] in KNOWN_STATUSES:
            return self.language(KNOWN_STATUSES[standing["basis"]])
        return self._said(STATUSES, standing["status"])

    def request(self, code: str) -> str:
        """Return a kind of request."""
        return self._said(KIND_NAMES, code)

    def state(self, code: str) -> str:
        """Return where a request stands."""
        return self._said(STATES, code)

    def notice(self, text: str) -> Markup:
        """Return a notice as it reads."""
        return notice_page(text)

    def said(self, text: str) -> str:
        """Return words of ours as a sentence."""
        return sentence(self.language(text))

    def basis(self, code: str | None) -> str:
        """Return on what a purpose rests."""
        if code is None:
            return self.language("no rule for your place")
        return self._said(BASES, code)

    def right(self, right: Told) -> str:
        """Return a right with the article that gives it."""
        said = self.language(RIGHTS[right["kind"]]) if right["kind"] in RIGHTS else right["words"]
        return f"{said} ({right['article']})" if right["article"] else said

    def left_out(self, left: Told) -> str:
        """Return what is not shown, and why."""
        code = left["what"]
        return self.language(LEFT_OUT[code]) if code in LEFT_OUT else f"{code}: {left['why']}"

    def value(self, value: object, of: str = "") -> str:
        """Return a value; of a name that is counted in decimals, with the language's mark."""
        if isinstance(value, str) and of in self.wording.decimals:
            return with_point(value, self.language)
        return value_text(value, self.language)

    def cell(self, value: object) -> str:
        """Return a stored value; a moment to the second, nothing where there is none."""
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return f"{value[:10]} {value[11:19]} UTC"
        return "" if value is None else value_text(value, self.language)

    def way(self, way: Sequence[Told]) -> str:
        """Return a change."""
        return self.language.listed(tuple(self._change(change) for change in way))

    def _change(self, change: Told) -> str:  # noqa: PLR0911  # one for each kind
        """Return one thing that would have to be otherwise."""
        _, of, number = self.language, plain_name(change["of"]), change["number"]
        match change["kind"]:
            case "value":
                value = self.value(change["to"], change["of"])
                return _("{name} were {value}").format(name=of, value=value)
            case "unknown":
                return _("we did not know {name}").format(name=of)
            case "listed" if change["to"] is None:
                return _("you were not on the list {name}").format(name=of)
            case "listed":
                return _("you were on the list {name}").format(name=of)
            case "fewer":
                form = _.many("{n} {name} had not happened", "{n} {name} had not happened", number)
                return form.format(n=number, name=of)
            case "more":
                form = _.many("{n} more {name} happened", "{n} more {name} happened", number)
                return form.format(n=number, name=of)
            case _other:
                return _("chance had drawn otherwise ({name})").format(name=of)

    def _said(self, known: Mapping[str, str], code: str) -> str:
        """Return a code in words."""
        return self.language(known[code]) if code in known else plain_name(code)


def _group(segment: Told) -> str:
    """Return in which of the page's lists a segment stands."""
    if segment["member"]:
        return IN
    return OUT if segment["readable"] else LOCKED
