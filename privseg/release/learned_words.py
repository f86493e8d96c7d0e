# SPDX-License-Identifier: Apache-2.0
"""What a learned release says of itself: whose claim its loss is, and what it is not for."""

from __future__ import annotations

CLAIM = "claimed by diffprivlib {version}, floating point, not proved here"

ASSUMED = {
    "personas": (
        (
            "k-means is DPLloyd (Su et al. 2016) in diffprivlib's code; privseg splits its "
            "epsilon as published, gives noise to empty clusters too, and fixes the rounds "
            "beforehand"
        ),
        (
            "numbers are clipped to the bounds of policy and brought to [0, 1] in whole "
            "multiples of 2^-20; a missing one stands in the middle"
        ),
        "as many made-up people as clusters, in the middle of all bounds, are always added",
    ),
    "propensity": (
        (
            "logistic regression is by objective perturbation (Chaudhuri et al. 2011, "
            "algorithm 2) in diffprivlib's code; privseg gives it rows of norm at most 1, no "
            "intercept of its own and a regularisation that depends on epsilon alone"
        ),
        "its proof is of the exact optimum; it is solved to 1e-10 in floating point",
        (
            "numbers are clipped to the bounds of policy and brought to [0, 1] in whole "
            "multiples of 2^-20; a missing one stands in the middle"
        ),
        "two made-up people in the middle of all bounds, one of each label, are always added",
    ),
}

LIMITS = {
    "personas": (
        "not for a decision about one person: a persona describes nobody",
        (
            "how many people it was learned of, and how many are near a centre, is not told: "
            "count them by a report"
        ),
        (
            "k-means ends in a local optimum, and starts at random: made again of the same "
            "people it may look different; centres may lie several times as far from people "
            "as without noise"
        ),
        "a centre may stand for hardly anybody: with few people it is noise",
    ),
    "propensity": (
        ("not for a decision about one person: a model of many tells no more than what is usual"),
        (
            "how many people it was learned of is not told; coefficients carry noise of "
            "unknown size, and with few people they are noise"
        ),
        "a coefficient is what goes with being in the segment, not what brings people there",
        "it is not told how well it fits: that would cost of the budget, too",
    ),
}
