# SPDX-License-Identifier: Apache-2.0
"""Are the lists of people in the database as the vault left them?"""

from __future__ import annotations

from privseg.engine.house import House


def check_people(house: House) -> list[str]:
    """Return which lists of people were changed behind the vault; without them no more is checked.

    Who is concerned is not known: the digest is over the whole list.
    """
    return [
        f"tampered: people: the {part} is not as it was left" for part in house.vault.bound.broken()
    ]
