# SPDX-License-Identifier: Apache-2.0
"""A learned statement printed once more from its own facts; what could not have been is refused."""

from __future__ import annotations

import re
from datetime import datetime
from fractions import Fraction
from typing import Any, NoReturn

from privseg.policy.learning import Model, Take
from privseg.protect import PrivacyLoss
from privseg.protect.learning import LARGEST_WEIGHT, Weights
from privseg.release.decode_node import ReleaseForgedError
from privseg.release.exact_statement import Meaning
from privseg.release.learned_asked import Json, grids_of, rho_of
from privseg.release.learned_statement import Centres, LearnedFrame, learned_statement
from privseg.release.statement import Budget

ASKED = frozenset(
    {
        "name", "model", "controller", "segmenter", "purpose", "of", "target", "numbers",
        "clusters", "rounds", "step", "epsilon",
    }
)  # fmt: skip
NUMBER = frozenset({"take", "of", "days", "low", "high", "step", "unit", "decimals"})
TEXTS = ("name", "controller", "segmenter", "purpose")
HASH = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"[0-9]+(\.[0-9a-z]+)*")
EDITION = re.compile(r"[0-9a-f]{32}")
MOST_DECIMALS = 18


def learned_again(statement: Json) -> Json:
    """Return what this code prints of a statement's facts.

    Raises:
        ReleaseForgedError, ArithmeticError, LookupError, TypeError, ValueError: it says what no
            learned release can say.
    """
    asked = statement["asked"]
    check_asked(asked)
    return learned_statement(asked, _frame(statement), _model(asked, statement["model"]))


def check_asked(asked: Json) -> None:
    """Refuse what no policy can have asked for."""
    if asked.keys() != ASKED:
        _refuse("asked", "it has other keys")
    if not all(isinstance(asked[key], str) and asked[key] for key in TEXTS):
        _refuse("asked", "a name is no text")
    for key in ("of", "target"):
        pinned = asked[key]
        if pinned is not None and (
            pinned.keys() != {"name", "version"} or not HASH.fullmatch(pinned["version"])
        ):
            _refuse(f"asked.{key}", "it is no segment with its version")
    if not asked["numbers"]:
        _refuse("asked.numbers", "there is none")
    for number in asked["numbers"]:
        _check_number(number)
    _check_kind(asked)
    epsilon = _fraction(asked["epsilon"], "asked.epsilon")
    if epsilon <= 0:
        _refuse("asked.epsilon", "it is not above 0")


def _check_kind(asked: Json) -> None:
    """Refuse what the other model has, and a missing part of its own."""
    is_personas = Model(asked["model"]) is Model.PERSONAS
    own, other = ("clusters", "rounds"), ("target", "step")
    if not is_personas:
        own, other = other, own
    if any(asked[key] is None for key in own) or any(asked[key] is not None for key in other):
        _refuse("asked.model", "it has not what its model has")
    if is_personas:
        if min(_whole(asked[key], f"asked.{key}") for key in own) < 1:
            _refuse("asked.clusters", "it is below 1")
    elif not 0 < _fraction(asked["step"], "asked.step") <= 1:
        _refuse("asked.step", "it is no step from 0 to 1")


def _check_number(number: Json) -> None:
    """Refuse a number that no policy can bound so."""
    field = "asked.numbers"
    if number.keys() != NUMBER:
        _refuse(field, "it has other keys")
    for key in ("low", "high", "step", "decimals"):
        _whole(number[key], f"{field}.{key}")
    if not isinstance(number["unit"], str) or not isinstance(number["of"], str):
        _refuse(field, "a name is no text")
    if not 0 <= number["decimals"] <= MOST_DECIMALS:
        _refuse(f"{field}.decimals", "nothing is told so finely")
    if number["days"] is not None and (
        Take(number["take"]) is Take.AMOUNT or _whole(number["days"], f"{field}.days") < 1
    ):
        _refuse(f"{field}.days", "it has no days")
    Take(number["take"])


