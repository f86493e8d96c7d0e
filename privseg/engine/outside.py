# SPDX-License-Identifier: Apache-2.0
"""What the engine takes from outside, so that tests can give their own: clocks, who is there."""

from __future__ import annotations

import os
import pwd
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from privseg.engine.keys.passphrases import Surroundings
from privseg.vault import Secrets


def user_name() -> str:
    """Return the name of the user that the process runs as.

    By the process's own user id: environment variables such as LOGNAME are anybody's to set.
    """
    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return str(os.getuid())


def machine_ns() -> int:
    """Return the machine's own clock in nanoseconds; it goes on while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class Outside:
    """What the engine takes from outside: the wall clock, random bits, who is at the keyboard."""

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    randbits: Callable[[int], int] = secrets.randbits
    user: Callable[[], str] = user_name
    key_secrets: Secrets = field(default_factory=Surroundings)
    machine_ns: Callable[[], int] = machine_ns

    def by(self) -> Mapping[str, str]:
        """Return who acts, and how that is known: for the body of every entry of the log."""
        return {"sign_in": "operating system", "user": self.user()}


def boot_id() -> str:
    """Return the kernel's id of this boot, or a random one where there is none."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip().replace("-", "")
    return uuid.uuid4().hex
