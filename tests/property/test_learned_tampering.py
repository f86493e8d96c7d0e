# SPDX-License-Identifier: Apache-2.0
"""Law: a learned release in which anything was changed is refused, whichever field it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.errors import PrivsegError
from privseg.release.learned_verify import verify_learned
from privseg.tlog import canonical
from tests.twins import learned_world as world
from tests.twins.tampering import at, changes, places, put, some_changes

DOCUMENTS = {kind: world.release(kind).document for kind in world.ASKED}
VERIFIERS = [world.KEY.public]


def is_refused(forged: Any) -> bool:
    try:
        verify_learned(canonical(forged), VERIFIERS)
    except PrivsegError:
        return True
    return False


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_single_field_changed_is_caught(kind: str) -> None:
    whole = DOCUMENTS[kind]
    for path in places(whole):
        for other in some_changes(at(whole, path), path):
            assert is_refused(put(whole, path, other)), (path, other)


@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_any_field_changed_in_any_way_is_caught(kind: str, data: st.DataObject) -> None:
    whole = DOCUMENTS[kind]
    path = data.draw(st.sampled_from(list(places(whole))))
    other = data.draw(st.sampled_from(changes(at(whole, path))))
    assert is_refused(put(whole, path, other))


@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_what_follows_cannot_be_changed_even_by_who_signs(kind: str, data: st.DataObject) -> None:
    """Of a statement signed anew: price, claim, limits, sums and plan follow from the rest."""
    said = world.statement(kind)
    inner = {k: said[k] for k in ("plan", "loss", "limits", "assumed", "version")}
    inner["budget"] = {k: said["budget"][k] for k in ("after", "lifetime_after")}
    path = data.draw(st.sampled_from([p for p in places(inner) if p and p[-1] != "learner"]))
    value = at(inner, path)
    if isinstance(value, dict) and "learner" in value:
        return
    other = data.draw(st.sampled_from(changes(value)))
    assert is_refused(world.signed(put(said, path, other)).document)
