# SPDX-License-Identifier: Apache-2.0
"""The statement of a learned release (``privseg.learned/1``): what was asked, learned and charged.

Nothing in it is exact, and nothing of its loss is proved here: the line of the loss says whose
claim it is. Whatever follows from what it says is printed by this code alone, so that
``learned_verify`` can print it again and compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from privseg.policy.learning import Model
from privseg.protect import PrivacyLoss, epsilon_of
from privseg.protect.learning import Weights
from privseg.release.exact_statement import Meaning, moment
from privseg.release.learned_asked import Json, asked_hash, rho_of
from privseg.release.learned_words import ASSUMED, CLAIM, LIMITS
from privseg.release.statement import Budget

LEARNED_FORMAT = "privseg.learned/1"
Centres = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class LearnedFrame:
    """What stands around a model: where it comes from, what it was charged, what proves it."""

    code: str
    learner: str  # diffprivlib's version
    policy: str
    purpose_title: str
    edition_id: str
    at: datetime
    released_at: datetime
    meanings: tuple[Meaning, ...]
    budget: Budget
    conversion_delta: Fraction
    audit: bytes
    register: str

    def __post_init__(self) -> None:
        """Refuse what could not be printed."""
        if len(self.audit) != 32 or self.released_at.tzinfo is None or self.at.tzinfo is None:  # noqa: PLR2004  # SHA-256
            raise ValueError("a commitment has 32 bytes, and a moment a time zone")


def learned_statement(asked: Json, frame: LearnedFrame, model: Centres | Weights) -> Json:
    """Return everything that a learned release says."""
    kind = asked["model"]
    return {
        "version": LEARNED_FORMAT,
        "code": frame.code,
        "asked": asked,
        "plan": asked_hash(asked),
        "policy": frame.policy,
        "purpose_title": frame.purpose_title,
        "edition": {"id": frame.edition_id, "at": moment(frame.at)},
        "released_at": moment(frame.released_at),
        "segments": [{"name": m.name, "label": m.label, "words": m.words} for m in frame.meanings],
        "model": model_facts(asked, model),
        "loss": loss_facts(asked, frame.learner),
        "budget": budget_facts(asked, frame.budget, frame.conversion_delta),
        "assumed": list(ASSUMED[kind]),
        "limits": list(LIMITS[kind]),
        "audit": frame.audit.hex(),
        "register": frame.register,
    }


def model_facts(asked: Json, model: Centres | Weights) -> Json:
    """Return a model in whole steps of its public grids."""
    if isinstance(model, Weights):
        assert asked["model"] == Model.PROPENSITY, "a propensity has weights"
        return {"intercept": model.intercept, "weights": list(model.weights)}
    assert asked["model"] == Model.PERSONAS, "personas have centres"
    return {"centres": [list(centre) for centre in model]}


def loss_facts(asked: Json, learner: str) -> Json:
    """Return the loss, on a line of its own: whose claim it is, and what is charged for it."""
    return {
        "epsilon": asked["epsilon"],
        "rho": str(rho_of(asked)),
        "delta": "0",
        "learner": learner,
        "claim": CLAIM.format(version=learner),
    }


def budget_facts(asked: Json, budget: Budget, conversion_delta: Fraction) -> Json:
    """Return the people's budget before and after."""
    loss = PrivacyLoss(rho_of(asked))
    told = {
        "before": budget.spent,
        "after": budget.spent + loss,
        "lifetime_before": budget.lifetime,
        "lifetime_after": budget.lifetime + loss,
    }
    return {
        "period": budget.period,
        "conversion_delta": str(conversion_delta),
        "limit": _loss(budget.limit),
        **{
            name: {**_loss(each), "epsilon": str(epsilon_of(each.rho, conversion_delta))}
            for name, each in told.items()
        },
    }


def _loss(loss: PrivacyLoss) -> Json:
    return {"rho": str(loss.rho), "selection_delta": str(loss.delta)}