def _model(asked: Json, told: Json) -> Centres | Weights:
    """Return the model, every number of it on its grid and in its bounds."""
    grids = grids_of(asked)
    if asked["model"] == Model.PERSONAS:
        centres = tuple(tuple(_whole(v, "model.centres") for v in c) for c in told["centres"])
        fit = all(
            len(c) == len(grids) and all(g.holds(v) for g, v in zip(grids, c, strict=True))
            for c in centres
        )
        if not fit or len(centres) != asked["clusters"]:
            _refuse("model.centres", "a centre is outside the bounds, or not on the grid")
        if list(centres) != sorted(centres):
            _refuse("model.centres", "they are not in their order")
        return centres
    weights = [_whole(v, "model.weights") for v in (told["intercept"], *told["weights"])]
    most = LARGEST_WEIGHT / Fraction(asked["step"])
    if len(weights) != len(grids) + 1 or any(abs(w) > most for w in weights):
        _refuse("model.weights", "a coefficient is missing, or larger than any can be")
    return Weights(weights[0], tuple(weights[1:]))


def _frame(statement: Json) -> LearnedFrame:
    """Return what stands around the model, read from a statement."""
    told, asked = statement["budget"], statement["asked"]
    at, released_at = statement["edition"]["at"], statement["released_at"]
    if datetime.fromisoformat(released_at) < datetime.fromisoformat(at):
        _refuse("released_at", "it is from before the moment that it tells of")
    for key in ("policy", "audit"):
        if not HASH.fullmatch(statement[key]):
            _refuse(key, "it is no SHA-256")
    if not EDITION.fullmatch(statement["edition"]["id"]):
        _refuse("edition.id", "it is no id of an edition")
    pinned = [p["name"] for p in (asked["of"], asked["target"]) if p is not None]
    if [s["name"] for s in statement["segments"]] != pinned:
        _refuse("segments", "they are not those that were asked for")
    if not VERSION.fullmatch(statement["loss"]["learner"]):
        _refuse("loss.learner", "it is no version")
    return LearnedFrame(
        code=_text(statement["code"]),
        learner=statement["loss"]["learner"],
        policy=statement["policy"],
        purpose_title=_text(statement["purpose_title"]),
        edition_id=statement["edition"]["id"],
        at=datetime.fromisoformat(at),
        released_at=datetime.fromisoformat(released_at),
        meanings=tuple(
            Meaning(_text(s["name"]), _text(s["label"]), _text(s["words"]))
            for s in statement["segments"]
        ),
        budget=_budget(told, asked),
        conversion_delta=_fraction(told["conversion_delta"], "budget.conversion_delta"),
        audit=bytes.fromhex(statement["audit"]),
        register=_text(statement["register"]),
    )


def _budget(told: Json, asked: Json) -> Budget:
    """Return the budget as it was before, with room for this model."""
    limit, spent, lifetime = (
        _loss(told[key], f"budget.{key}") for key in ("limit", "before", "lifetime_before")
    )
    if spent.rho > lifetime.rho or spent.delta > lifetime.delta:
        _refuse("budget.before", "a period has spent more than all of them")
    if spent.rho + rho_of(asked) > limit.rho or spent.delta > limit.delta:
        _refuse("budget.limit", "this release was over it, and cannot have been admitted")
    return Budget(_text(told["period"]), limit, spent, lifetime)


def _loss(told: Json, field: str) -> PrivacyLoss:
    return PrivacyLoss(
        _fraction(told["rho"], f"{field}.rho"),
        _fraction(told["selection_delta"], f"{field}.selection_delta"),
    )


def _fraction(text: Any, field: str) -> Fraction:
    """Return a fraction in its one spelling."""
    if not isinstance(text, str) or len(text) > 200 or str(found := Fraction(text)) != text:  # noqa: PLR2004  # digits
        _refuse(field, "it is no fraction in its one spelling")
    return found


def _whole(value: Any, field: str) -> int:
    if type(value) is not int or abs(value) >= 2**63:
        _refuse(field, "it is no whole number of 64 bits")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        _refuse("statement", "a text is none")
    return value


def _refuse(field: str, why: str) -> NoReturn:
    raise ReleaseForgedError(field=f"statement.{field}", why=why)
