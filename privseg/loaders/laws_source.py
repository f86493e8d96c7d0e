# SPDX-License-Identifier: Apache-2.0
"""Where a rule of a law pack comes from: what every rule says beside its value."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from privseg.loaders.document import Document
from privseg.policy.law import Certainty


class SourceOfRule(Document):
    """Where a value comes from."""

    article: str = Field(description="The article, section or rule of the law.")
    checked: date = Field(description="The day on which it was looked up.")
    certainty: Certainty
    note: str | None = Field(None, description="What counsel should know.")
