# SPDX-License-Identifier: Apache-2.0
"""What needs no workspace: checking a published report, proposing a policy for a file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from privseg.dsr import check_receipt
from privseg.dsr.evidence_check import check_bundle
from privseg.engine.errors import NotAReleaseError
from privseg.engine.workspace import Workspace
from privseg.errors import InputError, PrivsegError
from privseg.release import verify_release
from privseg.release.exact_register import is_exact
from privseg.release.exact_verify import verify_exact
from privseg.release.learned_register import is_learned
from privseg.release.learned_verify import verify_learned
from privseg.sources.propose import Survey
from privseg.sources.propose import propose_policy as propose
from privseg.vault import verifier

RECEIPT_CHECKS = ("the receipt of an erasure is as it was signed",)
MAX_RELEASE_BYTES = 64 * 1024 * 1024


class ReleaseFileError(InputError):
    """A file to verify is not there, or far too large to be a release."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path.name}: {why}; name the JSON file of a published report")
        self.path = path


class PublisherUnknownError(InputError):
    """Nobody said whose signature a report should carry."""

    def __init__(self) -> None:
        super().__init__(
            "whose report is it? pass the publisher's key: --key KEY_OR_FILE "
            "(the publisher prints it with: privseg keys show)"
        )


def verify_report(path: Path, *, key: str | None, workspace: Path) -> tuple[str, ...]:
    """Check a published report, an erasure's receipt or the evidence of a consent.

    Returns what was checked, one line each.

    Needs no data. The publisher's key comes from ``key`` (a C2SP verifier key, or a file that
    holds some, one a line: evidence needs that of the log, too), else from the workspace: a key
    inside the report itself would prove nothing.

    Raises:
        ReleaseForgedError, ReceiptForgedError: anything in it was changed, or does not follow.
        PublisherUnknownError: no key was given and there is no workspace.
    """
    if not path.is_file():
        raise ReleaseFileError(path, "there is no such file")
    if path.stat().st_size > MAX_RELEASE_BYTES:
        raise ReleaseFileError(path, "it is too large to be a release")
    data = path.read_bytes()
    if data.lstrip().startswith(b"{") and b'"bundle"' in data[:64]:
        keys = [verifier(line) for line in _keys(key, workspace)]
        return check_bundle(data, keys).steps
    publisher = verifier(_keys(key, workspace)[0])
    if data.lstrip().startswith(b"{") and b'"receipt"' in data[:64]:
        return (*RECEIPT_CHECKS, *_still_open(check_receipt(data, (publisher,))))
    try:
        if is_exact(data):
            return verify_exact(data, (publisher,)).checks
        if is_learned(data):
            return verify_learned(data, (publisher,)).checks
        return verify_release(data, (publisher,)).checks
    except (ArithmeticError, ValueError, RecursionError):
        raise NotAReleaseError from None


def checked_receipt(path: Path, *, key: str | None, workspace: Path) -> dict[str, Any]:
    """Return the document of an erasure's receipt whose signature holds; needs only the key.

    Raises:
        ReleaseFileError: there is no such file, or it is none of ours.
        ReceiptForgedError: anything in it was changed.
        PublisherUnknownError: no key was given and there is no workspace.
    """
    if not path.is_file():
        raise ReleaseFileError(path, "there is no such file")
    if path.stat().st_size > MAX_RELEASE_BYTES:
        raise ReleaseFileError(path, "it is too large to be a receipt")
    return check_receipt(path.read_bytes(), (verifier(_keys(key, workspace)[0]),))


def _still_open(receipt: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what keeps a receipt provisional; nothing when it is final."""
    return tuple(f"it is PROVISIONAL: {because}" for because in receipt["provisional_because"])


def propose_policy(
    path: Path, *, name: str | None = None, survey: bool = False, free_text: bool = False
) -> str:
    """Return a policy with a catalogue proposed from a file's columns, as YAML to confirm.

    A ``survey`` has a question in each column; ``free_text`` proposes what people wrote, too.
    """
    called = name or path.stem.replace(" ", "_").replace("-", "_").lower()
    return propose(path, name=called, survey=Survey(free_text) if survey else None)


def _keys(key: str | None, workspace: Path) -> list[str]:
    """Return the publisher's verifier keys: that of releases first, where it is the workspace's."""
    if key is not None:
        with suppress(OSError, ValueError):  # a key is no path, and may be too long for one
            return Path(key).read_text("ascii").split()
        return key.split()
    try:
        with Workspace.open(workspace) as ws:
            known = ws.public_keys()
            return [known["release"], known["audit"]]
    except PrivsegError:
        raise PublisherUnknownError from None
