# SPDX-License-Identifier: Apache-2.0
"""A policy comes back from its kept text as it decided; what is no such text is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from privseg.loaders import load_policy
from privseg.policy import canonical_text
from privseg.policy.remembered import NotAPolicyTextError, remembered
from privseg.tlog.canonical import canonical

POLICIES = Path(__file__).parents[3] / "policies"


@pytest.mark.parametrize("name", ["shop", "starter"])
def test_what_decides_comes_back_whole(name: str) -> None:
    policy = load_policy(POLICIES / name / "policies")
    text = canonical_text(policy)
    found = remembered(text)
    assert canonical_text(found) == text
    assert found.digest == policy.digest
    assert found.purposes.keys() == policy.purposes.keys()
    assert found.laws == policy.laws or canonical_text(found) == text


def said() -> dict[str, Any]:
    text = canonical_text(load_policy(POLICIES / "shop" / "policies"))
    return json.loads(text)


def test_a_text_kept_before_something_was_added_still_reads() -> None:
    old = said()
    del old["policy"]["approval"]
    assert remembered(canonical(old)).approval is False


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(format="privseg/policy/99"),
        lambda d: d.pop("policy"),
        lambda d: d["policy"].pop("controller"),
        lambda d: d["policy"].update(controller=7),
        lambda d: d["policy"].update(purposes=[]),
        lambda d: d["policy"]["budget"].update(rho_per_year="much"),
        lambda d: d["policy"].update(opt_out_notice_since="soon"),
    ],
    ids=["format", "policy", "controller", "number", "list", "fraction", "moment"],
)
def test_what_is_no_text_of_a_policy_is_refused(spoil: Any) -> None:
    document = said()
    spoil(document)
    with pytest.raises(NotAPolicyTextError, match="do not rely on it"):
        remembered(canonical(document))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"b":1,"a":2}', b"7"])
def test_what_is_not_canonical_is_refused(text: bytes) -> None:
    with pytest.raises(NotAPolicyTextError):
        remembered(text)
