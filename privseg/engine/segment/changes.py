# SPDX-License-Identifier: Apache-2.0
"""Who may change a segment, and that a second person approves it where the policy says so.

A change is any version other than the one in force: a new one, an older one put back, or a changed
segment that this one builds on. It comes into force when somebody uses the segment in a role that
may change it, or proposes it in one where nobody has to approve. Where ``approval`` is asked for,
somebody who neither proposed it nor owns its file approves exactly that version first; an approval
counts until another version of the segment is approved or comes into force.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.errors import RoleError
from privseg.engine.house import House
from privseg.engine.policy.approving import SHORTEST, owners
from privseg.engine.segment.record import SHOWN, borne_out, closure, enter_step, in_force, remember
from privseg.engine.segment.refusals import (
    OwnSegmentError,
    SegmentNotApprovedError,
    SegmentRoleError,
    UnknownVersionError,
)
from privseg.loaders import DocumentError, load_segment
from privseg.loaders.files import yaml_files
from privseg.segment import Library
from privseg.store import SegmentStep, TakenStep
from privseg.terms import StaffRole


@dataclass(frozen=True, slots=True)
class SegmentStanding:
    """How a version of a segment stands: whether it is in force, and what it needs to be used."""

    segment: str
    version: str
    in_force: str | None  # the version that is
    needs_approval: bool
    authors: tuple[str, ...] = ()
    approved_by: str | None = None

    @property
    def is_change(self) -> bool:
        """Return whether using it would change the segment."""
        return self.version != self.in_force


def standing(house: House, name: str, version: str) -> SegmentStanding:
    """Return how one version of a segment stands, by the history that the log bears out."""
    steps = borne_out(house, name)
    now = in_force(steps, name)
    authors = {s.user for s in steps if (s.version, s.step) == (version, SegmentStep.WROTE)}
    return SegmentStanding(
        segment=name,
        version=version,
        in_force=now,
        needs_approval=house.policy.segment_rules.approval and version != now,
        authors=tuple(sorted(authors)),
        approved_by=_approver(steps, version),
    )


def require_usable(
    house: House,
    library: Library,
    names: Iterable[str],
    *,
    role: StaffRole,
    only_planned: bool = False,
) -> None:
    """Return if the named segments, and all they build on, may be used in a role as they are.

    To plan a change it is enough that it was proposed: whoever approves it wants to know what it
    does.

    Raises:
        SegmentRoleError: one of them was changed, and the role may not change segments.
        SegmentNotApprovedError: one of them was changed, and nobody else has approved it.
    """
    rules = house.policy.segment_rules
    for name in closure(library, names):
        found = standing(house, name, library.version(name))
        if not found.is_change:
            continue
        if found.needs_approval:
            if not (found.approved_by or (only_planned and found.authors)):
                raise SegmentNotApprovedError(name, found.version, authors=found.authors)
        elif rules.changed_by is not None and role not in rules.changed_by:
            raise SegmentRoleError(name, found.version, role=role, may=rules.changed_by)


def take_in(house: House, library: Library, names: Iterable[str], *, role: StaffRole) -> None:
    """Keep the definitions that are about to be used; those that changed come into force.

    In the transaction that writes the intent.
    """
    used = closure(library, names)
    remember(house, library, used)
    for name in used:
        _into_force(house, name, library.version(name), role)


def propose(house: House, name: str, *, role: StaffRole) -> tuple[SegmentStanding, ...]:
    """Put a segment as its file is, with all changed ones it builds on, forward.

    Where nobody has to approve, it comes into force. Doing it again changes nothing.

    Raises:
        RoleError: the role may not change segments; the refusal is on the log.
    """
    if name not in house.segments:
        raise house.no_segment(name)
    _require_changer(house, name, role)
    with house.db.transaction():
        names = closure(house.segments, [name])
        remember(house, house.segments, names)
        for one in names:
            _propose(house, one, house.segments.version(one), role)
    return tuple(standing(house, n, house.segments.version(n)) for n in names)


def approve(house: House, name: str, version: str, *, role: StaffRole) -> SegmentStanding:
    """Approve a proposed version as its second person, with the changed ones it builds on.

    Args:
        house: The workspace.
        name: The segment.
        version: Which one, by its hash or the beginning of it: never "whatever is there now".
        role: The role to do it in: one that may change segments, or compliance officer.

    Raises:
        UnknownVersionError: nobody proposed such a version, or several begin so.
        OwnSegmentError: the user at the keyboard is among its authors. The refusal is on the log.
    """
    if role is not StaffRole.COMPLIANCE_OFFICER:
        _require_changer(house, name, role)
    user, library = house.outside.user(), house.segments
    whole = _proposed(house, name, version)
    versions = {name: whole}
    if name in library and library.version(name) == whole:
        versions = {n: library.version(n) for n in closure(library, [name])}
    with house.db.transaction():
        stand = [standing(house, n, v) for n, v in versions.items()]
        changed = [s for s in stand if s.is_change or s.version == whole]
        own = user in {a for s in changed for a in s.authors} | _owners(house, versions)
        for one in () if own else changed:
            enter_step(house, "segment-approve", one.segment, one.version, role, users=[user])
        if own:
            _denied(house, name, whole, role, user)
    if own:
        raise OwnSegmentError(name, whole, user=user)
    return standing(house, name, whole)


def version_named(known: Iterable[str], version: str) -> str:
    """Return the one version that begins so.

    Raises:
        UnknownVersionError: there is none, or more than one, or too little of it is given.
    """
    there = sorted(set(known))
    found = [v for v in there if v.startswith(version)]
    if len(version) < SHORTEST or len(found) != 1:
        raise UnknownVersionError(version, known=tuple(v[:SHOWN] for v in there))
    return found[0]


def _propose(house: House, name: str, version: str, role: StaffRole) -> None:
    """Record the authors of one version that are not known, or that it is in force."""
    found = standing(house, name, version)
    if not found.is_change:
        return
    if found.needs_approval:
        authors = {house.outside.user(), *_owners(house, [name])} - set(found.authors)
        if authors:
            enter_step(house, "segment-propose", name, version, role, users=authors)
    else:
        _into_force(house, name, version, role)


def _into_force(house: House, name: str, version: str, role: StaffRole) -> None:
    """Record that a version is in force from now on, if another one was."""
    if in_force(borne_out(house, name), name) != version:
        users = [house.outside.user()]
        enter_step(house, "segment-take-in", name, version, role, users=users)


def _approver(steps: Iterable[TakenStep], version: str) -> str | None:
    """Return who approved a version, if no other one was approved or taken in since."""
    decided = [s for s in steps if s.step is not SegmentStep.WROTE]
    after = [s for s in decided if s.step is SegmentStep.APPROVED and s.version == version]
    if not after or decided[-1].version != version:
        return None
    return after[-1].user


def _proposed(house: House, name: str, version: str) -> str:
    """Return the one proposed version of a segment that begins so."""
    steps = borne_out(house, name)
    return version_named((s.version for s in steps if s.step is SegmentStep.WROTE), version)


def _require_changer(house: House, name: str, role: StaffRole) -> None:
    """Refuse a role that may not change segments; the refusal is on the log.

    Raises:
        RoleError: as it says.
    """
    may = house.policy.segment_rules.changed_by
    if may is None or role in may:
        return
    reason = "the role may not change segments"
    header: dict[str, str | list[str]] = {"verb": "segment-change", "reason": reason}
    house.log.append(AuditEvent(Kind.CONFIGURATION, Outcome.DENIED, role, header))
    why = f'may not change segments, "{name}" stays as it is; it is for: {", ".join(sorted(may))}'
    raise RoleError(role=role, why=why)


def _denied(house: House, name: str, version: str, role: StaffRole, user: str) -> None:
    """Put on the log that an author would approve their own segment."""
    header: dict[str, str | list[str]] = {
        "verb": "segment-approve", "setting": name, "value": f"v{version}",
        "reason": "the approver is an author",
    }  # fmt: skip
    house.log.append(AuditEvent(Kind.CONFIGURATION, Outcome.DENIED, role, header, {"user": user}))


def _owners(house: House, names: Iterable[str]) -> frozenset[str]:
    """Return the users who own the files of segments: they may have written them."""
    wanted, folder = set(names), house.config.segments
    files = yaml_files(folder, folder.name) if folder.is_dir() else ()
    found: set[str] = set()
    for path, file in files:
        try:
            segment = load_segment(path, house.policy.catalogue, name=file)
        except DocumentError:
            continue
        if segment.name in wanted:
            found |= owners(folder / path.name)
    return frozenset(found)
