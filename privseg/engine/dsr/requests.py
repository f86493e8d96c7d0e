# SPDX-License-Identifier: Apache-2.0
"""Opening a data-subject request: whose it is, what is asked, by when it is to be answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from privseg.dsr import Asked, Case, IdentityLevel, RequestKind, StepKind
from privseg.dsr.case import MANNERS
from privseg.engine.dsr.errors_case import IdentityNotAttestedError, NotAPersonsRequestError
from privseg.engine.dsr.opening import Opened, asker_mark, place_of, put
from privseg.engine.dsr.steps import take_step
from privseg.engine.errors import UnknownNameError
from privseg.engine.house import House
from privseg.engine.rights import meanwhile
from privseg.engine.scope import require_person
from privseg.report.language import languages
from privseg.terms import Jurisdiction, StaffRole, SubjectId


class UnknownLanguageError(UnknownNameError):
    """Letters and answers are not written in this language; nothing was opened."""

    what = "language"
    see = "privseg dsr open --help"


class UnknownMannerError(UnknownNameError):
    """A request is said to have come in a way that nobody knows; nothing was opened."""

    what = "manner of asking"
    see = "privseg dsr open --help"


def open_request(
    house: House,
    kind: RequestKind,
    subject: SubjectId,
    *,
    received_at: datetime | None = None,
    manner: str = "letter",
    identity: IdentityLevel | None = None,
    asked: Asked | None = None,
    role: StaffRole,
    where: Jurisdiction | None = None,
) -> Case:
    """Open a request and start its clock. Somebody unknown gets a case, too.

    The identifier itself is not kept in the case, but where somebody unknown is to be erased: then
    it is sealed there until they are answered, since other systems are searched by it. An open
    request of the same person and kind is noted, and neither stops the other. ``where`` says where
    the person lives: beside what is attested, if that is under another law, and then the earlier
    of both counts.

    Raises:
        NotAPersonsRequestError: no letter opens such a case.
        IdentityNotAttestedError: an identity is said that has to be proved.
        UnknownMannerError, UnknownLanguageError, InputError: what is said cannot be.
    """
    asked = replace(asked or Asked(), place=where)
    _require_openable(kind, identity, asked, manner)
    require_person(house.policy, subject)
    meanwhile.require_askable(house, kind, asked)
    with house.db.transaction():
        person = meanwhile.person_of(house, kind, subject)
        mark = asker_mark(house, subject) if person is None else None
        if person is None and kind is RequestKind.ERASURE:
            asked = replace(asked, identifier=subject)
        place = place_of(house, person, where)
        received = received_at or house.now()
        opened = Opened(kind, person, mark, place, received, manner, asked)
        case = put(house, opened, role=role)
        if identity is not None:
            facts = {"level": identity.value}
            case = take_step(house, case.number, StepKind.VERIFIED, role=role, facts=facts)
        meanwhile.at_open(house, case.number, role=role)
        return house.cases.case(case.number)


def _require_openable(
    kind: RequestKind, identity: IdentityLevel | None, asked: Asked, manner: str
) -> None:
    """Refuse what no letter of a person opens; nothing was looked at."""
    if not kind.is_of_person or kind is RequestKind.APPEAL:
        raise NotAPersonsRequestError(kind)
    if identity not in {None, IdentityLevel.ACCOUNT}:
        raise IdentityNotAttestedError
    if manner not in MANNERS:
        raise UnknownMannerError(manner, known=tuple(sorted(MANNERS)))
    spoken = tuple(sorted(languages()))
    if asked.language is not None and asked.language not in spoken:
        raise UnknownLanguageError(asked.language, known=spoken)
