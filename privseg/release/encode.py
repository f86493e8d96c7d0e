# SPDX-License-Identifier: Apache-2.0
"""A statement as JSON-ready values. Everything derivable is derived here, and nowhere else.

``verify`` reads the facts back (``release.decode``), prints them again with this code and compares:
a sigma, threshold, derivation, interval, cost or epsilon that does not follow from the facts shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from hashlib import sha256

from privseg.protect import PrivacyLoss, epsilon_of
from privseg.protect.sensitivity import NEIGHBOURS
from privseg.release import encode_table
from privseg.release.encode_block import Json, Spelling, moment
from privseg.release.plan import ReportPlan
from privseg.release.statement import RELEASE_FORMAT, Budget, Statement
from privseg.tlog.canonical import canonical

ACCOUNTING = "zCDP (Bun & Steinke 2016), printed by Canonne, Kamath & Steinke 2020, rounded up"


def encode(statement: Statement) -> Json:
    """Return the JSON-ready form of ``statement``; ``canonical`` of it is what is hashed."""
    plan, protected = statement.plan, statement.protected
    spelling = Spelling(plan.at)
    tables = zip(plan.tables, protected.tables, strict=True)
    return {
        "version": RELEASE_FORMAT,
        "code": statement.code,
        "report": {"name": plan.name, "title": plan.title, "plan": plan.plan_hash},
        "controller": plan.controller,
        "segmenter": plan.segmenter,
        "purpose": {"name": plan.purpose, "title": statement.purpose_title},
        "policy": plan.policy_digest,
        "edition": {"id": statement.edition_id, "at": moment(plan.at)},
        "released_at": moment(statement.released_at),
        "segments": _segments(statement),
        "sets": _sets(plan),
        "tables": [encode_table.table(t, p, spelling) for t, p in tables],
        "not_included": encode_table.left_out(plan.not_included, protected.not_included),
        "guarantee": _guarantee(plan),
        "budget": _budget(statement.budget, plan),
        "audit": statement.audit.hex(),
        "register": statement.register,
    }


def statement_sha256(encoded: Json) -> str:
    """Return the SHA-256 (hex) of a statement's canonical text."""
    return sha256(canonical(encoded)).hexdigest()


def _segments(statement: Statement) -> list[Json]:
    notes = zip(statement.segments, statement.plan.segments, strict=True)
    return [
        {
            "name": note.name,
            "version": version,
            "label": note.label,
            "colour": note.colour,
            "words": note.words,
        }
        for note, (_, version) in notes
    ]


def _sets(plan: ReportPlan) -> list[Json]:
    """Return the sets of people beside the segments, each with the moment it is of."""
    return [
        {
            "name": s.name,
            "segment": s.segment,
            "version": s.version,
            "days_before": s.days_before,
            "at": moment(plan.at - timedelta(days=s.days_before)),
        }
        for s in plan.sets
    ]


def _guarantee(plan: ReportPlan) -> Json:
    return {
        "unit": "person",
        "neighbours": NEIGHBOURS,
        "min_people": plan.min_people,
        "accounting": ACCOUNTING,
        "conversion_delta": str(plan.conversion_delta),
        **_loss(plan.loss, plan.conversion_delta),
    }


def _budget(budget: Budget, plan: ReportPlan) -> Json:
    losses: Mapping[str, PrivacyLoss] = {
        "before": budget.spent,
        "after": budget.spent + plan.loss,
        "lifetime_before": budget.lifetime,
        "lifetime_after": budget.lifetime + plan.loss,
    }
    printed = {name: _loss(loss, plan.conversion_delta) for name, loss in losses.items()}
    limit = {"rho": str(budget.limit.rho), "selection_delta": str(budget.limit.delta)}
    return {"period": budget.period, "limit": limit, **printed}


def _loss(loss: PrivacyLoss, conversion_delta: Fraction) -> Json:
    """Return a loss exactly, and as the (epsilon, delta) that it implies, rounded up."""
    return {
        "rho": str(loss.rho),
        "selection_delta": str(loss.delta),
        "epsilon": str(epsilon_of(loss.rho, conversion_delta)),
        "delta": str(conversion_delta + loss.delta),
    }
