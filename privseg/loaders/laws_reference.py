# SPDX-License-Identifier: Apache-2.0
"""The page of law packs for people: every rule with its value, article, day and certainty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from privseg.dsr.kinds import RequestKind
from privseg.loaders.laws import shipped_packs
from privseg.loaders.laws_file import AgeException, AgeRule, RuleEntry
from privseg.loaders.laws_pack import LawPack, rules_of
from privseg.loaders.laws_requests import exceptions, request_rules
from privseg.loaders.laws_requests_file import (
    AppealRule,
    GroundsRule,
    NeedsRule,
    RequestRule,
    TimeException,
    TimeOfKindsRule,
)
from privseg.loaders.laws_source import SourceOfRule
from privseg.policy.law import Certainty
from privseg.policy.natures import SOURCES

HEAD = ("| rule | value | article | checked | certainty |", "| --- | --- | --- | --- | --- |")
INTRODUCTION = (
    "What the law of a place asks, as dated data in `policies/laws`. None of it is legal advice.",
    f"*{Certainty.CHECKED}*: read in the text of the law, or in two independent sources, on that",
    f"day. *{Certainty.TO_BE_CONFIRMED}*: not found so, or a change may be in force; the stricter",
    "reading holds until somebody who may say so has looked.",
)

Told = SourceOfRule  # a rule, or another value that it has for a place or a kind of request


def laws_reference(packs: Iterable[LawPack] | None = None) -> Iterator[str]:
    """Yield the page's lines: of the shipped packs unless others are given."""
    yield from ("# Law packs", "", *INTRODUCTION, "")
    for pack in shipped_packs() if packs is None else packs:
        yield from _pack(pack)
    yield from ("## Natures of data", "", "| nature | source |", "| --- | --- |")
    yield from (f"| `{nature}` | {_cell(source)} |" for nature, source in SOURCES.items())
    yield ""


def to_be_confirmed(packs: Iterable[LawPack] | None = None) -> Iterator[tuple[str, str]]:
    """Yield (pack, rule) of everything that counsel must confirm, such as ("gdpr", "... in ES")."""
    for pack in shipped_packs() if packs is None else packs:
        for name, said in (*_told(pack), *_asked(pack)):
            if said.certainty is Certainty.TO_BE_CONFIRMED:
                yield pack.name, name


def _pack(pack: LawPack) -> Iterator[str]:
    """Yield one pack's section: what it covers, its rules, and what counsel should know."""
    told = list(_told(pack))
    yield from (f"## {pack.name}@{pack.version}", "", pack.title, "")
    yield from (f"Covers {', '.join(pack.laws)}. {len(pack.cases)} cases are run.", "", *HEAD)
    yield from (_row(name, said) for name, said in told)
    yield from ("", *_notes(told))
    asked = list(_asked(pack))
    if asked:
        run = f"{len(pack.request_cases)} cases are run."
        yield from (f"### Requests of people under {pack.name}", "", run, "", *HEAD)
        yield from (_row(name, said) for name, said in asked)
        yield from ("", *_grounds(pack), *_notes(asked))


def _notes(told: Iterable[tuple[str, Told]]) -> Iterator[str]:
    """Yield what counsel should know, a line for each rule that has a note."""
    notes = [f"- {name}: {' '.join(said.note.split())}" for name, said in told if said.note]
    yield from (*notes, *[""] * bool(notes))


def _grounds(pack: LawPack) -> Iterator[str]:
    """Yield the grounds on which requests may be refused."""
    if pack.requests is None:
        return
    yield from ("| ground | what it says | article | requests |", "| --- | --- | --- | --- |")
    for ground in pack.requests.all_grounds:
        kinds = ", ".join(kind for kind in RequestKind if kind in ground.kinds)
        cells = (f"`{ground.code}`", ground.title, ground.article, kinds)
        yield f"| {' | '.join(map(_cell, cells))} |"
    yield ""


def _asked(pack: LawPack) -> Iterator[tuple[str, Told]]:
    """Yield every rule of requests with its name, and after it its other values by kind."""
    if pack.file.requests is None:
        return
    for name, rule in request_rules(pack.file.requests):
        yield f"requests.{name}", rule
        yield from ((f"requests.{name} of {kind}", e) for kind, e in exceptions(rule).items())


def _told(pack: LawPack) -> Iterator[tuple[str, Told]]:
    """Yield every rule of a pack with its name, and after it its exceptions by jurisdiction."""
    for name, rule in rules_of(pack.file):
        yield name, rule
        if isinstance(rule, AgeRule):
            yield from ((f"{name} in {code}", e) for code, e in rule.exceptions.items())


def _row(name: str, said: Told) -> str:
    """Return one line of the table."""
    cells = (name, _value(said), said.article, said.checked.isoformat(), str(said.certainty))
    return f"| {' | '.join(map(_cell, cells))} |"


def _value(said: Told) -> str:
    """Return a rule's value in words."""
    match said:
        case GroundsRule():
            return f"{len(said.value)} grounds, below"
        case NeedsRule():
            return "; ".join(f"{need}: {', '.join(kinds)}" for need, kinds in said.value.items())
        case AppealRule() if said.extended:
            return f"{said.value}; extended {said.extended} in all"
        case TimeOfKindsRule() if said.kinds:
            return f"{said.value}, for {', '.join(said.kinds)}"
        case RuleEntry() | AgeException() | RequestRule() | TimeException():
            return _plain(said.value)
    return ""


def _plain(value: object) -> str:
    """Return a plain value in words."""
    match value:
        case tuple() as values:
            return ", ".join(map(str, values))
        case bool() as so:
            return "yes" if so else "no"
        case _:
            return str(value)


def _cell(text: str) -> str:
    """Return text that does not end its cell of the table."""
    return text.replace("|", "\\|")
