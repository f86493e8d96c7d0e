# SPDX-License-Identifier: Apache-2.0
"""The exit gate: noise, the minimum of people, error bars, and what all of it costs.

``QuantityPlan`` (public, no data) and tallies (secret) go in; ``Protected`` comes out.
"""

from privseg.protect.estimate import half_width, left_out, number
from privseg.protect.loss import BudgetExceededError, PrivacyLoss, admit, epsilon_of
from privseg.protect.mechanism import UnboundedTallyError, protect
from privseg.protect.quantity import (
    LeftOutPlan,
    MeasurePlan,
    Part,
    Quantity,
    QuantityPlan,
    TablePlan,
)
from privseg.protect.sampler import RandBits, discrete_gaussian, discrete_laplace
from privseg.protect.sensitivity import Sensitivity
from privseg.protect.stage import (
    Estimate,
    Protected,
    ProtectedCell,
    ProtectedNumber,
    ProtectedTable,
    Withheld,
)
from privseg.protect.tail import Bounds, DiscreteGaussian
from privseg.protect.threshold import Gate

__all__ = [
    "Bounds",
    "BudgetExceededError",
    "DiscreteGaussian",
    "Estimate",
    "Gate",
    "LeftOutPlan",
    "MeasurePlan",
    "Part",
    "PrivacyLoss",
    "Protected",
    "ProtectedCell",
    "ProtectedNumber",
    "ProtectedTable",
    "Quantity",
    "QuantityPlan",
    "RandBits",
    "Sensitivity",
    "TablePlan",
    "UnboundedTallyError",
    "Withheld",
    "admit",
    "discrete_gaussian",
    "discrete_laplace",
    "epsilon_of",
    "half_width",
    "left_out",
    "number",
    "protect",
]
