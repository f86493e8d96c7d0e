# SPDX-License-Identifier: Apache-2.0
"""Where a person lives, when more than one place is known: attested ones, and the one they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias

from privseg.terms import Jurisdiction

Where: TypeAlias = Jurisdiction | tuple[Jurisdiction, ...] | None
"""One place, several of which nobody knows which one holds, or nothing known at all."""

_AND, _SAME, _OTHER = "+", "=", "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Different places of one person. ``one_law`` says that one law holds in all of them."""

    attested: tuple[Jurisdiction, ...]
    said: Jurisdiction | None
    one_law: bool

    @property
    def all(self) -> tuple[Jurisdiction, ...]:
        """Return every place once, attested ones first."""
        return tuple(dict.fromkeys((*self.attested, *([self.said] if self.said else []))))

    @property
    def one(self) -> Jurisdiction | None:
        """Return the place that counts: the one attested, where the law is the same in both."""
        return self.attested[0] if self.one_law and len(self.attested) == 1 else None

    def code(self) -> str:
        """Return it as the case file keeps it.

        >>> de, fr, ca = map(Jurisdiction, ("DE", "FR", "US-CA"))
        >>> Places(attested=(de,), said=fr, one_law=True).code()
        'DE=FR'
        >>> Places(attested=(de, fr), said=ca, one_law=False).code()
        'DE+FR/US-CA'
        """
        return _AND.join(self.attested) + (_SAME if self.one_law else _OTHER) + (self.said or "")

    @classmethod
    def of(cls, code: str) -> Self | None:
        """Return what ``code`` made; None where it is one place.

        >>> Places.of("DE")
        >>> Places.of("DE+FR=").all
        ('DE', 'FR')
        """
        mark = next((m for m in (_SAME, _OTHER) if m in code), None)
        if mark is None:
            return None
        attested, _, said = code.partition(mark)
        return cls(
            attested=tuple(map(Jurisdiction, attested.split(_AND))),
            said=Jurisdiction(said) if said else None,
            one_law=mark == _SAME,
        )

    def __str__(self) -> str:
        """Return it in words, with the law that follows.

        >>> str(Places.of("DE/US-CA"))
        'attested DE, said US-CA: the earlier of both laws'
        """
        said = f", said {self.said}" if self.said else ""
        which = "the earlier of both laws" if len(self.all) == 2 else "the earliest of their laws"  # noqa: PLR2004
        law = "the same law" if self.one_law else which
        return f"attested {' and '.join(self.attested)}{said}: {law}"
