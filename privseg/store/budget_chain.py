# SPDX-License-Identifier: Apache-2.0
"""The budget ledger as a chain: every charge seals all that were made before it.

The link of charge n is SHA-256(domain || link n-1 || what charge n says, its number included), so
whoever removes, alters or moves a charge changes every link from there on. The log's intent names
the link (``privseg audit verify`` compares), and the newest one is remembered outside the
workspace (``budget_memory``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any

from privseg.store.budget_refusals import LossChainError
from privseg.tlog.canonical import canonical

DOMAIN = b"privseg.loss/1\n"  # no other hash of the workspace is a link
START = "00" * 32  # what the first charge follows


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """How far a ledger has come: charges, the exact sums over all years, and every link so far.

    >>> LedgerHead().count, LedgerHead().link == START
    (0, True)
    """

    rho: Fraction = Fraction(0)
    delta: Fraction = Fraction(0)
    links: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Return how many charges there are."""
        return len(self.links)

    @property
    def link(self) -> str:
        """Return the newest link."""
        return self.links[-1] if self.links else START

    def extends(self, earlier: LedgerHead) -> bool:
        """Return whether this ledger is ``earlier`` with charges added, or just it."""
        return self.links[: earlier.count] == earlier.links

    def common(self, other: LedgerHead) -> int:
        """Return how many charges both begin with."""
        pairs = zip(self.links, other.links, strict=False)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), min(self.count, other.count))


def link_of(before: str, said: Mapping[str, Any]) -> str:
    """Return the link (hex) of a charge that follows the link ``before``."""
    return sha256(DOMAIN + bytes.fromhex(before) + canonical(dict(said))).hexdigest()


def head_of(rows: Iterable[Mapping[str, Any]]) -> LedgerHead:
    """Return the head of a ledger's rows in order, every link made again.

    Raises:
        LossChainError: a row was altered, moved or removed.
    """
    rho, delta, links = Fraction(0), Fraction(0), list[str]()
    for row in _numbered(rows):
        said = {name: value for name, value in row.items() if name != "link"}
        links.append(link_of(links[-1] if links else START, said))
        if row["link"] != links[-1]:
            raise LossChainError(len(links))
        rho, delta = rho + Fraction(row["rho"]), delta + Fraction(row["delta"])
    return LedgerHead(rho, delta, tuple(links))


def _numbered(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows, each in its place: the numbers of charges have no gap."""
    for number, row in enumerate(rows, start=1):
        if row["number"] != number:
            raise LossChainError(number)
        yield row
