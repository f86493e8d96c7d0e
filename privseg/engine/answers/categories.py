# SPDX-License-Identifier: Apache-2.0
"""The categories of data about one person: Cal. Civ. Code § 1798.110(a)(1)-(4).

Which categories are held, where they were collected, what for, and to whom they were given. No
value is in it, so a lower degree of proof is enough (11 CCR § 7062(b)).
"""

from __future__ import annotations

from privseg.dsr import Case
from privseg.dsr.access import CategoriesAnswer
from privseg.dsr.rights import rights_under
from privseg.engine.answers.access import asker_of
from privseg.engine.answers.elsewhere import handed_to
from privseg.engine.answers.held import Hidden, held_data, stored_rows
from privseg.engine.answers.told import categories_told
from privseg.engine.house import House
from privseg.terms import Ordinal


def categories_answer(
    house: House, case: Case, person: Ordinal | None, language: str
) -> CategoriesAnswer:
    """Return the answer. The caller has put the read on the log before."""
    law = house.request_law(case.where)
    data = held_data(house, person, stored_rows(house, person), Hidden(law.never_disclosed))
    return CategoriesAnswer(
        asker=asker_of(house, case, law, person, language),
        categories=categories_told(house, data, handed_to(house, person)),
        rights=rights_under(law),
    )
