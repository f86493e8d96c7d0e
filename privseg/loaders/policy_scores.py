# SPDX-License-Identifier: Apache-2.0
"""From the scores section of a policy to scores; every mistake is noted at its place."""

from __future__ import annotations

from collections.abc import Mapping

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_derived import FOLDED, STRUCTURAL
from privseg.loaders.policy_file import DerivedEntry
from privseg.loaders.policy_formulas import Maker
from privseg.loaders.policy_score_file import ALWAYS, FORMULAS, ScoreEntry
from privseg.policy.catalogue import Catalogue
from privseg.policy.catalogue_types import RESERVED
from privseg.policy.scores import Score
from privseg.terms import Attribute, Category


def read_scores(
    entries: Mapping[str, ScoreEntry],
    catalogue: Catalogue,
    derived: Mapping[str, DerivedEntry],
    mistakes: Mistakes,
) -> dict[str, Score]:
    """Return the scores; one whose name is taken is noted and left out.

    What a formula lacks is noted and made up: the policy is refused anyway, and what reads a
    result has no mistake of its own.
    """
    found = {}
    for name, entry in entries.items():
        _check_name(name, entry, mistakes)
        if (what := _taken(name, catalogue, derived)) is not None:
            mistakes.note(f"{name!r} is {what} already: call the score otherwise", entry.place())
            continue
        _check_keys(entry, mistakes)
        found[name] = Score(
            name=name,
            formula=Maker(name, entry, catalogue, mistakes).formula(),
            category=Category(
                codes.spelt(entry.category, codes.NAME, entry.place("category"), mistakes)
            ),
            place=entry.place(),
            special=entry.special,
            nature=entry.nature,
        )
    return found


def _check_name(name: str, entry: ScoreEntry, mistakes: Mistakes) -> None:
    """Note a name that cannot be one."""
    codes.spelt(name, codes.WORD, entry.place(), mistakes)
    if name in RESERVED | STRUCTURAL or name.endswith(FOLDED):
        mistakes.note("a name that the engine uses itself: take another", entry.place())


def _taken(name: str, catalogue: Catalogue, derived: Mapping[str, DerivedEntry]) -> str | None:
    """Return what has that name already, or None."""
    if name in catalogue.events():
        return "an event"
    if name in catalogue.sources:
        return "a source"
    return "an attribute" if Attribute(name) in catalogue.readables or name in derived else None


def _check_keys(entry: ScoreEntry, mistakes: Mistakes) -> None:
    """Note a key that the formula needs and lacks, or has no use for."""
    keys = FORMULAS[entry.formula]
    known = {*ALWAYS, *keys.needs, *keys.may}
    for key in sorted(entry.model_fields_set - known):
        mistakes.note(f"formula {entry.formula} has no {key!r}", entry.place(key))
    for key in (k for k in keys.needs if k not in entry.model_fields_set):
        mistakes.note(f"formula {entry.formula} needs {key!r}", entry.place())
