# SPDX-License-Identifier: Apache-2.0
"""The words a reader may not know, in one plain sentence each."""

from __future__ import annotations

from privseg.report.language import marked

GLOSSARY = (
    (marked("data subject"), marked("The person whom data are about.")),
    (
        marked("purpose"),
        marked("The one reason for which data may be used; consent is given per purpose."),
    ),
    (
        marked("edition"),
        marked("The state of data and consents that a report was made from, fixed beforehand."),
    ),
    (
        marked("noise"),
        marked("A random whole number added to every result, so that no one person shows in it."),
    ),
    (
        marked("privacy budget"),
        marked(
            "How much all reports together may reveal about anyone; each report spends some of it."
        ),
    ),
    (
        marked("epsilon"),
        marked(
            "A bound on what one person's data can change in what is published; smaller is safer."
        ),
    ),
    (
        marked("withheld"),
        marked(
            "Not shown, because too few people may stand behind it or it is too uncertain to use."
        ),
    ),
)
