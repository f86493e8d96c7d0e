# SPDX-License-Identifier: Apache-2.0
"""The words a reader may not know, in one plain sentence each."""

from __future__ import annotations

GLOSSARY = (
    ("data subject", "The person whom data are about."),
    ("purpose", "The one reason for which data may be used; consent is given per purpose."),
    ("edition", "The state of data and consents that a report was made from, fixed beforehand."),
    ("noise", "A random whole number added to every result, so that no one person shows in it."),
    (
        "privacy budget",
        "How much all reports together may reveal about anyone; each report spends some of it.",
    ),
    (
        "epsilon",
        "A bound on what one person's data can change in what is published; smaller is safer.",
    ),
    (
        "withheld",
        "Not shown, because too few people may stand behind it or it is too uncertain to use.",
    ),
)
