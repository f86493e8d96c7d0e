# SPDX-License-Identifier: Apache-2.0
"""The exit gate: noise, the minimum of people, error bars, and what all of it costs.

``QuantityPlan`` (public, no data) and tallies (secret) go in; ``Protected`` comes out.
"""

from privseg.protect.assemble import Draws, assemble
from privseg.protect.estimate import half_width, half_widths, left_out
from privseg.protect.formula import (
    Combined,
    Derived,
    Lift,
    Part,
    Quotient,
    Term,
    Terms,
    Top,
)
from privseg.protect.loss import BudgetExceededError, PrivacyLoss, admit, epsilon_of
from privseg.protect.measuring import Quantity
from privseg.protect.mechanism import UnboundedTallyError, protect
from privseg.protect.quantiles import printed_from
from privseg.protect.quantity import LeftOutPlan, MeasurePlan, QuantityPlan, TablePlan
from privseg.protect.running import Factor
from privseg.protect.sampler import (
    RandBits,
    discrete_gaussian,
    discrete_gaussians,
    discrete_laplace,
)
from privseg.protect.sensitivity import Sensitivity
from privseg.protect.stage import (
    Drawn,
    Estimate,
    Protected,
    ProtectedCell,
    ProtectedDerived,
    ProtectedNumber,
    ProtectedTable,
    Withheld,
)
from privseg.protect.tail import Bounds, DiscreteGaussian
from privseg.protect.threshold import Gate

__all__ = [
    "Bounds",
    "BudgetExceededError",
    "Combined",
    "Derived",
    "DiscreteGaussian",
    "Drawn",
    "Draws",
    "Estimate",
    "Factor",
    "Gate",
    "LeftOutPlan",
    "Lift",
    "MeasurePlan",
    "Part",
    "PrivacyLoss",
    "Protected",
    "ProtectedCell",
    "ProtectedDerived",
    "ProtectedNumber",
    "ProtectedTable",
    "Quantity",
    "QuantityPlan",
    "Quotient",
    "RandBits",
    "Sensitivity",
    "TablePlan",
    "Term",
    "Terms",
    "Top",
    "UnboundedTallyError",
    "Withheld",
    "admit",
    "assemble",
    "discrete_gaussian",
    "discrete_gaussians",
    "discrete_laplace",
    "epsilon_of",
    "half_width",
    "half_widths",
    "left_out",
    "printed_from",
    "protect",
]
