# SPDX-License-Identifier: Apache-2.0
"""Every mutant of the noisy path."""

from tests.redteam.mutants_bars import BARS_BROKEN, FOLLOWS
from tests.redteam.mutants_charge import CHARGE
from tests.redteam.mutants_gate import GATES, OUT
from tests.redteam.mutants_noise import NOISE

MUTANTS = (*NOISE, *CHARGE, *GATES, *OUT, *FOLLOWS, *BARS_BROKEN)
