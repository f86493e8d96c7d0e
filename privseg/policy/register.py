# SPDX-License-Identifier: Apache-2.0
"""What only people know of the controller, for the registers (GDPR Art. 30(1); Quebec, Law 25).

Words for people: nothing here decides what may be read. What is absent is told as a finding and
never made up.
"""

from __future__ import annotations

from dataclasses import dataclass

from privseg.terms import Place


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """Who the controller is and how it protects data, as it wants the registers to say it.

    ``measures`` are the technical and organisational ones of Art. 32(1), or where they are
    described. The last three are of what is released: who is competent to supervise that it is
    made anonymous, where the analysis of the risks is, and after how long it is looked at again.
    """

    place: Place
    name: str | None = None
    address: tuple[str, ...] = ()
    contact: str | None = None
    dpo: str | None = None
    representative: str | None = None
    joint_controllers: str | None = None
    subjects: str | None = None  # the categories of people, in words
    measures: str | None = None
    supervised_by: str | None = None
    risk_analysis: str | None = None
    review_days: int | None = None
