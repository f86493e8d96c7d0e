# SPDX-License-Identifier: Apache-2.0
"""How likely somebody is found in released records, and what is left to worry about.

The three attackers are El Emam's (2013, chapter 3): the *prosecutor* knows that a certain person is
among the records, the *journalist* only that somebody of the population is, the *marketer* wants
to find as many as possible and does not mind mistakes. The three questions are those of the
Article 29 Working Party (Opinion 05/2014, WP216): singling out, linkability, inference.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from privseg.protect.exact.guarantee import KAnonymous
from privseg.protect.exact.hierarchy import Codes


@dataclass(frozen=True, slots=True)
class Risk:
    """Chances, as exact shares; printed rounded up.

    ``prosecutor`` and ``journalist`` are of the person easiest to find, ``prosecutor_mean`` of the
    average record; ``marketer`` is the share of records expected to be matched rightly.
    ``unique_before`` is the share of people who were alone with their quasi-identifiers as they
    are stored, ``unique_after`` the same of the released records.
    """

    prosecutor: Fraction
    prosecutor_mean: Fraction
    journalist: Fraction
    marketer: Fraction
    unique_before: Fraction
    unique_after: Fraction


def measure(released: Codes, population: Codes, as_stored: Codes) -> Risk:
    """Return the risks of released records.

    Args:
        released: The class of each released record.
        population: How many people of the population each class stands for, at least its records.
        as_stored: The class of each record by its quasi-identifiers as they are stored.
    """
    sizes = np.bincount(released, minlength=len(population))
    if (population < sizes).any() or (sizes == 0).any():
        raise ValueError("a class has records, and no more than people")
    number = len(released)
    before = np.bincount(as_stored)
    pairs = zip(sizes.tolist(), population.tolist(), strict=True)
    return Risk(
        prosecutor=Fraction(1, int(sizes.min())),
        prosecutor_mean=Fraction(len(sizes), number),
        journalist=Fraction(1, int(population.min())),
        marketer=sum((Fraction(own, all_) for own, all_ in pairs), Fraction(0)) / number,
        unique_before=Fraction(int((before == 1).sum()), max(len(as_stored), 1)),
        unique_after=Fraction(int((sizes == 1).sum()), number),
    )


def remaining(asked: KAnonymous, sensitive: tuple[str, ...]) -> dict[str, str]:
    """Return which of WP216's three questions remain, in words; none is ever said to be closed."""
    return {
        "singling_out": (
            f"Nobody stands alone by the attributes named: at least {asked.k} records are alike. "
            "Somebody who knows more of a person than these attributes may still tell the record."
        ),
        "linkability": (
            "Remains. Records of the same people released at another time or elsewhere can be laid "
            "over these, and what they have in common may be one person; who is in both is not "
            "hidden."
        ),
        "inference": _inference(asked, sensitive),
    }


def _inference(asked: KAnonymous, sensitive: tuple[str, ...]) -> str:
    """Return what can still be inferred of somebody."""
    if not sensitive:
        return (
            "Nothing stands beside the attributes; that somebody is among the people is not hidden."
        )
    bounds = []
    if asked.l_diversity is not None:
        bounds.append(
            f"every group of people alike has at least {asked.l_diversity.least} values "
            f"({asked.l_diversity.kind})"
        )
    if asked.t_closeness is not None:
        bounds.append(f"and is distributed as all are, up to {asked.t_closeness.most}")
    told = "; ".join(bounds) or "nothing bounds it"
    return (
        f"Remains, bounded: of {', '.join(sensitive)} {told}. A value may still be likelier for "
        "somebody than for others, and whoever knows a value that is not theirs learns more."
    )
