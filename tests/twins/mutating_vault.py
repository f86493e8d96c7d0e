# SPDX-License-Identifier: Apache-2.0
"""Fresh copies of the vault's modules, one of them changed in one place."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from types import ModuleType, SimpleNamespace

ORDER = (
    "wrap", "private_file", "keyfile", "note", "memory", "passphrase", "variable", "providers",
    "container", "keyring", "pages", "recipients", "backup",
)  # fmt: skip
"""Each stands on earlier ones only; refusals and ports are shared with whoever asks."""

_FROM = re.compile(r"from privseg\.vault\.(\w+) import")
_NAMES = re.compile(r"^from privseg\.vault import (?P<names>[\w, ]+)$", re.MULTILINE)


def source_of(module: str) -> str:
    """Return the source of a module."""
    return files("privseg.vault").joinpath(f"{module}.py").read_text("utf-8")


@contextmanager
def mutated(module: str, old: str, new: str) -> Iterator[SimpleNamespace]:
    """Give copies of the modules by name, ``module`` changed in one place."""
    made = {name: ModuleType(f"_mutant_{name}") for name in ORDER}
    try:
        for name in ORDER:
            source = source_of(name)
            if name == module:
                assert source.count(old) == 1, f"{source.count(old)} places: {old}"
                source = source.replace(old, new)
            sys.modules[f"_mutant_{name}"] = made[name]
            exec(compile(_led(source), f"_mutant_{name}", "exec"), made[name].__dict__)
        yield SimpleNamespace(**made)
    finally:
        for name in ORDER:
            sys.modules.pop(f"_mutant_{name}", None)


def _led(source: str) -> str:
    """Return ``source`` with its imports of the room led to the copies."""
    source = _FROM.sub(lambda f: f"from _mutant_{f[1]} import" if f[1] in ORDER else f[0], source)
    return _NAMES.sub(
        lambda f: "\n".join(
            f"import _mutant_{name} as {name}" for name in re.split(r",\s*", f["names"])
        ),
        source,
    )
