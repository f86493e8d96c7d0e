# SPDX-License-Identifier: Apache-2.0
"""Are the histories of policies what the log says: proposals, approvals, what was in force?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from privseg.audit import StoredEntry
from privseg.engine.house import House
from privseg.engine.policy.log import IN_FORCE, Said, said_in
from privseg.errors import IntegrityError
from privseg.store.policies import PolicyStep

LISTED = 5  # findings told one by one; the others are counted
SHOWN = 12
Line = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class PolicyTables:
    """What the tables hold beside the log, read in one state of the database with it."""

    steps: tuple[PolicyStep, ...]
    line: tuple[Line, ...]
    wrong_texts: tuple[str, ...]  # digests whose text is another one's
    kept: frozenset[str]
    unreadable: str | None = None

    @classmethod
    def of(cls, house: House) -> PolicyTables:
        """Return what stands there; what cannot be read is a finding, not the end."""
        try:
            texts = {d: house.policies.text(d) for d in house.policies.digests()}
            wrong = [d for d, text in texts.items() if sha256(text).hexdigest() != d]
            steps, line = house.policies.steps(), house.in_force.line()
            return cls(tuple(steps), tuple(line), tuple(wrong), frozenset(texts))
        except IntegrityError as error:
            return cls((), (), (), frozenset(), str(error))


def check_policies(entries: Sequence[StoredEntry], tables: PolicyTables) -> list[str]:
    """Return where the histories of policies are not what the log says, naming nobody."""
    if tables.unreadable is not None:
        return [f"tampered: the history of policies: {tables.unreadable}"]
    said = said_in(entries)
    found = [*_bodies(said), *_steps(said, tables), *_line(said, tables), *_texts(said, tables)]
    more = len(found) - LISTED
    told = [*found[:LISTED], f"and {more:,} more like the last"] if more > 0 else found
    return [f"tampered: the history of policies: {text}" for text in told]


def _bodies(said: Iterable[Said]) -> Iterator[str]:
    """Yield entries whose body is gone: nothing here ever erases one."""
    for one in said:
        if not one.is_whole:
            yield f"what entry {one.index} says of policy {one.digest[:SHOWN]} is gone"


def _steps(said: Iterable[Said], tables: PolicyTables) -> Iterator[str]:
    """Yield steps that are gone, that nobody took, or that were put in another order."""
    logged = [step for one in said for step in one.steps()]
    kept = list(tables.steps)
    for step in (Counter(logged) - Counter(kept)).elements():
        name = f"{step.step} {step.digest[:SHOWN]}"
        yield f"entry {step.audit_index} says {name}, and no row says the same"
    for step in (Counter(kept) - Counter(logged)).elements():
        yield f"a row says {step.step} {step.digest[:SHOWN]}, and the log does not"
    if logged != kept and Counter(logged) == Counter(kept):
        yield "its steps stand in another order than in the log"


def _line(said: Iterable[Said], tables: PolicyTables) -> Iterator[str]:
    """Yield the first place where what was in force when differs from the log."""
    logged = [(s.digest, s.at) for s in said if s.verb in IN_FORCE]
    kept = list(tables.line)
    if logged == kept:
        return
    same = next((i for i, (a, b) in enumerate(zip(logged, kept, strict=False)) if a != b), None)
    at = min(len(logged), len(kept)) if same is None else same
    yield (
        f"what was in force is not what the log says, from change {at + 1} on "
        f"({len(kept)} changes kept, {len(logged)} on the log)"
    )


def _texts(said: Iterable[Said], tables: PolicyTables) -> Iterator[str]:
    """Yield texts that are another policy's, or are gone."""
    for digest in tables.wrong_texts:
        yield f"the text kept of policy {digest[:SHOWN]} is not its text"
    needed = {s.digest for s in said if s.verb in {"propose", *IN_FORCE}}
    for digest in sorted(needed - tables.kept):
        yield f"the text of policy {digest[:SHOWN]} is gone"
