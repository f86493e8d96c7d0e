# SPDX-License-Identifier: Apache-2.0
"""The verbs about the other systems that hold people's data."""

from __future__ import annotations

from pathlib import Path

from privseg.dsr.system_rules import SystemRules
from privseg.engine.acting import Acting
from privseg.engine.roles import Verb
from privseg.engine.systems import checking as systems_checking
from privseg.engine.systems import proof as systems_proof
from privseg.engine.systems.checking import SystemChecked
from privseg.engine.systems.proof import Impossible, Proved


class SystemVerbs(Acting):
    """What is done about the systems that ``systems:`` of privseg.yaml names."""

    def systems(self) -> tuple[SystemRules, ...]:
        """Return what the settings say of each other system; none is connected."""
        return systems_checking.rules_of(self._house)

    def check_systems(self, name: str | None = None) -> list[SystemChecked]:
        """Try every system, or one: connection, tables, columns, rights. No row is read.

        Raises:
            UnknownSystemError: there is none of that name.
        """
        self._acting(Verb.REQUEST)
        return systems_checking.check_systems(self._house, name)

    def record_proof(self, number: int, system: str, said: Path | Impossible) -> Proved:
        """Record what the people of a system answered to a work order.

        Raises:
            UnknownOrderError: no work order to this system waits for a proof.
            UnknownGroundError: the law knows no such ground for not erasing.
            ProofUnusableError: the file is not usable.
        """
        role = self._acting(Verb.REQUEST)
        return systems_proof.record_proof(self._house, number, system, said, role=role)
