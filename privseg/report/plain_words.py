# SPDX-License-Identifier: Apache-2.0
"""Names and conditions of policies as somebody reads them who never saw a policy.

The document beside a page has them exactly as they are; a page has blanks where names have marks,
"no" where an explanation has "not: any", and windows that end today. What stands in quotes is a
value, and stays as it is written.
"""

from __future__ import annotations

import re

_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')
_NAME = re.compile(r"(?<![\w@/.+-])[A-Za-z][A-Za-z0-9]*(?:[._][A-Za-z0-9]+)+(?![\w@/])")
_RULES = (
    (re.compile(r"\bnot: any of \("), "none of ("),
    (re.compile(r"\bnot: all of \("), "not all of ("),
    (re.compile(r"\bnot: any "), "no "),
    (re.compile(r"\bnot: "), "it is not so that: "),
    (re.compile(r"\bany of \("), "one or more of ("),
    (re.compile(r"\bany (?=\S+ (?:in the|at any time|from) )"), "at least one "),
    (re.compile(r"\bin the ((?:\d+ )?(?:hour|day|week|month|year)s?) before\b"), r"in the last \1"),
    (re.compile(r"\bat any time before\b"), "at any time"),
    (re.compile(r"\b((?:\d+ )(?:hour|day|week|month|year)s?) before\b"), r"\1 ago"),
)


def plain_name(name: str) -> str:
    """Return a name without the marks that programs need.

    >>> plain_name("purchase.amount"), plain_name("city_kind"), plain_name("survey-values")
    ('purchase amount', 'city kind', 'survey-values')
    """
    return re.sub(r"[._]+", " ", name).strip()


def plain_condition(text: str) -> str:
    r"""Return an explanation of a condition in plain words; its meaning is the same.

    >>> plain_condition("not: any email_open in the 30 days before")
    'no email open in the last 30 days'
    >>> plain_condition("not: any of (a is over 3.50 EUR; b is \"c_d before\")")
    'none of (a is over 3.50 EUR; b is "c_d before")'
    """
    parts = _QUOTED.split(text)
    return "".join(part if at % 2 else _plain(part) for at, part in enumerate(parts))


def sentence(text: str) -> str:
    """Return words as a sentence: a capital first and a full stop last; nothing stays nothing.

    >>> sentence("at least 2 EUR in the last day"), sentence("Yes."), sentence("")
    ('At least 2 EUR in the last day.', 'Yes.', '')
    """
    words = text.strip()
    return words and words[:1].upper() + words[1:] + ("" if words[-1] in ".!?" else ".")


def _plain(text: str) -> str:
    """Return words outside of quotes in plain words."""
    for found, said in _RULES:
        text = found.sub(said, text)
    return _NAME.sub(lambda name: plain_name(name[0]), text)
