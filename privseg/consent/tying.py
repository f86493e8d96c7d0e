# SPDX-License-Identifier: Apache-2.0
"""Ties between profiles, for everybody at once (law 11); one by one they are in ``links``."""

from __future__ import annotations

import numpy as np

from privseg.consent.crowd import Crowd, Mask, Numbers
from privseg.consent.event import Authority
from privseg.consent.links import MERGING, PARTING
from privseg.consent.rows import Rows

LEVELS = np.array([0, *(a.level for a in sorted(Authority, key=lambda a: a.value))])
"""The level of each authority, by its value."""


def ends(merges: Rows, people: Numbers) -> Numbers:
    """Return the numbers of the two profiles that each merge ties, a pair to a row."""
    other = np.searchsorted(people, merges.target)
    return np.column_stack((merges.person, other)).astype(np.int64)


def holding(links: Rows, people: Numbers, at: int) -> Rows:
    """Return the merges that tie at ``at`` (see ``links.ties``)."""
    merges = links.of(MERGING).biting(at)
    partings = links.of(PARTING).affirmative().serving(at)
    met = np.minimum(np.searchsorted(people, partings.target), len(people) - 1)
    partings = partings.where(people[met] == partings.target)
    return merges.where(~_untied(merges, partings, people)) if len(partings) else merges


def _untied(merges: Rows, partings: Rows, people: Numbers) -> Mask:
    """Return which merges a newer parting by the same or a higher authority ends."""
    pairs, pair = np.unique(_key(partings, people), return_inverse=True)
    asked = _key(merges, people)
    place = np.minimum(np.searchsorted(pairs, asked), len(pairs) - 1)
    untied = np.zeros(len(merges), dtype=np.bool_)
    for level in set(LEVELS[1:].tolist()):
        fit = LEVELS[partings.authority] >= level
        latest = Crowd(len(pairs)).latest_own(pair[fit], partings.event_time[fit])
        untied |= (LEVELS[merges.authority] == level) & (latest[place] > merges.event_time)
    untied &= pairs[place] == asked
    return untied


def _key(links: Rows, people: Numbers) -> Numbers:
    """Return one number for the two profiles of each link, whichever way round they stand."""
    both = ends(links, people)
    key: Numbers = both.min(axis=1) * len(people) + both.max(axis=1)
    return key
