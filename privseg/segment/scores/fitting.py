# SPDX-License-Identifier: Apache-2.0
"""Maximum likelihood over positive parameters: found and proved flat, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from privseg.segment.scores.errors import NotFittedError

Reals = NDArray[np.float64]
Likelihood = Callable[[Reals], tuple[float, Reals]]
"""The mean log-likelihood of positive parameters, and its gradient in them."""

Cost = Callable[[Reals], tuple[float, Reals]]
"""Its negative, of the logarithms of the parameters."""

FLAT = 1e-7  # the slope, per buyer and unit of a log-parameter, that counts as none
_REACH = 10.0  # a parameter lies within a factor e**10 of the start: beyond, data do not tell it
_EDGE = 1e-3  # so near that the optimum lies outside
_TIGHT = {"maxiter": 300, "maxfun": 1_000, "maxls": 50, "ftol": 0.0, "gtol": FLAT / 100}
_PATIENT = {"maxiter": 600, "maxfev": 1_000, "xatol": 1e-8, "fatol": 1e-13}


def maximise(model: str, likelihood: Likelihood, *, start: Reals) -> Reals:
    """Return the parameters at which ``likelihood`` is greatest.

    In the logarithms of the parameters, from ``start``: L-BFGS-B, and where that does not end on
    flat ground, Nelder-Mead from where it ended and L-BFGS-B once more. ``start`` gives each
    parameter's magnitude.

    Raises:
        NotFittedError: neither ends on flat ground, or it lies at the edge of what can be told.
    """

    def cost(logs: Reals) -> tuple[float, Reals]:
        value, slope = likelihood(np.exp(logs))
        return -value, -slope * np.exp(logs)

    middle = np.log(start)
    found = _descend(cost, middle, middle)
    if not _flat(cost, found) and not _at_edge(found, middle):
        found = _descend(cost, _walk(cost, found), middle)
    if _at_edge(found, middle):
        raise NotFittedError(model, "these people do not tell its parameters")
    if not _flat(cost, found):
        raise NotFittedError(model, "the search for its parameters does not converge")
    return np.exp(found)


def _descend(cost: Cost, start: Reals, middle: Reals) -> Reals:
    """Return where L-BFGS-B ends (Byrd, Lu, Nocedal & Zhu 1995)."""
    bounds = list(zip(middle - _REACH, middle + _REACH, strict=True))
    start = np.clip(start, middle - _REACH, middle + _REACH)
    with np.errstate(all="ignore"):  # a step too far is refused by its value
        ended = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options=_TIGHT)
    found: Reals = ended.x
    return found


def _walk(cost: Cost, start: Reals) -> Reals:
    """Return where Nelder & Mead (1965) end, who need no slope."""

    def height(logs: Reals) -> float:
        value = cost(logs)[0]
        return value if np.isfinite(value) else np.inf

    options: Any = _PATIENT
    with np.errstate(all="ignore"):
        ended = minimize(height, start, method="Nelder-Mead", options=options)
    found: Reals = ended.x
    return found


def _at_edge(found: Reals, middle: Reals) -> bool:
    """Return whether the search ended where it was not allowed to go on."""
    return bool(np.any(np.abs(found - middle) > _REACH - _EDGE))


def _flat(cost: Cost, at: Reals) -> bool:
    """Return whether the likelihood is finite at a point and rises in no direction."""
    with np.errstate(all="ignore"):
        value, slope = cost(at)
    return bool(np.isfinite(value) and np.all(np.abs(slope) < FLAT))
