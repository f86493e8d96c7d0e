# SPDX-License-Identifier: Apache-2.0
"""Does every identifier lead to the person that it was enrolled for, and everybody have one?"""

from __future__ import annotations

from privseg.engine.house import House

TAMPERED = "tampered: identities"


def check_identities(house: House) -> list[str]:
    """Return how the table of identifiers is not what the vault wrote: counts, and nobody's name.

    Every bond holds; nobody erased has an identifier; everybody else with data has one.
    """
    broken, owners = house.vault.bonds.audit()
    erased = house.vault.population.erased()
    nameless = house.vault.people(house.columns.snapshot()) - owners - erased
    found = {
        "do not lead to whom they were enrolled for": broken,
        "belong to somebody erased": len(owners & erased),
        "are missing: as many people have data and none that is theirs": len(nameless),
    }
    return [f"{TAMPERED}: {count} identifiers {what}" for what, count in found.items() if count]
