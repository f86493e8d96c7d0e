# SPDX-License-Identifier: Apache-2.0
"""The verbs of k lineages: the tables of a period, and records for analysts."""

from __future__ import annotations

from privseg.engine.acting import Acting
from privseg.engine.exact import foreseeing as exact_foreseeing
from privseg.engine.exact import running as exact_running
from privseg.engine.exact.foreseeing import ExactForeseen
from privseg.engine.exact.prepare import find_records, find_tables
from privseg.engine.exact.published import PublishedRecords, PublishedTables
from privseg.engine.roles import Verb


class ExactVerbs(Acting):
    """What is released exactly, of sources that policy gives to k."""

    def tables(self, name: str) -> PublishedTables:
        """Make the declared tables of the current period, or return those made already.

        Raises:
            The errors of ``engine.exact.running.run_exact``.
        """
        role, declared = self._acting(Verb.REPORT), find_tables(self._house, name)
        return PublishedTables(exact_running.run_exact(self._house, declared, role=role))

    def plan_tables(self, name: str) -> ExactForeseen:
        """Return what the tables of a declaration would ask; nothing is read or changed.

        Raises:
            The refusals of a run that depend on policy and period alone.
        """
        role, declared = self._acting(Verb.REPORT), find_tables(self._house, name)
        return exact_foreseeing.foresee_exact(self._house, declared, role=role)

    def microdata(self, name: str) -> PublishedRecords:
        """Make the declared records of the current period, or return those made already.

        Raises:
            The errors of ``engine.exact.running.run_exact``.
        """
        role, declared = self._acting(Verb.RECORDS), find_records(self._house, name)
        return PublishedRecords(exact_running.run_exact(self._house, declared, role=role))

    def plan_microdata(self, name: str) -> ExactForeseen:
        """Return what records of a declaration would ask; nothing is read or changed.

        Raises:
            The refusals of a run that depend on policy and period alone.
        """
        role, declared = self._acting(Verb.RECORDS), find_records(self._house, name)
        return exact_foreseeing.foresee_exact(self._house, declared, role=role)
