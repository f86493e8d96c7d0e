# SPDX-License-Identifier: Apache-2.0
"""A system that other people look after: they get a letter, and send a proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from privseg.dsr.systems import Reach, SystemErased, TableCount, TableFields
from privseg.systems.declared import Declared
from privseg.systems.refusals import NotInPlaceError
from privseg.terms import SubjectId


class WorkOrderSystem(Declared):
    """What is told to the people of a system that cannot be reached from here."""

    overwrites = False

    @property
    def reach(self) -> Reach:
        """Return that it is reached by work orders."""
        return Reach.WORK_ORDER

    def fields(self) -> Sequence[TableFields]:
        """Return its tables as they are declared; nobody looked whether they are there."""
        return [table.fields for table in self.rules.tables]

    def check(self) -> Sequence[str]:
        """Return nothing: there is nothing to try."""
        return ()

    def rows(self, ids: Sequence[SubjectId]) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Refuse: others have to be asked."""
        self._refuse(ids)

    def count(self, ids: Sequence[SubjectId]) -> Sequence[TableCount]:
        """Refuse: others have to be asked."""
        self._refuse(ids)

    def erase(self, ids: Sequence[SubjectId]) -> SystemErased:
        """Refuse: others have to do it."""
        self._refuse(ids)

    def left(self, ids: Sequence[SubjectId]) -> int:
        """Refuse: others have to be asked."""
        self._refuse(ids)

    def _refuse(self, ids: Sequence[SubjectId]) -> NoReturn:
        del ids
        raise NotInPlaceError(self.name)
