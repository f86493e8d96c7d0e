# SPDX-License-Identifier: Apache-2.0
"""What an exact run gives back: tables or records, as data frames and files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.engine.private_files import write_new
from privseg.release.exact_asked import Json
from privseg.release.exact_register import ExactRelease
from privseg.release.exact_verify import parse_exact

if TYPE_CHECKING:
    import pandas as pd


class PublishedExact:
    """An exact release of a k lineage. It is no protected report, and has no epsilon."""

    def __init__(self, document: bytes) -> None:
        self.document = document
        self.release: ExactRelease = parse_exact(document)

    @property
    def statement(self) -> Json:
        """Return everything the release says."""
        return self.release.statement

    @property
    def name(self) -> str:
        """Return the declaration's name and the period: how its files are called."""
        asked = self.statement["asked"]
        return f"{asked['name']}-{asked['period']['name']}"


class PublishedTables(PublishedExact):
    """The exact tables of a period."""

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a count: people, or the least and the most that they can be."""
        import pandas as pd  # noqa: PLC0415  # saves half a second where nobody asks for it

        by = {t["name"]: t["by"] for t in self.statement["asked"]["tables"]}
        rows = [
            {
                "table": table["name"],
                "set": count["set"],
                "group": ", ".join(
                    map("=".join, zip(by[table["name"]], count["keys"], strict=True))
                ),
                "people": count["people"],
                "low": count["low"],
                "high": count["high"],
            }
            for table in self.statement["tables"]
            for count in table["counts"]
        ]
        frame = pd.DataFrame(rows)
        return frame.astype(dict.fromkeys(("people", "low", "high"), "Int64"))

    def write(self, folder: Path) -> Path:
        """Write the release into ``folder``; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_bytes(self.document)
        return path


class PublishedRecords(PublishedExact):
    """Records for analysts. They are personal data to whoever can tell people apart in them."""

    @property
    def csv(self) -> str:
        """Return the records as CSV."""
        return self.release.data or ""

    def to_pandas(self) -> pd.DataFrame:
        """Return the records, every value as text."""
        import pandas as pd  # noqa: PLC0415  # saves half a second where nobody asks for it

        return pd.read_csv(io.StringIO(self.csv), dtype=str, keep_default_na=False)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write records and release into new files of their owner's alone; return both."""
        folder.mkdir(parents=True, exist_ok=True)
        records, release = folder / f"{self.name}.csv", folder / f"{self.name}.json"
        for path, data in ((records, self.csv.encode()), (release, self.document)):
            path.unlink(missing_ok=True)  # the period's answer is always the same
            write_new(path, data)
        return records, release
