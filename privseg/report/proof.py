# SPDX-License-Identifier: Apache-2.0
"""How sure a report is, and the facts that its proof is checked by."""

from __future__ import annotations

from privseg.protect import epsilon_of
from privseg.release import Statement
from privseg.report.bulletin import Fact
from privseg.report.language import Language


def noise_words(statement: Statement, _: Language) -> str:
    """Return one paragraph on noise."""
    plan = statement.plan
    return _(
        "Random noise was added to every number, so that it can hardly be told from this report "
        "whether any one person is in it (differential privacy, epsilon {epsilon} for this "
        "report). A number is shown only where at least {k} people stand behind it. The ranges "
        "hold the true value 19 times in 20."
    ).format(epsilon=epsilon_of(plan.loss.rho, plan.conversion_delta), k=plan.min_people)


def facts(statement: Statement, _: Language) -> tuple[Fact, ...]:
    """Return the proof's details."""
    plan, budget = statement.plan, statement.budget
    loss = plan.loss
    spent, lifetime = budget.spent + loss, budget.lifetime + loss
    ours = epsilon_of(loss.rho, plan.conversion_delta)
    ever = epsilon_of(lifetime.rho, plan.conversion_delta)
    return (
        Fact(_("guarantee"), _("differential privacy (zero-concentrated), unit: one person")),
        Fact(_("this report"), f"rho {loss.rho}, epsilon {ours}"),
        Fact(
            _("this period ({name})").format(name=budget.period),
            f"rho {spent.rho} / {budget.limit.rho}",
        ),
        Fact(_("all periods"), f"epsilon {ever}"),
        Fact("delta", f"{float(plan.conversion_delta):g} + {float(loss.delta):g}"),
        Fact(_("minimum of people"), str(plan.min_people)),
        Fact(_("segmenter"), plan.segmenter),
        Fact(_("policy"), plan.policy_digest),
        Fact(_("plan"), plan.plan_hash),
        Fact(_("edition"), statement.edition_id),
        *(Fact(_("segment {name}").format(name=name), v) for name, v in plan.segments),
        Fact(_("audit commitment"), statement.audit.hex()),
        Fact(_("register"), statement.register),
        Fact(_("version"), statement.code),
    )
