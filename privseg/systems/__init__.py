# SPDX-License-Identifier: Apache-2.0
"""The systems room: other systems of the controller that hold people's data, read where they lie.

Adapters of the port ``privseg.dsr.systems.System``. Each is loaded when a system of its kind is
opened, so that nobody needs the packages of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from privseg.dsr.system_rules import SystemKind, SystemRules
from privseg.dsr.systems import System
from privseg.systems.refusals import (
    NotInPlaceError,
    SystemBusyError,
    SystemCascadeError,
    SystemFileError,
    SystemLeftError,
    SystemLostError,
    SystemNotOverwrittenError,
    SystemRefusesError,
    SystemRightsError,
    SystemShapeError,
    SystemUnreachableError,
)
from privseg.systems.work_order import WorkOrderSystem

__all__ = [
    "NotInPlaceError",
    "SystemBusyError",
    "SystemCascadeError",
    "SystemFileError",
    "SystemLeftError",
    "SystemLostError",
    "SystemNotOverwrittenError",
    "SystemRefusesError",
    "SystemRightsError",
    "SystemShapeError",
    "SystemUnreachableError",
    "WorkOrderSystem",
    "open_system",
]

Libpq = Callable[[str], Mapping[str, str]]
"""What libpq is told for an address: the rules on encryption are the workspace's own."""


def open_system(rules: SystemRules, *, libpq: Libpq) -> System:
    """Return a system; nothing is connected or read yet."""
    match rules.kind:
        case SystemKind.SQLITE:
            from privseg.systems.sqlite import SqliteSystem  # noqa: PLC0415 - each kind on its own

            return SqliteSystem(rules)
        case SystemKind.DUCKDB:
            from privseg.systems.duck import DuckSystem  # noqa: PLC0415

            return DuckSystem(rules)
        case SystemKind.POSTGRESQL:
            from privseg.systems.postgres import PostgresSystem  # noqa: PLC0415

            return PostgresSystem(rules, libpq=libpq)
        case SystemKind.PARQUET:
            from privseg.systems.parquet import ParquetSystem  # noqa: PLC0415

            return ParquetSystem(rules)
        case SystemKind.CSV:
            from privseg.systems.csv_folder import CsvSystem  # noqa: PLC0415

            return CsvSystem(rules)
        case SystemKind.WORK_ORDER:
            return WorkOrderSystem(rules)
