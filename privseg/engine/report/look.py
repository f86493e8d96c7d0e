# SPDX-License-Identifier: Apache-2.0
r"""A look at how many people are in each of several sets: what it asks, costs and answers.

Theorem. Let c be the vector of n such counts. Neighbours differ in all data of one person (rows,
consents, every event), who is in each set or not; so every entry changes by at most 1, and the
l2 sensitivity of c is at most sqrt(n). Discrete Gaussian noise of sigma^2 = n / (2 rho) on every
entry makes c rho-zCDP (Canonne, Kamath & Steinke 2020, Theorem 4, multivariate). The gate of
``protect.threshold``, with m = n (a person may be in all n cells), withholds what is small, for
one selection delta. Everything printed is a function of these draws and the gate's bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import Any

from privseg.frames import Block, Measure, MeasureKind
from privseg.protect import Part, PrivacyLoss, QuantityPlan, TablePlan, half_width
from privseg.tlog.canonical import canonical

RHO = Fraction(1, 80)  # of one look, as of one report (ReleaseRules)
DELTA = Fraction(1, 10_000_000)  # likewise, of showing or withholding
MIN_PEOPLE = 20  # likewise
FORMAT = "privseg.counts/1"
TABLE, SIZE = "counts", "size"


@dataclass(frozen=True, slots=True)
class Look:
    """What is asked, before anything is read. ``facts`` are everything that decides the answer.

    ``kind`` names the question in log and budget ("policy-impact").
    """

    kind: str
    labels: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    min_people: int = MIN_PEOPLE
    rho: Fraction = RHO
    delta: Fraction = DELTA

    @property
    def table(self) -> TablePlan:
        """Return the plan: a cell for each label, and one person in all of them."""
        n = len(self.labels)
        block = Block(TABLE, self.labels, n, (Measure(SIZE, MeasureKind.SIZE),))
        return TablePlan.of(block, rhos=(self.rho,), min_people=self.min_people, delta=self.delta)

    @property
    def loss(self) -> PrivacyLoss:
        """Return what it costs: a function of the question alone, never of the people."""
        return QuantityPlan((self.table,)).loss

    @property
    def plan_hash(self) -> str:
        """Return the SHA-256 (hex) of everything that determines the answer but the edition."""
        said = {
            "format": FORMAT, "kind": self.kind, "labels": list(self.labels),
            "facts": dict(self.facts), "min_people": self.min_people, "rho": str(self.rho),
            "delta": str(self.delta),
        }  # fmt: skip
        return sha256(canonical(said)).hexdigest()


@dataclass(frozen=True, slots=True)
class CountsCost:
    """What a look costs, and how precise its numbers are; known before anything is read."""

    loss: PrivacyLoss
    half_width: int
    smallest_shown: int
    shown_half_the_time: int
    shown_nearly_always: int


@dataclass(frozen=True, slots=True)
class ProtectedCount:
    """How many people, give or take; None in all three where it is withheld (too few people)."""

    label: str
    people: int | None
    low: int | None
    high: int | None

    @property
    def is_withheld(self) -> bool:
        """Return whether nothing is told but that few people, or none, are in it."""
        return self.people is None


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of a look, in the order asked, and whether they were answered before."""

    counts: tuple[ProtectedCount, ...]
    edition_id: str
    cost: CountsCost
    was_known: bool


def foresee_counts(look: Look) -> CountsCost:
    """Return cost and error bar of a look. Reads nothing, opens nothing, charges nothing."""
    table = look.table
    return CountsCost(
        loss=look.loss,
        half_width=half_width(table.size.quantity(Part.PEOPLE)),
        smallest_shown=table.gate.smallest_value,
        shown_half_the_time=table.gate.people_needed(Fraction(1, 2)),
        shown_nearly_always=table.gate.people_needed(Fraction(99, 100)),
    )
