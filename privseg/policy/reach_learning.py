# SPDX-License-Identifier: Apache-2.0
"""How widely a policy lets models be learned: which, of whom, of what, and at what loss."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.facets import Path
from privseg.policy.fact import BELOW, Fact, Key, one
from privseg.policy.learning import Learning
from privseg.policy.rules import Policy


def models(policy: Policy) -> dict[Key, Fact]:
    """Return what may be learned."""
    return {key: fact for each in policy.learning.values() for key, fact in _model(each)}


def model_scopes(policy: Policy) -> Iterator[Path]:
    """Yield what a policy has that facts about models can be about."""
    yield from (("learning", name) for name in policy.learning)


def _model(declared: Learning) -> Iterator[tuple[Key, Fact]]:
    """Yield what a declaration lets out: any change but of its epsilon is another model."""
    own, name = ("learning", declared.name), f'model "{declared.name}"'
    yield (
        (*own, "epsilon"),
        Fact(
            declared.epsilon,
            f"{name} may lose epsilon {declared.epsilon}",
            one(*own, "epsilon"),
            own,
        ),
    )
    facts = {
        "model": declared.model.value,
        "segmenter": declared.segmenter,
        "segment": declared.segment or "everybody",
        "target": declared.target or "",
        "clusters": str(declared.clusters),
        "rounds": str(declared.rounds),
        "step": str(declared.step),
    }
    for key, value in facts.items():
        text = f"{name} is learned with {key} {value}"
        yield ("model", declared.name, key, value), Fact(1, text, one(*own, key))
    for feature in declared.features:
        text = f"{name} is learned of {feature}"
        yield (
            ("model", declared.name, "of", str(feature)),
            Fact(1, text, one(*own, "features", BELOW)),
        )
