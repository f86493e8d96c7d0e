# SPDX-License-Identifier: Apache-2.0
"""What law packs say to people: a law's name, grounds, where to complain; in a language.

A pack is data in English. The texts of the shipped packs stand here for translators (a test
compares); a text that nobody translated is printed as the pack says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from privseg.report.language import Language, marked

LAWS: Mapping[str, str] = {  # by the name of a pack
    "gdpr": marked("General Data Protection Regulation (EU) 2016/679 (GDPR)"),
    "uk-gdpr": marked("UK General Data Protection Regulation (UK GDPR)"),
    "ccpa": marked("California Consumer Privacy Act (CCPA)"),
    "colorado": marked("Colorado Privacy Act"),
    "lgpd": marked("Brazilian General Data Protection Law (LGPD)"),
    "pipeda": marked("Canadian Personal Information Protection and Electronic Documents Act"),
    "quebec-law-25": marked("Quebec Act respecting the protection of personal information"),
}
PLACES: Mapping[str, str] = {  # where people live whom a pack is for, by its name
    "gdpr": marked("European Union and EEA"),
    "uk-gdpr": marked("United Kingdom"),
    "ccpa": marked("California"),
    "colorado": marked("Colorado"),
    "lgpd": marked("Brazil"),
    "pipeda": marked("Canada"),
    "quebec-law-25": marked("Quebec"),
}
ANY_LAW = marked("Of the data protection laws that we know, the strictest")
"""What a letter names where we do not know, or must not show that we know, which law holds."""

ANYWHERE = marked(
    "You can complain to the data protection authority of the place where you live, and you can "
    "go to court."
)
EVERY_LAW = marked("every data protection law that we know")
"""What stands before the one article that is cited where more laws than two may hold."""

JOINT = "; "  # between the articles of several laws
FIRST_CITED = "gdpr, "
GROUND = re.compile(r"(?P<title>.+\.) \((?P<article>.+)\)")
TOLD = (
    marked("We could not make sure that the request comes from you."),
    marked("The request is manifestly unfounded."),
    marked("The request is excessive, above all because it was repeated."),
    marked("It would harm the rights and freedoms of other people."),
    marked("The law of the place where you live gives no such right."),
    marked("It was answered twice in the last twelve months already."),
    marked(
        "Some records that are kept for the law alone and cannot be searched were not searched."
    ),
    marked("The law forbids to disclose such numbers, passwords and biometrics."),
    marked("The data are needed for what you bought or asked for."),
    marked("The data are needed for security."),
    marked("The data are needed to find and repair errors."),
    marked("The data are needed for freedom of expression and information."),
    marked("The California Electronic Communications Privacy Act needs the data."),
    marked("The data are needed for research that would be impossible without them."),
    marked("The data are used inside our business alone, as you could expect."),
    marked("A law obliges us to keep the data."),
    marked("The data are needed to establish, exercise or defend legal claims."),
    marked("The law exempts these data."),
    marked("By all that is known the data are more likely than not accurate."),
    marked("We have good reasons, which we wrote down, to believe that the request is fraudulent."),
    marked(
        "You can complain to the California Privacy Protection Agency or to the "
        "Attorney General of California."
    ),
    marked("By the nature of the data and what they are used for they need no correction."),
    marked(
        "You can appeal to us against a refusal, and you can contact the Attorney "
        "General of Colorado."
    ),
    marked("It cannot be done: we cannot find the data by what we were given."),
    marked("The data are needed to exercise official authority."),
    marked("The data were not given by you under consent or a contract."),
    marked("None of the reasons for which data must be erased applies."),
    marked("The data are needed for a task in the public interest."),
    marked("The data are needed for public health."),
    marked("The data are needed for archives in the public interest."),
    marked("The data are needed for statistics that would be impossible without them."),
    marked("The data are accurate as they are."),
    marked("None of the reasons for a restriction applies."),
    marked("Compelling legitimate grounds of ours weigh more than your interests."),
    marked(
        "You can complain to a data protection authority, such as the one where you "
        "live or work or where the infringement happened, and you can go to court."
    ),
    marked("It would reveal commercial and industrial secrets."),
    marked("We are not the ones who process these data."),
    marked(
        "You can petition the data protection authority of Brazil (ANPD) or a consumer "
        "protection body."
    ),
    marked("We are bound to keep it confidential."),
    marked("It would reveal confidential commercial information."),
    marked("The data were made in a formal dispute resolution process."),
    marked("It was not shown that the data are inaccurate or incomplete."),
    marked("You can complain to the Privacy Commissioner of Canada."),
    marked("It would hinder an inquiry about crime or offences."),
    marked("Porting it would be seriously difficult in practice."),
    marked(
        "The data are neither inaccurate, incomplete or equivocal nor out of date or unjustified."
    ),
    marked(
        "You can ask the Commission d'accès à l'information of Québec to examine a "
        "refusal within thirty days."
    ),
    marked(
        "You can complain to us, you can complain to the Information Commissioner "
        "(ICO), and you can go to court."
    ),
)
"""Titles of grounds, and where to complain, as the shipped packs say them."""


def law_name(text: str, _: Language) -> str:
    """Return a law and its article as a letter names them.

    >>> from privseg.report.language import ENGLISH
    >>> law_name("colorado, C.R.S. § 6-1-1306(2)(a)", ENGLISH)
    'Colorado Privacy Act, C.R.S. § 6-1-1306(2)(a)'
    """
    name, comma, article = text.partition(", ")
    return f"{_(LAWS[name])}{comma}{article}" if name in LAWS else _(text)


def ground_words(title: str, article: str) -> str:
    """Return a ground and its article as one line, which ``law_words`` takes apart.

    >>> ground_words("The law exempts these data.", "Art. 1")
    'The law exempts these data. (Art. 1)'
    """
    return f"{title} ({article})"


def in_letters(article: str) -> str:
    """Return the articles of a ground as a letter cites them: one of many laws, both of two.

    >>> in_letters("ccpa, § 1798.145(a); gdpr, Art. 12(6); lgpd, Art. 18")
    'every data protection law that we know; gdpr, Art. 12(6)'
    """
    parts = article.split(JOINT)
    names = {part.partition(", ")[0] for part in parts}
    if len(names) <= 2 or not names <= LAWS.keys():  # noqa: PLR2004 - more is no sentence
        return article
    cited = next((part for part in parts if part.startswith(FIRST_CITED)), parts[0])
    return f"{EVERY_LAW}{JOINT}{cited}"


def law_words(text: str, _: Language) -> str:
    """Return a pack's sentence in a language; of the article behind it the law's name alone.

    >>> from privseg.report.language import ENGLISH
    >>> law_words("The law exempts these data. (colorado, § 1; lgpd, Art. 4)", ENGLISH)
    'The law exempts these data. (Colorado Privacy Act, § 1; Brazilian General Data Protection Law (LGPD), Art. 4)'
    """  # noqa: E501 - one line of a letter
    match = GROUND.fullmatch(text)
    if match is None or match["title"] not in TOLD:
        return _(text)
    article = JOINT.join(law_name(part, _) for part in match["article"].split(JOINT))
    return f"{_(match['title'])} ({article})"
