# SPDX-License-Identifier: Apache-2.0
"""The other systems of a workspace: opened from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from privseg.dsr.systems import System
from privseg.engine.staff.trust import StaffExposedError, faults
from privseg.loaders import Environment, WorkspaceConfig
from privseg.systems import open_system


def systems_of(config: WorkspaceConfig) -> tuple[System, ...]:
    """Return every other system that the settings name; none is connected yet.

    In production only the administrator may be able to write the file that names them: it says
    where rows are deleted.

    Raises:
        StaffExposedError: somebody else could change it.
    """
    if config.systems_file is not None and config.environment is Environment.PRODUCTION:
        found = faults(replace(config, staff_file=config.systems_file))
        if found:
            raise StaffExposedError(found)
    return tuple(open_system(rules, libpq=_libpq) for rules in config.systems)


def _libpq(url: str) -> Mapping[str, str]:
    """Return what libpq is told: encrypted as the workspace's own database must be."""
    from privseg.store.postgres.address import parameters  # noqa: PLC0415 - the extra postgresql

    return parameters(url)
