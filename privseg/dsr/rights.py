# SPDX-License-Identifier: Apache-2.0
"""Which rights an answer tells of, with the article of the law that gives each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from privseg.dsr.access_parts import Right
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import RequestLaw

_K = RequestKind
WORDS: Mapping[RequestKind, str] = MappingProxyType(
    {
        _K.ACCESS: "You may ask for a copy of your data again.",
        _K.PORTABILITY: "You may take the data you gave us elsewhere.",
        _K.RECTIFICATION: "You may have wrong data corrected.",
        _K.ERASURE: "You may have your data erased.",
        _K.RESTRICTION: "You may have our use of your data restricted while a question is open.",
        _K.OBJECT_MARKETING: "You may object to direct marketing; we must then stop.",
        _K.OBJECTION: "You may object to what we do in our own legitimate interest.",
        _K.WITHDRAW_CONSENT: "You may take back a consent at any time, as easily as you gave it.",
        _K.OPT_OUT_SALE: "You may forbid that your data are sold or shared.",
        _K.OPT_OUT_PROFILING: "You may opt out of profiling and of automated decisions.",
        _K.LIMIT: "You may limit the use of your sensitive data.",
        _K.APPEAL: "You may appeal against a refusal.",
    }
)
"""What a person is told of each right; a kind that is not here is no right of theirs."""

_GDPR = {
    _K.ACCESS: "Art. 15", _K.PORTABILITY: "Art. 20", _K.RECTIFICATION: "Art. 16",
    _K.ERASURE: "Art. 17", _K.RESTRICTION: "Art. 18", _K.OBJECT_MARKETING: "Art. 21(2)-(3)",
    _K.OBJECTION: "Art. 21(1)", _K.WITHDRAW_CONSENT: "Art. 7(3)",
}  # fmt: skip
_CCPA = {
    _K.ACCESS: "§ 1798.110", _K.PORTABILITY: "§ 1798.130(a)(3)(B)(iii)",
    _K.RECTIFICATION: "§ 1798.106", _K.ERASURE: "§ 1798.105", _K.OPT_OUT_SALE: "§ 1798.120",
    _K.LIMIT: "§ 1798.121",
}  # fmt: skip
ARTICLES: Mapping[str, tuple[str, Mapping[RequestKind, str]]] = MappingProxyType(
    {
        "gdpr": ("GDPR", _GDPR),
        "uk-gdpr": ("UK GDPR", _GDPR),
        "ccpa": ("Cal. Civ. Code", _CCPA),
    }
)
"""By the name of a law pack: how the law is called, and its articles."""


def rights_under(law: RequestLaw) -> tuple[Right, ...]:
    """Return the rights that a law gives, in the order that people need them.

    Every kind of request that it has a clock for is one.
    """
    return tuple(
        Right(str(kind), words, _article(law, kind))
        for kind, words in WORDS.items()
        if kind in law.clocks and (kind is not _K.APPEAL or law.appeals is not None)
    )


def _article(law: RequestLaw, kind: RequestKind) -> str | None:
    """Return where the law says so; of several laws every one, none where we do not know it."""
    packs = {part.partition("@")[0].strip() for part in law.pack.replace(",", "+").split("+")}
    known = [ARTICLES[name] for name in ARTICLES if name in packs]
    found = [f"{title} {articles[kind]}" for title, articles in known if kind in articles]
    return "; ".join(found) or None
