# SPDX-License-Identifier: Apache-2.0
"""The laws of a ``KeyProvider``, for whoever writes one: each is a function that your tests run.

::

    import pytest
    from privseg.vault.provider_contract import LAWS, Bench

    @pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
    def test_my_provider(law):
        law(Bench(make=lambda: MyProvider("prod/shop"), stranger=lambda: MyProvider("prod/other")))

``make`` returns a new instance for one and the same key each time, as another process would;
``stranger`` one for another key. A law that does not hold raises ``LawBrokenError``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from privseg.errors import KeyAccessError
from privseg.tlog.canonical import canonical, parse_canonical
from privseg.vault.providers import KeyProvider, Wrapped
from privseg.vault.wrap import new_key

ABOUT: Final = b"workspace one"
OTHER: Final = b"workspace two"


class LawBrokenError(AssertionError):
    """A provider breaks a law of the port."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Makes the provider under test, and one that must not open what it wrapped."""

    make: Callable[[], KeyProvider]
    stranger: Callable[[], KeyProvider]


def what_is_wrapped_is_unwrapped(bench: Bench) -> None:
    """Also by another instance, and after the wrapped key went through JSON."""
    key = new_key()
    wrapped = bench.make().wrap(key, about=ABOUT)
    stored = parse_canonical(canonical(dict(wrapped)))
    _require(bench.make().unwrap(stored, about=ABOUT) == key, "another instance cannot unwrap")


def one_instance_wraps_many(bench: Bench) -> None:
    """The container is written anew, under a new content key, at each change of epoch."""
    provider, keys = bench.make(), [new_key() for _ in range(3)]
    wrapped = [provider.wrap(key, about=ABOUT) for key in keys]
    found = [provider.unwrap(each, about=ABOUT) for each in wrapped]
    _require(found == keys, "keys that one instance wrapped are mistaken for each other")


def another_workspace_is_refused(bench: Bench) -> None:
    """What was wrapped for one workspace opens for no other."""
    wrapped = bench.make().wrap(new_key(), about=ABOUT)
    _require_refusal(lambda: bench.make().unwrap(wrapped, about=OTHER), "another `about` opens it")


def another_key_is_refused(bench: Bench) -> None:
    """A provider with another key opens nothing."""
    wrapped = bench.make().wrap(new_key(), about=ABOUT)
    _require_refusal(lambda: bench.stranger().unwrap(wrapped, about=ABOUT), "another key opens it")


def a_changed_or_missing_field_is_refused(bench: Bench) -> None:
    """Nothing of what is kept in the container can be changed, left out or added."""
    wrapped = dict(bench.make().wrap(new_key(), about=ABOUT))
    _require(bool(wrapped), "nothing is kept in the container")
    for changed in (*_changed(wrapped), {**wrapped, "more": 1}):
        _require_refusal(
            lambda c=changed: bench.make().unwrap(c, about=ABOUT),  # type: ignore[misc]
            "a changed field is passed over",
        )


def nothing_secret_is_kept_or_shown(bench: Bench) -> None:
    """Neither what is kept nor ``repr`` nor a refusal holds the key, in any spelling."""
    key, provider = new_key(), bench.make()
    wrapped = provider.wrap(key, about=ABOUT)
    said = _refusal(lambda: bench.stranger().unwrap(wrapped, about=ABOUT))
    shown = f"{canonical(dict(wrapped))!r}{provider!r}{said}"
    spelt = (key.hex(), base64.b64encode(key).decode(), str(key)[2:-1])
    _require(not any(each in shown for each in spelt), "the key is kept or shown in clear")


def the_scheme_is_a_name(bench: Bench) -> None:
    """It stands in the container, and in ``keys:`` before the colon."""
    scheme = bench.make().scheme
    _require(scheme == scheme.lower() and scheme.isascii() and ":" not in scheme, "not a scheme")
    _require(scheme == bench.stranger().scheme, "two instances have two schemes")


LAWS: Final = (
    what_is_wrapped_is_unwrapped,
    one_instance_wraps_many,
    another_workspace_is_refused,
    another_key_is_refused,
    a_changed_or_missing_field_is_refused,
    nothing_secret_is_kept_or_shown,
    the_scheme_is_a_name,
)


def _changed(wrapped: Mapping[str, str | int]) -> list[Wrapped]:
    """Return what is kept with each field left out, and with each one changed."""
    without: list[Wrapped] = [{k: v for k, v in wrapped.items() if k != n} for n in wrapped]
    changed: list[Wrapped] = [{**wrapped, n: _other(v)} for n, v in wrapped.items()]
    return without + changed


def _other(value: str | int) -> str | int:
    """Return another value of the same type; a text keeps its length."""
    if isinstance(value, int):
        return value + 1
    middle = len(value) // 2
    other = "A" if value[middle : middle + 1] != "A" else "B"
    return value[:middle] + other + value[middle + 1 :]


def _refusal(call: Callable[[], bytes]) -> str:
    """Return the text of the refusal that ``call`` ends in; empty if it ends in none."""
    try:
        call()
    except KeyAccessError as refused:
        return f"{refused}{refused!r}"
    except Exception:  # noqa: BLE001  # any other error is no refusal
        return ""
    return ""


def _require_refusal(call: Callable[[], bytes], broken: str) -> None:
    _require(bool(_refusal(call)), broken)


def _require(holds: bool, broken: str) -> None:  # noqa: FBT001  # as assert would take it
    """Say which law is broken, unless it holds.

    Raises:
        LawBrokenError: it does not.
    """
    if not holds:
        raise LawBrokenError(broken)
