# SPDX-License-Identifier: Apache-2.0
"""Law 12: "Special categories (GDPR 9), *inferred ones too*, need explicit consent." (Which
segments reveal one is the gate's to say: it asks about the special category then.)
"""

from __future__ import annotations

import pytest

from privseg.consent import Act, ConsentStatus, ReasonCode, decide
from tests.twins.consent_worlds import (
    CA,
    DE,
    PURCHASES,
    RELIGION,
    attest,
    event,
    question,
    rules,
)

BOTH = frozenset({PURCHASES, RELIGION})


@pytest.mark.parametrize("explicit", [True, False])
@pytest.mark.parametrize("place", [DE, CA])
def test_a_special_category_needs_explicit_consent(place: str, *, explicit: bool) -> None:
    history = (attest(place), event(Act.GRANT, n=1, categories=BOTH, explicit=explicit))
    assert decide(rules(), history, question(category=RELIGION)).allowed is explicit
    assert decide(rules(), history, question(category=PURCHASES)).allowed


def test_what_is_missing_is_the_explicit_act() -> None:
    history = (attest(), event(Act.GRANT, n=1, categories=BOTH))
    answer = decide(rules(), history, question(category=RELIGION))
    assert answer.status is ConsentStatus.MISSING
    assert answer.reasons == (ReasonCode.NO_EXPLICIT_CONSENT,)


def test_a_newer_grant_that_is_not_explicit_governs() -> None:
    history = (
        attest(),
        event(Act.GRANT, n=1, categories=BOTH, explicit=True),
        event(Act.GRANT, n=2, categories=BOTH),
    )
    assert not decide(rules(), history, question(category=RELIGION)).allowed
