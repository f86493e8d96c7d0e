# SPDX-License-Identifier: Apache-2.0
"""What learning gives back: a model, as a data frame and a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.policy.learning import Model
from privseg.release.learned_asked import Json, named
from privseg.release.learned_register import LearnedRelease
from privseg.release.learned_verify import parse_learned

if TYPE_CHECKING:
    import pandas as pd


class PublishedModel:
    """A model learned of people. Its loss is claimed by diffprivlib, not proved here."""

    def __init__(self, document: bytes) -> None:
        self.document = document
        self.release: LearnedRelease = parse_learned(document)

    @property
    def statement(self) -> Json:
        """Return everything the release says."""
        return self.release.statement

    @property
    def name(self) -> str:
        """Return the model's name."""
        return str(self.statement["asked"]["name"])

    def to_pandas(self) -> pd.DataFrame:
        """Return the centres, a row a persona; or the coefficients, a row a number.

        Centres are in the unit of each number; coefficients are of numbers brought to [0, 1].
        """
        import pandas as pd  # noqa: PLC0415  # saves half a second where nobody asks for it

        asked, model = self.statement["asked"], self.statement["model"]
        numbers = asked["numbers"]
        if asked["model"] == Model.PERSONAS:
            columns = [named(n) for n in numbers]
            rows = [
                [v / 10 ** n["decimals"] for n, v in zip(numbers, centre, strict=True)]
                for centre in model["centres"]
            ]
            return pd.DataFrame(rows, columns=columns)
        names = ["(intercept)", *(named(n) for n in numbers)]
        return pd.DataFrame({"number": names, "coefficient": coefficients(self.statement)})

    def write(self, folder: Path) -> Path:
        """Write the release into ``folder``; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_bytes(self.document)
        return path


def coefficients(statement: Json) -> list[float]:
    """Return the intercept and the coefficients of a propensity."""
    step, model = Fraction(statement["asked"]["step"]), statement["model"]
    return [float(step * steps) for steps in (model["intercept"], *model["weights"])]
