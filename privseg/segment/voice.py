# SPDX-License-Identifier: Apache-2.0
"""How an explanation is said: in which language, and how it writes names and numbers.

A message is English, and the code's own; whatever is filled into it is not. So a voice may answer
with text that escapes what is filled in, as pages need it.
"""

from __future__ import annotations

from typing import Protocol


class Voice(Protocol):
    """Port: says a message of this room, and writes what policies name."""

    def __call__(self, message: str) -> str:
        """Return how ``message`` is said."""
        ...

    def many(self, one: str, more: str, count: int) -> str:
        """Return the form for ``count`` things."""
        ...

    def name(self, name: str) -> str:
        """Return the name of an attribute, an event, a list or a score."""
        ...

    def segment(self, name: str) -> str:
        """Return what another segment is called."""
        ...

    def number(self, text: str) -> str:
        """Return an exact decimal, written with a point, as it is read."""
        ...


class AsWritten:
    """English, and every name as the policy has it.

    >>> AsWritten()("at least"), AsWritten().many("{n} day", "{n} days", 1)
    ('at least', '{n} day')
    """

    def __call__(self, message: str) -> str:
        """Return the message itself."""
        return message

    def many(self, one: str, more: str, count: int) -> str:
        """Return the singular for one, else the plural."""
        return one if count == 1 else more

    def name(self, name: str) -> str:
        """Return the name itself."""
        return name

    def segment(self, name: str) -> str:
        """Return the segment's name."""
        return name

    def number(self, text: str) -> str:
        """Return the number with its point."""
        return text


AS_WRITTEN = AsWritten()
