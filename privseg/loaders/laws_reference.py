# SPDX-License-Identifier: Apache-2.0
"""The page of law packs for people: every rule with its value, article, day and certainty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from privseg.loaders.laws import shipped_packs
from privseg.loaders.laws_file import AgeException, AgeRule, RuleEntry
from privseg.loaders.laws_pack import LawPack, rules_of
from privseg.policy.law import Certainty
from privseg.policy.natures import SOURCES

HEAD = ("| rule | value | article | checked | certainty |", "| --- | --- | --- | --- | --- |")
INTRODUCTION = (
    "What the law of a place asks, as dated data in `policies/laws`. None of it is legal advice.",
    f"*{Certainty.CHECKED}*: read in the text of the law, or in two independent sources, on that",
    f"day. *{Certainty.TO_BE_CONFIRMED}*: not found so, or a change may be in force; the stricter",
    "reading holds until somebody who may say so has looked.",
)

Told = RuleEntry | AgeException


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
        for name, said in _told(pack):
            if said.certainty is Certainty.TO_BE_CONFIRMED:
                yield pack.name, name


def _pack(pack: LawPack) -> Iterator[str]:
    """Yield one pack's section: what it covers, its rules, and what counsel should know."""
    told = list(_told(pack))
    yield from (f"## {pack.name}@{pack.version}", "", pack.title, "")
    yield from (f"Covers {', '.join(pack.laws)}. {len(pack.cases)} cases are run.", "", *HEAD)
    yield from (_row(name, said) for name, said in told)
    yield ""
    notes = [f"- {name}: {' '.join(said.note.split())}" for name, said in told if said.note]
    yield from (*notes, *[""] * bool(notes))


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
    match said.value:
        case tuple() as values:
            return ", ".join(map(str, values))
        case bool() as so:
            return "yes" if so else "no"
        case value:
            return str(value)


def _cell(text: str) -> str:
    """Return text that does not end its cell of the table."""
    return text.replace("|", "\\|")
