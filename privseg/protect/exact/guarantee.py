# SPDX-License-Identifier: Apache-2.0
"""``KAnonymous``: what a k lineage promises. It has no epsilon, and is no bound on what is learnt.

The promise (Samarati & Sweeney 1998) is about groups: nothing that is released shows that a group
of people which the released attributes describe has from 1 to k - 1 people in it. It does not
compose: what is known from elsewhere, or released at another time, may cut a group down. Where
people's sensitive values stand beside the group, l-diversity and t-closeness bound how much being
in it tells of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from privseg.policy.k_rules import Distance, Diversity

LEAST_K = 2  # one person is never a group
LEAST_L = 2  # one value of everybody's is everybody's value (homogeneity)


@dataclass(frozen=True, slots=True)
class LDiversity:
    """At least ``least`` values of each sensitive attribute in every class.

    Counted, or by an entropy of at least log(least) (Machanavajjhala et al. 2007, Definition 4.1).
    """

    least: int
    kind: Diversity = Diversity.DISTINCT

    def __post_init__(self) -> None:
        """Refuse what demands nothing: with one value a class is homogeneous."""
        if self.least < LEAST_L:
            raise ValueError("l is at least 2: with one value a class is homogeneous")


@dataclass(frozen=True, slots=True)
class TCloseness:
    """In every class a sensitive attribute is distributed as in all records, up to ``most``.

    The distance is the earth mover's (Li et al. 2007, section 4).
    """

    most: Fraction

    def __post_init__(self) -> None:
        """Refuse what is no distance of distributions."""
        if not 0 <= self.most <= 1:
            raise ValueError("t is between 0 and 1")


@dataclass(frozen=True, slots=True)
class KAnonymous:
    """The exact guarantee family: ``k`` people, ``l`` values, distributions ``t``-close.

    >>> KAnonymous(5, LDiversity(2))
    KAnonymous(k=5, l_diversity=LDiversity(least=2, kind=<Diversity.DISTINCT: 'distinct'>), \
t_closeness=None)
    """

    k: int
    l_diversity: LDiversity | None = None
    t_closeness: TCloseness | None = None

    def __post_init__(self) -> None:
        """Refuse groups of one."""
        if self.k < LEAST_K:
            raise ValueError("k is at least 2: one person is never a group")


__all__ = ["Distance", "Diversity", "KAnonymous", "LDiversity", "TCloseness"]
