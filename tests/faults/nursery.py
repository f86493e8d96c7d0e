# SPDX-License-Identifier: Apache-2.0
"""A process from which faulty ones are forked: ``python FILE``, then one JSON request a line.

Tests cannot fork from pytest itself, where libraries have started threads. A request is a verb of
``serve`` with its arguments; the answer is one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def take_our_tests() -> None:
    """Let ``tests`` be the folder beside this one: an installed package may be called so, too."""
    package = ModuleType("tests")
    package.__path__ = [str(ROOT / "tests")]
    sys.modules["tests"] = package
    sys.path.insert(0, str(ROOT))


def serve() -> None:
    """Answer requests until there are none."""
    from tests.faults import tracing  # noqa: PLC0415  # only now are they ours
    from tests.faults.battery import Battery  # noqa: PLC0415

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed by mistake is no answer
    battery = Battery()
    try:
        why = tracing.unavailable(battery.folder)
        if why is None:
            battery.warm()
        _say(out, {"unavailable": why})
        for line in sys.stdin:
            _say(out, _answer(battery, json.loads(line)))
    finally:
        battery.close()


def _answer(battery: object, asked: dict[str, object]) -> object:
    from tests.faults.battery import Battery  # noqa: PLC0415

    assert isinstance(battery, Battery)
    name, count, seed = str(asked["command"]), int(str(asked["count"])), str(asked["seed"])
    try:
        if asked["do"] == "writers":
            return battery.writers(count, 3 * count, seed=seed)
        if asked["do"] == "power":
            return [asdict(one) for one in battery.power_cuts(name, count, seed=seed)]
        faults = battery.faults(name, count, seed=seed)
        return [asdict(one) for one in battery.run(name, faults)]
    except AssertionError as error:
        return {"failed": str(error)}


def _say(out: object, said: object) -> None:
    print(json.dumps(said), file=out, flush=True)  # type: ignore[call-overload]


if __name__ == "__main__":
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # no threads before a fork
    take_our_tests()
    serve()
    sys.stderr.flush()
    os._exit(0)  # libraries that were never used here have nothing to tidy up
