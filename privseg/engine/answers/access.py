# SPDX-License-Identifier: Apache-2.0
"""Everything that answers one person's access request, gathered from every room."""

from __future__ import annotations

from privseg.consent import AtPosition
from privseg.dsr import Case
from privseg.dsr.access import AccessAnswer, Asker, LeftOut, RequestTold, ToldRecipient
from privseg.dsr.law import RequestLaw
from privseg.dsr.rights import rights_under
from privseg.engine.answers.elsewhere import elsewhere, handed_to
from privseg.engine.answers.held import (
    Hidden,
    held_data,
    identity_shown,
    stored_rows,
    undeclared_rows,
)
from privseg.engine.answers.reads import reads_of_person, told_limits, told_lookups, told_reads
from privseg.engine.answers.segments_told import Looked, decisions, memberships, standings
from privseg.engine.answers.told import (
    categories_told,
    consent_told,
    corrections_told,
    notices_told,
    participations,
    published,
    purpose_told,
)
from privseg.engine.consent.showing import standing
from privseg.engine.house import House
from privseg.engine.notices.delivering import recipients_told
from privseg.terms import Ordinal

__all__ = ["access_answer", "asker_of", "stored_rows", "undeclared_rows"]

LEFT_OUT = (
    LeftOut("staff", "who of our staff did something is told by role, not by name"),
    LeftOut(
        "linked_profiles",
        "of profiles linked to yours this answer tells only that they were read; ask us for them",
    ),
    LeftOut("colleagues", "of your company we tell its own record, nothing of other people in it"),
    LeftOut("free_text", "text is shown as it was written; names of others in it are not removed"),
)
"""What no answer shows, or cannot take out by itself (GDPR Art. 15(4))."""


def access_answer(
    house: House, case: Case, person: Ordinal | None, language: str = "en"
) -> AccessAnswer:
    """Return the whole answer. The caller has put the read on the log before.

    Raises:
        DocumentError: a segment's file has mistakes, so the answer would be without it.
        PrivsegError: another system that should be reached is not.
    """
    house.require_all_segments()
    law = house.request_law(case.where)
    hidden = Hidden(law.never_disclosed)
    whole = [] if person is None else house.ledger.whole_history(person)
    history = [event for event in whole if event.subject == person]
    now = house.now()
    known = AtPosition(house.ledger.position(), as_of=now)
    allowed = (
        () if person is None else standing(house.policy, person, whole, at=now, known_at=known)
    )
    stored = stored_rows(house, person)
    data = held_data(house, person, stored, hidden)
    handed = handed_to(house, person)
    shown, not_shown = identity_shown(house, person, hidden)
    reads, own = reads_of_person(house, person)
    releases = published(house)
    usable = frozenset((s.purpose, str(s.category)) for s in allowed if s.allowed)
    segments = (
        ()
        if person is None
        else standings(Looked(house, person, stored, usable, hidden, now), language)
    )
    return AccessAnswer(
        asker=asker_of(house, case, law, person, language),
        identity=shown,
        identity_not_shown=not_shown,
        data=data,
        categories=categories_told(house, data, handed),
        purposes=tuple(purpose_told(house, s, case.jurisdiction) for s in allowed),
        consents=tuple(consent_told(house, event) for event in history),
        notices=notices_told(house, history),
        reads=tuple(told_reads(reads, own, releases)),
        reads_are_whole=reads.whole,
        reads_limits=told_limits(reads),
        looked_up=tuple(told_lookups(reads)),
        recipients=handed,
        segments=segments,
        memberships=memberships(house, person, reads, own),
        decisions=decisions(house, segments),
        releases=participations(reads, releases),
        corrections=corrections_told(house, person, hidden),
        requests=_earlier(house, case, person),
        elsewhere=elsewhere(house, person),
        left_out=LEFT_OUT,
        rights=rights_under(law),
    )


def asker_of(
    house: House, case: Case, law: RequestLaw, person: Ordinal | None, language: str
) -> Asker:
    """Return what every answer begins with."""
    return Asker(
        controller=house.policy.controller,
        contact=house.policy.contact,
        request=case.number,
        received_at=case.received_at,
        answered_at=house.now(),
        language=language,
        place=case.jurisdiction,
        law=law.pack,
        complaint=law.complaint,
        held=person is not None,
    )


def _earlier(house: House, case: Case, person: Ordinal | None) -> tuple[RequestTold, ...]:
    """Return the person's other requests, what they were sent, and who else was told."""
    if person is None:
        return ()
    return tuple(
        RequestTold(
            number=c.number,
            kind=c.kind.value,
            state=c.state.value,
            received_at=c.received_at,
            letters=tuple(paper.name for paper in house.cases.papers(c.number)),
            recipients_told=tuple(
                ToldRecipient(title, str(how), at)
                for title, how, at in recipients_told(house, c.number)
            ),
        )
        for c in house.cases.of_subject(person)
        if c.number != case.number and c.kind.is_of_person  # a hold is counsel's, not theirs
    )
