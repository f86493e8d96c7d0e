# SPDX-License-Identifier: Apache-2.0
"""The verbs by which data come in, and go when their time is over."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.engine import importing, retaining
from privseg.engine.acting import Acting
from privseg.engine.reidentify.forget import forget_lapsed
from privseg.engine.roles import Verb
from privseg.engine.views import Imported
from privseg.vault.purging import Purged

if TYPE_CHECKING:
    import pandas as pd


class DataVerbs(Acting):
    """What engineers do with the sources of the catalogue."""

    def import_source(
        self,
        source: str,
        data: Path | pd.DataFrame,
        *,
        quarantine: Path | None = None,
        dry_run: bool = False,
    ) -> Imported:
        """Import a file or DataFrame into a source of the catalogue: all of it or nothing."""
        return importing.import_source(
            self._house,
            source,
            data,
            role=self._acting(Verb.IMPORT),
            quarantine=quarantine,
            dry_run=dry_run,
        )

    def load(self, data: str | PathLike[str] | pd.DataFrame, *, source: str) -> Imported:
        """Import ``data`` into ``source``: the short form for Python."""
        self._acting(Verb.IMPORT)
        given = Path(data) if isinstance(data, str | PathLike) else data
        return self.import_source(source, given)

    def expire(self, *, dry_run: bool = False) -> tuple[Purged, ...]:
        """Take off the disk what has passed its retention; nobody can read it any more anyway."""
        role = self._acting(Verb.EXPIRE)
        if not dry_run:
            forget_lapsed(self._house)
        return retaining.expire(self._house, role=role, dry_run=dry_run)
