# SPDX-License-Identifier: Apache-2.0
"""Every trick against the second gate is refused, although all else in the statement would pass."""

from __future__ import annotations

import pytest

from privseg.frames import Query
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.gate.second_gate import recheck
from tests.twins.sql_shop import ALLOWED, SCHEMA
from tests.twins.sql_tricks import TEXTS, TRICKS, trick_of


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_is_refused_for_what_it_is(name: str) -> None:
    query = trick_of(TRICKS[name])
    with pytest.raises(QueryRefusedError) as refusal:
        recheck(query, allowed=ALLOWED, schema=SCHEMA)
    assert "parameters" not in refusal.value.why


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_is_no_question_about_people_is_refused(name: str) -> None:
    with pytest.raises(QueryRefusedError):
        recheck(Query(TEXTS[name], {}, ALLOWED), allowed=ALLOWED, schema=SCHEMA)
