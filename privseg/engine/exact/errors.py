# SPDX-License-Identifier: Apache-2.0
"""What the engine refuses of exact releases.

::

    InputError
    ├── UnknownExactError     the policy declares no such tables or records
    └── ExactMistakeError     what it declares does not fit the segments there are
    PolicyError
    └── WrongFamilyError      something of another guarantee family would be read
    DisclosureError
    ├── PeriodTakenError      of that period something else has been released already
    └── ExactRunFailedError   the run was cut short; the message never depends on data
    StorageError
    └── RecordsGoneError      records handed out before are not kept here any more
"""

from __future__ import annotations

from privseg.engine.errors import UnknownNameError
from privseg.errors import DisclosureError, InputError, PolicyError, StorageError
from privseg.terms import Place


class UnknownExactError(UnknownNameError):
    """The policy declares no exact tables, or no records, of this name."""

    see = "privseg policy check"

    def __init__(self, name: str, *, known: tuple[str, ...], what: str) -> None:
        self.what = what
        super().__init__(name, known=known)


class ExactMistakeError(InputError):
    """A declaration names a segment that is not there, or another segmenter's."""

    def __init__(self, why: str, place: Place) -> None:
        super().__init__(f"{why} ({place}); mend the declaration, nothing was read")
        self.place = place


class WrongFamilyError(PolicyError):
    """What would be read is not all of a k lineage; nothing was read."""

    def __init__(self, sources: tuple[str, ...], place: Place) -> None:
        super().__init__(
            f"{', '.join(sources)} is not of a k lineage ({place}): exact numbers and records "
            "come only of sources with family: k; to allow it: read other sources"
        )
        self.sources = sources


class PeriodTakenError(DisclosureError):
    """Something else of this lineage was released for the period; nothing was read."""

    def __init__(self, name: str, period: str) -> None:
        super().__init__(
            f'of {period} "{name}" was released already, and it was another declaration: what is '
            "released of a lineage in a period is audited together, once. Make it for the next "
            "period; a free question needs a dp lineage (noise and a budget)"
        )
        self.name = name
        self.period = period


class RecordsGoneError(StorageError):
    """The period's records were made, and what is kept of them is gone or broken."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'the records "{name}" of this period were handed out, and what was kept of them is '
            "not here any more; use the file that was written, or make them for the next period"
        )
        self.name = name


class ExactRunFailedError(DisclosureError):
    """A run failed; nothing was given out. The message never depends on the data."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            "the run failed and nothing was given out; see: privseg audit tail; then run it again"
        )
