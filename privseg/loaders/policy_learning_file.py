# SPDX-License-Identifier: Apache-2.0
"""The keys of a policy file that declare what may be learned about people."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from privseg.loaders.document import Document, Verbatim
from privseg.policy.learning import Model


class FeatureEntry(Document):
    """One number of a person: just one of amount, count, sum and days_since."""

    amount: str | None = Field(None, description="A person's own number: age.")
    count: str | None = Field(None, description="How many events: purchase.")
    sum: str | None = Field(None, description="Of an event's property: purchase.amount.")
    days_since: str | None = Field(None, description="Days since the last event: purchase.")
    within: str | None = Field(None, description="Days that events count: 365d.")
    range: tuple[Verbatim, ...] = Field(
        description="The least and the most that counts; never taken from data: [18, 90]."
    )
    step: Verbatim = Field(
        description="What is told of it is rounded to whole steps from the least on: 1."
    )


class LearningEntry(Document):
    """One model that may be made. Its loss is claimed by diffprivlib, not proved here."""

    model: Model
    segmenter: str = Field(description="One whose releases say guarantee: dp.")
    segment: str | None = Field(None, description="Of whom; absent: of all who may be read.")
    features: tuple[FeatureEntry, ...]
    clusters: int | None = Field(None, description="Personas: how many; 2 to 20.")
    rounds: int | None = Field(
        None, description="Personas: how often centres move, 2 to 7; more is more noise; default 3."
    )
    target: str | None = Field(
        None, description="Propensity: the segment whose people are told from the rest."
    )
    step: Fraction | None = Field(
        None, description="Propensity: what coefficients are rounded to; default 1/100."
    )
    epsilon: Fraction = Field(
        description="Pure; epsilon^2/2 of rho is charged. At most 4: 1 costs half a default year."
    )
