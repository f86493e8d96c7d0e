# SPDX-License-Identifier: Apache-2.0
"""Giving a recipient's machine a notice: one POST over https, bounded in time, never redirected."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from privseg.errors import StorageError

SECONDS = 20.0  # of one attempt; more attempts follow
TAKEN = range(200, 300)  # RFC 9110 section 15.3: the recipient took it


class NotDeliveredError(StorageError):
    """A recipient's machine did not take a notice; it waits and is tried again."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"{where} did not take the notice: {why}; it is kept and tried again with: "
            "privseg dsr notices --send"
        )
        self.where = where
        self.why = why


class Webhooks:
    """Posts over https. A test gives a context that trusts its own certificate; nothing else."""

    def __init__(self, context: ssl.SSLContext | None = None, seconds: float = SECONDS) -> None:
        trusting = context or ssl.create_default_context()
        self._opener = urllib.request.build_opener(
            _NoRedirect(), urllib.request.HTTPSHandler(context=trusting)
        )
        self._seconds = seconds

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Return when the recipient's machine took a body; what it answers is not read.

        Raises:
            NotDeliveredError: it did not, or the address is not an https one.
        """
        where = urlsplit(url)
        if where.scheme != "https":
            raise NotDeliveredError(where.netloc, "the address is not https")
        post = urllib.request.Request(  # noqa: S310 - https alone, just looked at
            url, data=body, headers=dict(headers), method="POST"
        )
        try:
            with self._opener.open(post, timeout=self._seconds) as answer:
                status = answer.status
        except urllib.error.HTTPError as refusal:
            status = refusal.code
            refusal.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotDeliveredError(where.netloc, _words(error)) from None
        if status not in TAKEN:
            raise NotDeliveredError(where.netloc, f"it answered {status}")


def _words(error: Exception) -> str:
    """Return in words why nothing was reached; what a library says in detail may tell too much."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "its certificate could not be verified"
    if isinstance(reason, ssl.SSLError):
        return "no encrypted connection could be made"
    if isinstance(reason, TimeoutError):
        return "it did not answer in time"
    if isinstance(reason, ConnectionError):
        return "it refused or cut the connection"
    if isinstance(reason, OSError):
        return "it could not be reached"
    return "it answered in a way that is no HTTP"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A recipient is where the policy says: people's identifiers are sent nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing: the redirect is the answer."""
