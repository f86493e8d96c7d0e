# SPDX-License-Identifier: Apache-2.0
"""The law where it is not known which one holds: the strictest of all. A gap never buys time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from privseg.dsr.identity import IdentityNeed
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import ClockRule, Ground, RequestLaw, Span, Unit
from privseg.dsr.places import Where
from privseg.terms import Jurisdiction

SHORTEST = Span(15, Unit.DAYS)  # LGPD Art. 19 II: the shortest of the laws that are known here
NO_LAW = "no law known here"
COMPLAINT = "You can complain to the data protection authority of the place where you live."
STRICTEST = "strictest"
UNKNOWN = "unknown"
_RANK = {need: rank for rank, need in enumerate(IdentityNeed)}  # none, reasonable, high
_DAYS = {Unit.MONTHS: 31, Unit.DAYS: 1, Unit.BUSINESS_DAYS: 2}  # at the most, or nearly


def law_of(laws: Mapping[Jurisdiction, RequestLaw], where: Where) -> RequestLaw:
    """Return the law of a place; the strictest of all for None, 15 days where none is known.

    Of several places it is the strictest of their laws alone, and of one law just that one.

    A region goes by its country's law unless that country's regions have laws of their own:
    ``DE-BY`` by that of ``DE``, but ``CA-AB`` by none.
    """
    if isinstance(where, tuple):
        theirs = {law.pack: law for law in (law_of(laws, place) for place in where)}
        return next(iter(theirs.values())) if len(theirs) == 1 else strictest([*theirs.values()])
    if where is not None and where in laws:
        return laws[where]
    everyone = strictest(list({law.pack: law for law in laws.values()}.values()))
    if where is None:
        return everyone
    country, dash, _ = where.partition("-")
    has_regions = any(place.startswith(f"{country}-") for place in laws)
    if dash and not has_regions and country in laws:
        return laws[Jurisdiction(country)]
    return unknown_place(everyone)


def strictest(laws: Sequence[RequestLaw]) -> RequestLaw:
    """Return what keeps every law at once: the earliest date, the highest proof, fewest grounds.

    Raises:
        ValueError: there is no law at all.
    """
    if not laws:
        raise ValueError("the strictest of no laws")
    appeals = [law.appeals for law in laws if law.appeals is not None]
    return RequestLaw(
        pack=STRICTEST,
        clocks={kind: _joined([law.clock(kind) for law in laws]) for kind in RequestKind},
        needs={kind: max((law.identity(kind) for law in laws), key=_RANK.__getitem__)
               for kind in RequestKind},
        all_grounds=tuple(_shared(laws)),
        complaints=tuple(dict.fromkeys(text for law in laws for text in law.complaints)),
        appeals=_joined(appeals) if appeals else None,
        never_disclosed=frozenset().union(*(law.never_disclosed for law in laws)),
        keep_records=max((law.keep_records for law in laws), key=_length),
        metrics=any(law.metrics for law in laws),
    )  # fmt: skip


def unknown_place(everyone: RequestLaw) -> RequestLaw:
    """Return what is done where a place is known and its law is not: 15 days, never extended."""
    planned = ClockRule(law=f"{NO_LAW}, {SHORTEST} planned", answer=SHORTEST)
    return replace(
        everyone,
        pack=UNKNOWN,
        clocks=dict.fromkeys(RequestKind, planned),
        complaints=(COMPLAINT,),
        appeals=None,
        metrics=False,
    )


def _joined(rules: Sequence[ClockRule]) -> ClockRule:
    """Return several rules as one, which all of them hold."""
    each = tuple(one for rule in rules for one in (replace(rule, also=()), *rule.also))
    return replace(each[0], also=each[1:])


def _shared(laws: Sequence[RequestLaw]) -> Iterator[Ground]:
    """Yield the grounds that every law knows, each for the kinds for which all of them do."""
    for code in dict.fromkeys(ground.code for ground in laws[0].all_grounds):
        said = [[g for g in law.all_grounds if g.code == code] for law in laws]
        kinds = frozenset.intersection(*map(_kinds, said)) if all(said) else frozenset()
        if kinds:
            names = (law.pack.partition("@")[0] for law in laws)
            articles = (f"{name}, {g.article}" for name, own in zip(names, said, strict=True)
                        for g in own if g.kinds & kinds)  # fmt: skip
            yield Ground(code, said[0][0].title, "; ".join(dict.fromkeys(articles)), kinds)


def _kinds(grounds: Iterable[Ground]) -> frozenset[RequestKind]:
    """Return every kind of request that one of the grounds is for."""
    return frozenset().union(*(ground.kinds for ground in grounds))


def _length(span: Span) -> int:
    """Return about how many days a span has, to compare it."""
    return span.count * _DAYS[span.unit]
