# SPDX-License-Identifier: Apache-2.0
"""What people ask, and what others are told to do, in the words of letters."""

from __future__ import annotations

from collections.abc import Mapping

from privseg.report.language import Language, marked

REQUESTS: Mapping[str, str] = {  # "You asked us ...": by the kind of request
    "access": marked(
        "to give you a copy of any personal data about you, and to say what we do with them"
    ),
    "categories": marked(
        "to say which kinds of personal data we collect, where from, what for and who gets them"
    ),
    "portability": marked("to hand out data about you in a form that a machine can read"),
    "erasure": marked("to erase any personal data about you"),
    "rectification": marked("to correct personal data about you"),
    "restriction": marked("to keep any data about you, but to do nothing else with them"),
    "lift_restriction": marked("to end a restriction on using data about you"),
    "object_marketing": marked("not to use any data about you for direct marketing"),
    "objection": marked("to stop using any data about you for an interest of our own"),
    "withdraw_consent": marked("to note that you take back your consent"),
    "opt_out_sale": marked("not to sell or share any data about you"),
    "opt_out_profiling": marked("not to use any data about you for profiling or for decisions"),
    "opt_in": marked("to allow again what you may have said no to"),
    "limit": marked("to limit how we use any sensitive data about you"),
    "appeal": marked("to look again at a decision of ours"),
}

KIND_NAMES: Mapping[str, str] = {  # in lists
    "access": marked("access"),
    "categories": marked("categories"),
    "portability": marked("portability"),
    "erasure": marked("erasure"),
    "rectification": marked("correction"),
    "restriction": marked("restriction"),
    "lift_restriction": marked("end of a restriction"),
    "object_marketing": marked("objection to marketing"),
    "objection": marked("other objections"),
    "withdraw_consent": marked("withdrawal of consent"),
    "opt_out_sale": marked("opt-out of sale"),
    "opt_out_profiling": marked("opt-out of profiling"),
    "opt_in": marked("opt-in"),
    "limit": marked("limit"),
    "appeal": marked("appeal"),
}

ACTS: Mapping[str, str] = {  # told to recipients: by the kind of notice
    "erased": marked("We have erased the data about this person. Erase them, too."),
    "corrected": marked("We have corrected data about this person. Correct them, too."),
    "restricted": marked(
        "This person's data may be kept, and used for nothing else, until we write again."
    ),
    "restriction_lifted": marked("The restriction on this person's data has ended."),
    "objected": marked(
        "This person has objected. Stop using their data for marketing and profiles."
    ),
    "opted_out": marked("This person has opted out. Do not sell, share or use their data further."),
    "limited": marked("This person has limited the use of sensitive data. Use them no further."),
    "withdrawn": marked("This person has taken back their consent. Stop using their data."),
}

ORDERS: Mapping[str, str] = {  # told to the people of another system: by what is to be done
    "erase": marked("Erase everything that the system holds about the person below."),
    "correct": marked("Correct what the system holds about the person below."),
    "restrict": marked("Keep the data of the person below, and let nobody use them."),
    "export": marked("Write out everything that the system holds about the person below."),
}

OUTCOMES: Mapping[str, str] = {
    "upheld": marked("You were right: we change our decision and carry out your request."),
    "dismissed": marked("We stay with our decision."),
}

WORDS: Mapping[str, Mapping[str, str]] = {"notice": ACTS, "work_order": ORDERS}
"""What the fact ``act`` may be in each letter that has one."""

SAID = (
    marked("Data about you are kept from now on, and used for nothing else."),
    marked("The restriction has ended: we may use data about you again."),
    marked("No data about you are used for direct marketing from now on."),
    marked("No data about you are used for interests of our own from now on."),
    marked("Your consent has ended. What was done before stays lawful."),
    marked("No data about you are sold, shared or used for advertising."),
    marked("No data about you are used to decide about you by profiling."),
    marked("Sensitive data about you are used only for what you asked us to do."),
    marked("You asked us to end it."),
    marked("We have decided on your objection."),
    marked("You allow it again, as you confirmed. You can say no again at any time."),
    marked("The data about you that you named were corrected."),
    marked("Whoever got them from us was told."),
)
"""Sentences that the engine puts into letters; they stand here because the catalogue is ours."""


def span_words(text: str, _: Language) -> str:
    """Return a time as laws write it, in words.

    >>> from privseg.report.language import ENGLISH
    >>> span_words("1 month", ENGLISH), span_words("15 business days", ENGLISH)
    ('1 month', '15 business days')
    """
    count, __, unit = text.partition(" ")
    n = int(count)
    forms = {
        "month": _.many("{n} month", "{n} months", n),
        "day": _.many("{n} day", "{n} days", n),
        "business day": _.many("{n} business day", "{n} business days", n),
    }
    return forms[unit.removesuffix("s")].format(n=n)
