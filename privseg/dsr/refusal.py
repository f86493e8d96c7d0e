# SPDX-License-Identifier: Apache-2.0
"""A refusal: none without grounds of the law, reasons, and where the person can go with it.

GDPR Art. 12(4); Cal. Civ. Code § 1798.145(h)(2); 11 CCR §§ 7022(f), 7023(f), 7024(e); C.R.S.
§ 6-1-1306(2)(b), (3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import Ground, RequestLaw
from privseg.errors import InputError, PolicyError

JOINT = "+"  # between the codes of several grounds, where they stand as one text


class GroundNotOfLawError(PolicyError):
    """A request is to be refused on a ground that its law does not give; nothing was done."""

    def __init__(self, code: str, *, kind: RequestKind, known: Sequence[str]) -> None:
        some = f"it gives: {', '.join(known)}" if known else "it gives none: carry it out"
        super().__init__(
            f"the law of this {kind.value.replace('_', ' ')} gives no ground {code[:60]!a}; {some}"
        )
        self.code = code
        self.kind = kind
        self.known = tuple(known)


class IncompleteRefusalError(InputError):
    """A refusal lacks its grounds, reasons or route; nothing was done."""

    def __init__(self, lacks: str) -> None:
        super().__init__(
            f"a refusal needs {lacks}: the person is told them all; nothing was refused"
        )
        self.lacks = lacks


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request, or a part of it, is refused. One that lacks anything cannot be made.

    ``reasons`` are about this person and stay sealed; ``route`` is where they can complain or
    appeal.
    """

    grounds: tuple[Ground, ...]
    reasons: tuple[str, ...] = field(repr=False)
    route: str

    def __post_init__(self) -> None:
        """Refuse one that lacks something.

        Raises:
            IncompleteRefusalError: naming the first thing that it lacks.
        """
        if not self.grounds:
            raise IncompleteRefusalError("a ground of the law")
        if not self.reasons or not all(text.strip() for text in self.reasons):
            raise IncompleteRefusalError("reasons, one a line")
        if not self.route.strip():
            raise IncompleteRefusalError("where the person can complain or appeal")

    @classmethod
    def of(
        cls, law: RequestLaw, kind: RequestKind, codes: Sequence[str], reasons: Sequence[str]
    ) -> Self:
        """Return the refusal of a request of ``kind`` under its law.

        Raises:
            GroundNotOfLawError: the law gives no such ground against this kind of request.
            IncompleteRefusalError: it lacks something.
        """
        given = {ground.code: ground for ground in law.grounds(kind)}
        for code in codes:
            if code not in given:
                raise GroundNotOfLawError(code, kind=kind, known=tuple(given))
        return cls(tuple(given[c] for c in dict.fromkeys(codes)), tuple(reasons), law.complaint)

    @property
    def code(self) -> str:
        """Return the codes of its grounds as one text, as steps and the log tell them."""
        return JOINT.join(ground.code for ground in self.grounds)
