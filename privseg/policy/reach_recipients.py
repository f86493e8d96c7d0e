# SPDX-License-Identifier: Apache-2.0
"""How widely a policy lets people be handed to others: to whom, what of them, outside the EEA."""

from __future__ import annotations

from privseg.policy.fact import Fact, Key
from privseg.policy.recipients import PSEUDONYM, Handed, Recipient
from privseg.policy.rules import Policy
from privseg.terms import Purpose

_KEY = "handed"


def handed_over(policy: Policy) -> dict[Key, Fact]:
    """Return what each recipient gets for each purpose that names it."""
    found: dict[Key, Fact] = {}
    for recipient in policy.recipients.values():
        found |= _itself(recipient)
        for purpose, gets in recipient.gets.items():
            rule = policy.purposes.get(purpose)
            if rule is not None and recipient.name in rule.recipients:
                found |= _handed(recipient, purpose, gets)
    return found


def _itself(recipient: Recipient) -> dict[Key, Fact]:
    """Return what a recipient may do with what it gets, and where."""
    name, own = recipient.name, ("recipients", recipient.name)
    said = {
        "role": (recipient.role.decides_itself, "uses what it gets for ends of its own"),
        "country": (recipient.leaves_eea, "takes data out of the EEA"),
    }
    return {
        (_KEY, name, key): Fact(int(is_so), f'"{name}" {text}', frozenset({own, (*own, key)}))
        for key, (is_so, text) in said.items()
    }


def _handed(recipient: Recipient, purpose: Purpose, gets: Handed) -> dict[Key, Fact]:
    """Return what of people is handed over: each thing more is wider."""
    name, own = recipient.name, ("recipients", recipient.name, "gets", purpose)
    above = {("recipients", name), own, ("purposes", purpose, "recipients")}
    said = {("identifier", gets.identifier): _identifier(gets)}
    said |= {("attributes", str(a)): str(a) for a in gets.attributes}
    said |= {("natures", n): f"what tells of {n}" for n in gets.natures}
    found: dict[Key, Fact] = {}
    for (key, member), what in said.items():
        line = (*own, key) if key == "identifier" else (*own, key, member)
        text = f'"{name}" gets {what} of people for "{purpose}"'
        found[_KEY, name, purpose, key, member] = Fact(1, text, frozenset({*above, line}))
    return found


def _identifier(gets: Handed) -> str:
    """Return how people are named to a recipient, in words."""
    return "pseudonyms" if gets.identifier == PSEUDONYM else f"the {gets.identifier}"
