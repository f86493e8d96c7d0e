# SPDX-License-Identifier: Apache-2.0
"""The printable guide to requests, with the names, laws and contact of this workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time

from privseg.dsr import RequestKind
from privseg.dsr.clock import local_day
from privseg.dsr.law import ClockRule, RequestLaw
from privseg.engine.dsr.laws import request_laws
from privseg.engine.house import House
from privseg.engine.letters.writing import sender
from privseg.engine.roles import ALLOWED, Verb
from privseg.report import Language, LanguageNotThereError
from privseg.report import language as language_of
from privseg.report.guide import FILES, ClockLine, GuideFacts, guide_text, render_guide
from privseg.report.language import SOURCE
from privseg.report.law_words import PLACES, law_words
from privseg.report.letter_words import KIND_NAMES, span_words

Clocks = tuple[str, str, str]


def request_guide(house: House, *, language: str | None = None) -> str:
    """Return the guide as a page to print, in a language, else in the workspace's or in English.

    Raises:
        LanguageNotThereError: the guide is not written in it.
    """
    if language is not None and language not in FILES:
        raise LanguageNotThereError(language, tuple(FILES))
    code = language or (house.config.language if house.config.language in FILES else SOURCE)
    said = language_of(code)
    return render_guide(guide_text(code), _facts(house, said), language=said)


def _facts(house: House, _: Language) -> GuideFacts:
    """Return what the first page says."""
    controller, contact = sender(house)
    laws = _laws(house)
    names = {pack: _place(pack, _) for pack in laws}
    today = local_day(house.now(), house.zone)
    return GuideFacts(
        controller=controller,
        contact=contact,
        folder=str(house.config.root),
        time_zone=house.config.time_zone,
        staff=sorted(
            user for user, roles in house.config.staff.items() if roles & ALLOWED[Verb.REQUEST]
        ),
        clocks=[line for pack, law in laws.items() for line in _lines(names[pack], law, _)],
        complaints=[
            (names[pack], " ".join(law_words(text, _) for text in law.complaints))
            for pack, law in laws.items()
        ],
        printed=_.date(datetime.combine(today, time())),
    )


def _laws(house: House) -> Mapping[str, RequestLaw]:
    """Return the laws that the policy speaks for, by pack, each once."""
    known = request_laws(house.policy, house.config.policies)
    used = house.policy.laws.keys() & known.keys() or known.keys()
    return {known[place].pack: known[place] for place in sorted(used)}


def _place(pack: str, _: Language) -> str:
    """Return where people live whom a law pack is for; a pack of one's own by its name."""
    name = pack.partition("@")[0]
    return _(PLACES.get(name, name))


def _lines(name: str, law: RequestLaw, _: Language) -> Iterator[ClockLine]:
    """Yield a line for all kinds of request that have the same time."""
    grouped: dict[Clocks, list[RequestKind]] = {}
    for kind in RequestKind:
        if kind.is_of_person:
            grouped.setdefault(_clocks(law.clock(kind), _), []).append(kind)
    most = max(grouped, key=lambda clocks: len(grouped[clocks]))
    ordered = sorted(grouped, key=lambda clocks: clocks == most)  # "all others" last
    for n, clocks in enumerate(ordered):
        rest = _("every kind") if len(grouped) == 1 else _("all others")
        told = tuple(_(KIND_NAMES[kind]) for kind in grouped[clocks])
        yield ClockLine("" if n else name, (rest,) if clocks == most else told, *clocks)


def _clocks(rule: ClockRule, _: Language) -> Clocks:
    """Return a clock's three times in words; a dash for none."""
    said = (rule.confirm, rule.answer, rule.extended)
    confirm, answer, longest = ("-" if s is None else span_words(str(s), _) for s in said)
    return confirm, answer, longest
