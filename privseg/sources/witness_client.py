# SPDX-License-Identifier: Apache-2.0
"""Asking a witness to sign a head (C2SP tlog-witness): one POST, bounded in time and size."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

from privseg.errors import StorageError
from privseg.tlog import AddCheckpoint

MAX_ANSWER = 65_536  # bytes: a few signature lines
PATH = "/add-checkpoint"


class WitnessUnreachableError(StorageError):
    """A witness did not answer in time, or not at all."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"the witness at {where} did not answer: {why}; it is asked again at the next release"
        )
        self.where = where


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answered."""

    status: int
    body: str


def add_checkpoint(url: str, request: AddCheckpoint, *, seconds: float) -> Answer:
    """Send a head to a witness's submission prefix and return what it says, whatever that is.

    Raises:
        WitnessUnreachableError: there was no answer.
    """
    post = urllib.request.Request(  # noqa: S310 - the settings allow http and https alone
        url.rstrip("/") + PATH, data=request.text.encode(), method="POST"
    )
    where = urlsplit(url).netloc
    try:
        with _OPENER.open(post, timeout=seconds) as answer:
            return _read(answer.status, answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _read(refusal.code, refusal)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise WitnessUnreachableError(where, type(error).__name__) from None


def _read(status: int, answer: http.client.HTTPResponse | urllib.error.HTTPError) -> Answer:
    """Return an answer's text; one that is too long or no text is an empty one."""
    data = answer.read(MAX_ANSWER + 1)
    try:
        return Answer(status, data.decode() if len(data) <= MAX_ANSWER else "")
    except UnicodeDecodeError:
        return Answer(status, "")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A witness is where the settings say, and nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing: the redirect is the answer, and no cosignature."""


_OPENER = urllib.request.build_opener(_NoRedirect())
