# SPDX-License-Identifier: Apache-2.0
"""The notices of the policy: their versions and texts, and what a law would have them say."""

from __future__ import annotations

from privseg.engine.house import House
from privseg.engine.views import NoticeView
from privseg.gate import notice_name
from privseg.policy import Notice, Policy


def notices(house: House) -> tuple[NoticeView, ...]:
    """Return every notice by name."""
    policy = house.policy
    found = sorted(policy.notices.values(), key=notice_name)
    return tuple(_view(policy, notice) for notice in found)


def _view(policy: Policy, notice: Notice) -> NoticeView:
    """Return one notice with what it lacks."""
    name = notice_name(notice)
    return NoticeView(
        name=name,
        languages=dict(sorted(notice.texts.items())) or {"": notice.sha256},
        purposes=tuple(sorted(notice.purposes)),
        replaces=tuple(f"{notice.notice_id}@{v}" for v in sorted(notice.replaces)),
        says=tuple(sorted(notice.says)),
        lacks=tuple(sorted(_asked(policy, notice) - notice.says)),
    )


def _asked(policy: Policy, notice: Notice) -> set[str]:
    """Return what the laws of the places where its purposes are pursued ask a notice to say."""
    rules = (policy.purposes.get(purpose) for purpose in notice.purposes)
    places = {place for rule in rules if rule is not None for place in rule.basis}
    laws = (policy.laws.get(place) for place in places)
    return {content for law in laws if law is not None for content in law.notice_says}
