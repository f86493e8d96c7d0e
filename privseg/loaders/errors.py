# SPDX-License-Identifier: Apache-2.0
"""How a document is refused: with everything that is wrong in it, each at its place.

::

    InputError
    └── DocumentError      its content does not fit (``findings``: every mistake, not the first)
        └── YamlError      it is not the strict YAML that is read here (one finding)
"""

from __future__ import annotations

from collections.abc import Iterable

from privseg.errors import InputError
from privseg.policy.findings import Finding, mistake
from privseg.terms import Place

SHOWN_FINDINGS = 20  # a screenful; `findings` carries the rest


class DocumentError(InputError):
    """A document does not say what its kind must say; nothing of it was used."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Sort the findings by place and print one a line."""
        self.findings = tuple(sorted(findings, key=lambda f: f.place))
        lines = [str(f) for f in self.findings[:SHOWN_FINDINGS]]
        hidden = len(self.findings) - len(lines)
        super().__init__("\n".join([*lines, f"and {hidden} more"] if hidden else lines))


class Mistakes:
    """Collects every mistake of a document, so that all are told at once."""

    def __init__(self) -> None:
        """Begin with none."""
        self.findings: list[Finding] = []

    def note(self, message: str, place: Place) -> None:
        """Add one."""
        self.findings.append(mistake(message, place))

    def refuse(self) -> None:
        """Refuse the document if there is any.

        Raises:
            DocumentError: there is.
        """
        if self.findings:
            raise DocumentError(self.findings)


class YamlError(DocumentError):
    """A text is not strict YAML: what is wrong, where, and what to write instead."""

    def __init__(self, message: str, *, place: Place) -> None:
        """Keep the place beside the message."""
        super().__init__([mistake(message, place)])
        self.place = place
