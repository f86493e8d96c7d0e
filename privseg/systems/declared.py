# SPDX-License-Identifier: Apache-2.0
"""What every system is by its rules alone, however it is reached."""

from __future__ import annotations

from privseg.dsr.system_rules import SystemRules


class Declared:
    """A system as ``privseg.yaml`` declares it."""

    def __init__(self, rules: SystemRules) -> None:
        self.rules = rules

    @property
    def name(self) -> str:
        """Return the name that ``privseg.yaml`` gives it."""
        return self.rules.name

    @property
    def kind(self) -> str:
        """Return what it is."""
        return self.rules.kind.value
