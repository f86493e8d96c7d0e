# SPDX-License-Identifier: Apache-2.0
"""The verbs about who read whose data, and about breaches."""

from __future__ import annotations

from pathlib import Path

from privseg.audit.wanted import Wanted
from privseg.engine.acting import Acting
from privseg.engine.roles import Verb
from privseg.engine.who import breach as breaches
from privseg.engine.who import index as who_index
from privseg.engine.who import person as who_person
from privseg.engine.who import read as who_read
from privseg.engine.who.breach_views import BreachAsked, BreachFacts, Notified
from privseg.engine.who.views import WhoRead, WhoReadPerson
from privseg.terms import SubjectId


class WhoVerbs(Acting):
    """What auditors and compliance officers ask of the record of reads."""

    def who_read_person(self, subject: SubjectId) -> WhoReadPerson:
        """Return every run that read, or may have read, a person."""
        role = self._acting(Verb.WHO_READ)
        return who_person.who_read_person(self._house, subject, role=role)

    def who_read(self, wanted: Wanted | None = None) -> WhoRead:
        """Return the runs that fit: by attribute, purpose, segment, role, user, window."""
        role = self._acting(Verb.WHO_READ)
        return who_read.who_read(self._house, wanted or Wanted(), role=role)

    def rebuild_reads(self) -> int:
        """Build the index of reads anew from the log; return how many entries tell of reads."""
        return who_index.rebuild(self._house, role=self._acting(Verb.AUDIT))

    def breach(self, asked: BreachAsked) -> BreachFacts:
        """Return the facts of a breach, as GDPR Art. 33(3) wants them told."""
        return breaches.facts(self._house, asked, role=self._acting(Verb.WHO_READ))

    def breach_notify_list(self, asked: BreachAsked, out: Path | None = None) -> Notified:
        """Write the identifiers of whom to tell (GDPR Art. 34) into a new file; without, count."""
        role = self._acting(Verb.BREACH)
        return breaches.notify_list(self._house, asked, out, role=role)
