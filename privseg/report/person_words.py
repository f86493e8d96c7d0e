# SPDX-License-Identifier: Apache-2.0
"""The codes of an access answer in words: what was done, by whom, what was allowed, and why.

The document beside the page has the codes. A code that nobody put into words is shown without the
marks that programs need (tests/unit/report/test_person_page.py: none is missing).
"""

from __future__ import annotations

from collections.abc import Mapping

from privseg.report.language import marked

ROLES: Mapping[str, str] = {
    "marketer": marked("somebody in marketing"),
    "analyst": marked("an analyst"),
    "engineer": marked("an engineer"),
    "compliance_officer": marked("the people who answer requests"),
    "counsel": marked("our counsel"),
    "auditor": marked("an auditor"),
    "admin": marked("an administrator"),
}
LOOKED = (
    marked("looked at your consents"),
    marked("made a receipt of your consents"),
    marked("made a proof of a consent of yours"),
    marked("asked which runs a late change of yours concerns"),
    marked("wrote consents into a file"),
    marked("opened a request of yours"),
    marked("worked on a request of yours"),
    marked("read your data, to do what you asked"),
    marked("compared what you told of yourself with what we hold, to be sure that it is you"),
    marked("looked at what your request would change"),
    marked("looked at what an erasure of your data would remove"),
    marked("corrected your data"),
    marked("looked at corrections that an import brought into question"),
    marked("settled a correction that an import had brought into question"),
    marked("told those who had got your data from us"),
    marked("asked who had read your data"),
    marked("listed your identifiers, to tell you of a breach"),
    marked("looked at your record"),
)
"""What staff did, as answers say it (``engine.answers.reads``), for translators."""

ACTS: Mapping[str, str] = {  # in a list of what the person did
    "grant": marked("You agreed"),
    "refuse": marked("You said no"),
    "withdraw": marked("You took your consent back"),
    "object": marked("You objected"),
    "restrict": marked("You restricted our use"),
    "lift": marked("The restriction ended"),
    "opt_out": marked("You opted out"),
    "opt_in": marked("You opted in again"),
    "limit": marked("You limited the use of sensitive data"),
    "defer": marked("You put the answer off"),
    "signal": marked("Your browser sent an opt-out"),
    "merge": marked("Two profiles were found to be yours"),
    "unmerge": marked("Two profiles were told apart again"),
    "erase": marked("Your data were erased"),
    "hold": marked("Data had to be kept for a legal reason"),
    "release_hold": marked("The legal reason to keep data ended"),
    "attest_age": marked("We noted your date of birth"),
    "attest_jurisdiction": marked("We noted where you live"),
    "activity": marked("You were active"),
    "use": marked("We used what you allowed"),
    "happened": marked("Something happened that your consent was tied to"),
    "resolve": marked("A doubt about your consent was settled"),
}
STATUSES: Mapping[str, str] = {  # why something may be used or not
    "error": marked("it cannot be told at the moment"),
    "missing": marked("something that we would have to know is not known"),
    "quarantined": marked("there is a doubt about what you said"),
    "erased": marked("your data were erased"),
    "held": marked("data are kept for a legal reason alone"),
    "restricted": marked("you restricted our use"),
    "objected": marked("you objected"),
    "opted_out": marked("you opted out"),
    "limited": marked("you limited it"),
    "withdrawn": marked("you took your consent back"),
    "refused": marked("you said no"),
    "stale": marked("what you were told has changed since, so your consent no longer counts"),
    "expired": marked("your consent has run out"),
    "deferred": marked("you put the answer off"),
    "never_asked": marked("you have not allowed it"),
    "given": marked("you allowed it, or it is allowed without"),
}
KNOWN_STATUSES: Mapping[str, str] = {  # where the page knows more: by basis
    "consent": marked("you agreed"),
    "opt_out": marked("you have not opted out"),
}
STATES: Mapping[str, str] = {
    "received": marked("received"),
    "waiting_for_identity": marked("waiting for proof of who asks"),
    "assessed": marked("being looked at"),
    "planned": marked("being prepared"),
    "running": marked("being carried out"),
    "done": marked("done"),
    "partly_done": marked("done in part"),
    "refused": marked("refused"),
    "withdrawn": marked("taken back by you"),
    "closed": marked("closed"),
}
MEASURES: Mapping[str, str] = {  # a person's own value, by what was measured
    "count": marked("how many: {of}"),
    "distinct": marked("how many different: {of}"),
    "sum": marked("sum of {of}"),
    "average": marked("average of {of}"),
    "min": marked("smallest {of}"),
    "max": marked("largest {of}"),
    "first": marked("first {of}"),
    "last": marked("last {of}"),
}
LIMITS = (
    marked(
        "the identifier leads to nobody here now: never known, or erased. What runs read of "
        "somebody erased stands under a number that nothing leads to any more, so nobody can look "
        "it up"
    ),
    marked(
        "somebody was erased here: if it was this person, under an earlier record, what was read "
        "of that record cannot be found any more"
    ),
    marked("a run of the segment"),
    marked("a report"),
)
"""What else answers say in words of their own (``engine.who.person``, ``answers.person``)."""
