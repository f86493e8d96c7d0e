# SPDX-License-Identifier: Apache-2.0
"""Short histories in which a fold over rows goes wrong most easily, by what they are about."""

from __future__ import annotations

from privseg.consent import Act, Authority, Event, Method
from tests.twins.consent_shop import ADA, GRACE, MARKETING, MINUTE, attest, day, event

Acts = list[tuple[Act, int, dict[str, object]]]
_ACTS: dict[str, Acts] = {
    "a lift revives a grant": [
        (Act.GRANT, 1, {}),
        (Act.RESTRICT, 2, {}),
        (Act.LIFT, 3, {}),
    ],
    "a hold is released": [
        (Act.GRANT, 1, {}),
        (Act.HOLD, 2, {}),
        (Act.RELEASE_HOLD, 3, {}),
    ],
    "the newest grant is weaker than the one that lifted the withdrawal": [
        (Act.WITHDRAW, 1, {}),
        (Act.GRANT, 2, {}),
        (Act.GRANT, 3, {"authority": Authority.AGENT}),
    ],
    "the newest grant is plain, the one before lifted an objection": [
        (Act.OBJECT, 1, {}),
        (Act.GRANT, 2, {"explicit": True}),
        (Act.GRANT, 3, {}),
    ],
    "a lift of a linked profile's act": [
        (Act.GRANT, 1, {}),
        (Act.RESTRICT, 2, {"subject": GRACE}),
        (Act.MERGE, 0, {"target": GRACE}),
        (Act.LIFT, 3, {}),
    ],
    "a linked profile's lift of the person's act": [
        (Act.GRANT, 1, {}),
        (Act.RESTRICT, 2, {}),
        (Act.MERGE, 0, {"target": GRACE}),
        (Act.LIFT, 3, {"subject": GRACE}),
    ],
    "a tie set aside from the other side": [
        (Act.GRANT, 1, {}),
        (Act.MERGE, 2, {"subject": GRACE, "target": ADA, "quarantined": True}),
    ],
    "a grant that is over, used up and idle": [
        (Act.OBJECT, 0, {}),
        (Act.GRANT, 1, {"explicit": True, "until": "moved", "uses": 1, "idle_days": 2}),
        (Act.HAPPENED, 2, {"value": "moved"}),
        (Act.USE, 2, {}),
    ],
    "both steps once, one step now": [
        (Act.OPT_OUT, 1, {}),
        (Act.OPT_IN, 2, {"method": Method.DOUBLE_OPT_IN}),
        (Act.OPT_IN, 3, {}),
    ],
    "the newest grant lapsed, the one before lifted a withdrawal": [
        (Act.WITHDRAW, 1, {}),
        (Act.GRANT, 2, {}),
        (Act.GRANT, 3, {"expires_at": day(4)}),
    ],
    "a tie set aside and recorded late": [
        (Act.GRANT, 1, {}),
        (Act.OBJECT, 1, {"subject": GRACE}),
        (Act.MERGE, 2, {"recorded": 9, "target": GRACE, "quarantined": True}),
    ],
    "a tie whose end is recorded late": [
        (Act.GRANT, 1, {}),
        (Act.OBJECT, 1, {"subject": GRACE}),
        (Act.MERGE, 1, {"target": GRACE}),
        (Act.UNMERGE, 3, {"recorded": 9, "target": GRACE}),
    ],
    "a withdrawal by a clock that runs ahead": [
        (Act.GRANT, 1, {}),
        (Act.WITHDRAW, 5, {"event_time": day(5) + 4 * MINUTE}),
    ],
    "a parent's notice changed": [
        (Act.GRANT, 1, {"purpose": MARKETING, "notice": "banner@0"}),
    ],
    "something happened at the moment of a grant that ends with it": [
        (Act.GRANT, 1, {"until": "moved"}),
        (Act.HAPPENED, 1, {"value": "moved"}),
    ],
    "used before the grant": [
        (Act.USE, 0, {}),
        (Act.GRANT, 1, {"uses": 1}),
    ],
    "a withdrawal set aside and recorded late": [
        (Act.GRANT, 1, {}),
        (Act.WITHDRAW, 2, {"recorded": 9, "quarantined": True}),
    ],
    "a withdrawal set aside and recorded at the moment asked": [
        (Act.GRANT, 1, {}),
        (Act.WITHDRAW, 2, {"recorded": 5, "quarantined": True}),
    ],
    "a grant on a parent whose notice did not list the child": [
        (Act.GRANT, 1, {"purpose": MARKETING, "notice_purposes": frozenset({MARKETING})}),
    ],
    "a grant on a parent under an older notice": [
        (Act.GRANT, 1, {"purpose": MARKETING, "notice": "banner@1"}),
    ],
    "a guardian's grant, and a linked profile of age": [
        (Act.ATTEST_AGE, 0, {"value": "2015-01-01"}),
        (Act.GRANT, 1, {"authority": Authority.GUARDIAN}),
        (Act.ATTEST_AGE, 0, {"value": "1980-05-05", "subject": GRACE}),
        (Act.MERGE, 0, {"target": GRACE}),
    ],
    "a guardian's grant on the day before it lapses": [
        (Act.ATTEST_AGE, 0, {"value": "2010-01-07"}),
        (Act.GRANT, 1, {"authority": Authority.GUARDIAN}),
    ],
    "a guardian's grant that lifts an agent's objection": [
        (Act.OBJECT, 0, {"authority": Authority.AGENT}),
        (Act.GRANT, 1, {"authority": Authority.GUARDIAN, "explicit": True}),
    ],
    "nothing but where somebody lives": [],
}

HARD_ONES: dict[str, tuple[Event, ...]] = {
    name: (attest(), *(event(act, n=n, **facts) for act, n, facts in acts))
    for name, acts in _ACTS.items()
}
"""Histories of Ada that need more than her newest grant to judge; asked on day 5."""
