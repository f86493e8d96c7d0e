# SPDX-License-Identifier: Apache-2.0
"""Try privseg in environments of its own: ``python -m supply.environments wheel|lowest|newest``.

* ``wheel``: an empty environment with the wheel and what the runtime lock pins, and no tool of the
  developers. The demo is played, a report verified, the log exported and checked by the stand-alone
  verifier with nothing but the standard library.
* ``lowest``: the lowest versions of its own dependencies that pyproject.toml allows.
* ``newest``: the newest versions, of theirs too.

The last two run a part of the suite that crosses every adapter package. PRIVSEG_TRY_PYTHON names
another interpreter than this one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply.locked import DEV, ROOT, RUNTIME, Locked, locked

PYTHON = os.environ.get("PRIVSEG_TRY_PYTHON", sys.executable)
SUITE = ("tests/unit", "tests/engine", "tests/contract", "tests/conformance", "tests/cli")
OWN = ("PYTHON", "PRIVSEG", "VIRTUAL_ENV")
OURS = {"pip", "setuptools", "privseg"}  # what an environment has beside the lock


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command without what names this environment; return what it prints.

    Raises:
        SystemExit: it failed, with what it said.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(OWN)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env=kept | environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def uv(*arguments: str | Path) -> str:
    """Run uv, which resolves and installs."""
    return run(sys.executable, "-m", "uv", "--quiet", *arguments, cwd=ROOT)


def environment(place: Path) -> Path:
    """Make an empty environment; return its interpreter."""
    run(PYTHON, "-m", "venv", place / "venv", cwd=place)
    return place / "venv" / "bin" / "python"


def try_wheel(place: Path) -> None:
    """Install the wheel into an empty environment, and play the users with it."""
    python = environment(place)
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place / "dist", cwd=ROOT)
    (wheel,) = (place / "dist").iterdir()
    run(*pip, "--require-hashes", "-r", RUNTIME, cwd=place)
    run(*pip, "--no-deps", "--no-index", wheel, cwd=place)
    _has_only_the_lock(python, place)
    _play(python, place)


def _has_only_the_lock(python: Path, place: Path) -> None:
    """Check that what is installed is what the lock pins."""
    listed = json.loads(run(python, "-m", "pip", "list", "--format", "json", cwd=place))
    found = {(canonicalize_name(p["name"]), p["version"]) for p in listed}
    wanted = {(pin.name, pin.version) for pin in _locked_for(python, place)}
    wrong = {p for p in found ^ wanted if p[0] not in OURS}
    assert not wrong, f"the environment is not what the lock pins: {sorted(wrong)}"
    run(python, "-m", "pip", "check", cwd=place)
    where = run(python, "-c", "import privseg; print(privseg.__file__)", cwd=place)
    assert where.startswith(str(place)), "the sources were used, not the wheel"


def _locked_for(python: Path, place: Path) -> tuple[Locked, ...]:
    """Return what that interpreter gets from the lock."""
    code = "import platform; print(platform.python_version())"
    version = run(python, "-c", code, cwd=place).strip()
    return tuple(pin for pin in locked() if pin.is_installed_in({"python_full_version": version}))


def _play(python: Path, place: Path) -> None:
    """Play the demo, verify its report, export its log and check that without any package."""
    privseg, keys = python.parent / "privseg", {"PRIVSEG_KEYS": str(place / "keys")}
    run(privseg, "demo", "--play", "shop", "--people", "2000", cwd=place, **keys)
    shop = place / "shop"
    reports = sorted((shop / "out").glob("customer-overview*.json"))
    assert reports, "the demo published no report"
    for path in (*reports, shop / "out" / "request-2-receipt.json"):
        run(privseg, "verify", path, cwd=shop, **keys)
    refused = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]) != 5)"
    forged = shop / "out" / "forged-report.json"
    run(python, "-c", refused, privseg, "verify", forged, cwd=shop, **keys)
    run(privseg, "audit", "verify", cwd=shop, **keys)
    run(privseg, "audit", "export", place / "log", cwd=shop, **keys)
    within = "import privseg; print(privseg.__path__[0] + '/_evidence/verify.txt')"
    shutil.copy(run(python, "-c", within, cwd=place).strip(), place / "verify.py")
    said = run(python, "-I", "-S", place / "verify.py", place / "log", cwd=place)
    assert "RESULT: the log is OK" in said, said
    print("the wheel works in an empty environment: the demo, its signed files and its log")


def try_lowest(place: Path) -> None:
    """Run a part of the suite on the lowest versions of our own dependencies."""
    lowest = place / "lowest.txt"
    uv(*_resolve(), "--resolution", "lowest-direct", "pyproject.toml", "-o", lowest)
    uv(*_resolve(), "--group", "dev", "-c", lowest, "pyproject.toml", "-o", place / "all.txt")
    _try_suite(place)


def try_newest(place: Path) -> None:
    """Run a part of the suite on the newest versions of everything that privseg uses."""
    newest, tools = place / "newest.txt", place / "tools.txt"
    uv(*_resolve(), "--upgrade", "pyproject.toml", "-o", newest)
    tools.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in _only_tools()))
    constraints = ("-c", newest, "-c", tools)
    uv(*_resolve(), "--group", "dev", *constraints, "pyproject.toml", "-o", place / "all.txt")
    _try_suite(place)


def _resolve() -> tuple[str, ...]:
    version = run(PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])", cwd=ROOT)
    return ("pip", "compile", "--no-annotate", "--python-version", version.strip())


def _only_tools() -> list[Locked]:
    """Return the locked tools of the developers: a new version of these is tried by make lock."""
    runtime = {pin.name for pin in locked(RUNTIME)}
    return [pin for pin in locked(DEV) if pin.name not in runtime and pin.is_installed_here]


def _try_suite(place: Path) -> None:
    """Install what was resolved, tell the versions, and run the part of the suite."""
    python = environment(place)
    uv("pip", "install", "--python", python, "-r", place / "all.txt")
    uv("pip", "install", "--python", python, "--no-deps", "--editable", ".")
    print(_versions(python, place))
    sys.stdout.flush()
    pytest = (python, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "-m", "not long")
    code = subprocess.run(
        [*map(str, pytest), *SUITE], cwd=ROOT, check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        | {"PYTHONPYCACHEPREFIX": str(place / "pyc")},
    ).returncode  # fmt: skip
    if code:
        sys.exit(code)


def _versions(python: Path, place: Path) -> str:
    """Return the interpreter and our own dependencies, with the versions installed."""
    listed = json.loads(uv("pip", "list", "--python", python, "--format", "json"))
    versions = {canonicalize_name(p["name"]): p["version"] for p in listed}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [canonicalize_name(Requirement(line).name) for line in project["dependencies"]]
    lines = [run(python, "--version", cwd=place).strip()]
    return "\n".join([*lines, *(f"  {name} {versions[name]}" for name in asked)])


TRIES: Mapping[str, Callable[[Path], None]] = {
    "wheel": try_wheel,
    "lowest": try_lowest,
    "newest": try_newest,
}


def main(name: str) -> None:
    """Try it in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="privseg-try-") as folder:
        TRIES[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1])
