# SPDX-License-Identifier: Apache-2.0
"""What a header may say: a closed list of keys for each kind, and a closed shape for each key.

The header is public to every auditor and can never be erased. So it holds words about *rules and
runs*, never a number or a hash computed from personal data, and no free text in which a person
could hide: counts, positions and people sets belong in the body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from privseg.audit.event import Kind
from privseg.audit.spans import text_to_span
from privseg.errors import InputError


class Shape(Enum):
    """How the text of a key is spelled; every pattern must match the whole text."""

    NAME = r"[^\W\d][\w.\-]{0,127}"  # a segmenter, purpose, attribute, segment, table, verb
    CODE = r"[0-9A-Za-z._:/=+\-]{1,200}"  # a random id, the hash of a policy, a verifier key
    INDEX = r"0|[1-9][0-9]{0,18}"  # the sequence number of an entry, a snapshot
    SPAN = r"(?:0|[1-9][0-9]{0,18})(?:-[1-9][0-9]{0,18})?"  # 7, or 7-12 with both ends in it
    PROSE = r"(?![^@]*[0-9]{6})[^\x00-\x1f\x7f@]{1,400}"  # no e-mail, no long number


SHAPES: Mapping[str, Shape] = {
    "attributes": Shape.NAME,
    "batch": Shape.CODE,
    "case": Shape.CODE,
    "categories": Shape.NAME,
    "edition": Shape.CODE,
    "epoch": Shape.CODE,
    "erased": Shape.SPAN,
    "format": Shape.NAME,
    "ground": Shape.CODE,
    "guarantee": Shape.NAME,
    "jurisdiction": Shape.NAME,
    "key_id": Shape.CODE,
    "law": Shape.CODE,
    "letter": Shape.NAME,
    "level": Shape.NAME,
    "lifts_on": Shape.CODE,
    "of": Shape.INDEX,
    "place": Shape.PROSE,
    "plan": Shape.CODE,
    "policy": Shape.CODE,
    "previous": Shape.CODE,
    "purpose": Shape.NAME,
    "reason": Shape.PROSE,
    "recipient": Shape.NAME,
    "register": Shape.INDEX,
    "release": Shape.CODE,
    "report": Shape.NAME,
    "request": Shape.NAME,
    "role": Shape.NAME,
    "run": Shape.CODE,
    "segmenter": Shape.NAME,
    "segments": Shape.NAME,
    "setting": Shape.NAME,
    "snapshot": Shape.INDEX,
    "source": Shape.NAME,
    "system": Shape.NAME,
    "table": Shape.NAME,
    "value": Shape.CODE,
    "verb": Shape.NAME,
    "vkey": Shape.CODE,
}
"""Every key that any header may hold, and how its text (or each text of its list) is spelled."""

LISTS = frozenset({"attributes", "categories", "erased", "segments"})
"""The keys whose value is a list of texts; every other value is one text."""

_RUN = frozenset(
    {"run", "segmenter", "purpose", "attributes", "segments", "policy", "plan", "edition"}
    | {"report", "case", "place", "reason"}
)
_COMMON = frozenset({"verb", "reason", "place", "case", "run"})

ALLOWED: Mapping[Kind, frozenset[str]] = {
    Kind.ACCESS_INTENT: _RUN,
    Kind.ACCESS_OUTCOME: _RUN | {"of"},
    Kind.ACCESS_DENIED: _RUN | {"of"},
    Kind.RELEASE: _RUN | {"of", "release", "register", "guarantee"},
    Kind.CONSENT: _COMMON | {"source", "batch", "purpose", "categories"},
    Kind.POLICY: _COMMON | {"policy", "previous"},
    Kind.DSR: _COMMON
    | {"request", "jurisdiction", "ground", "erased", "of", "level", "law", "letter", "system"}
    | {"recipient", "purpose", "lifts_on"},
    Kind.KEY: _COMMON | {"key_id", "previous", "epoch"},
    Kind.CONFIGURATION: _COMMON | {"setting", "value", "previous"},
    Kind.ACTOR: _COMMON | {"role", "segmenter"},
    Kind.EXPORT: _COMMON
    | {"table", "format", "recipient", "purpose", "report", "release", "of"}
    | {"segmenter", "segments", "attributes", "policy"},
    Kind.CHECKPOINT_KEY: _COMMON | {"key_id", "previous", "vkey"},
    Kind.IMPORT: _COMMON | {"source", "table", "attributes", "format", "batch", "snapshot"},
    Kind.RETENTION: _COMMON | {"erased"},
}
"""The keys each kind may use."""

REQUIRED: Mapping[Kind, frozenset[str]] = {
    Kind.ACCESS_INTENT: frozenset({"run", "segmenter", "purpose", "attributes"}),
    Kind.ACCESS_OUTCOME: frozenset({"run", "of"}),
    Kind.ACCESS_DENIED: frozenset({"reason"}),
    Kind.RELEASE: frozenset({"run", "release"}),
}
"""The keys a kind must use; kinds not listed need a ``verb``."""

NEEDS_VERB = frozenset({"verb"})


class HeaderError(InputError):
    """A header says what the public part of an entry may not say."""

    def __init__(self, *, kind: Kind, key: str, why: str) -> None:
        super().__init__(f"the header of a {kind} entry: {key!a} {why}; put it into the body")
        self.kind = kind
        self.key = key


def check_header(kind: Kind, header: Mapping[str, object]) -> None:
    """Refuse a header outside the closed lists.

    Raises:
        HeaderError: an unknown or missing key, a value that is neither text nor a list of texts,
            or text of another shape. The value is never in the message.
    """
    required = REQUIRED.get(kind, NEEDS_VERB)
    for key in sorted(required - header.keys()):
        raise HeaderError(kind=kind, key=key, why="is missing")
    for key, value in header.items():
        if key not in ALLOWED[kind]:
            raise HeaderError(kind=kind, key=key, why="is not a key of this kind")
        if not _fits(key, value):
            raise HeaderError(kind=kind, key=key, why="does not have the shape of this key")


def name_or_unknown(text: str) -> str:
    """Return ``text`` if a header may name it, else ``unknown``: a refusal must stay writable.

    >>> name_or_unknown("crm-team"), name_or_unknown("ada@example.com")
    ('crm-team', 'unknown')
    """
    return text if re.fullmatch(Shape.NAME.value, text) else "unknown"


def _fits(key: str, value: object) -> bool:
    if (key in LISTS) != isinstance(value, list):
        return False
    fits = _PATTERNS[key].fullmatch
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) and fits(text) for text in texts):
        return False
    return SHAPES[key] is not Shape.SPAN or all(map(_ascends, texts))


def _ascends(span: str) -> bool:
    """Return whether a run of numbers begins before it ends, or is one number."""
    first, last = text_to_span(span)
    return first < last or "-" not in span


_PATTERNS = {key: re.compile(shape.value) for key, shape in SHAPES.items()}
