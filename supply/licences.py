# SPDX-License-Identifier: Apache-2.0
"""Write the list of licences of what users install: ``python -m supply.licences [--check]``.

What a package says in its own metadata counts: the SPDX expression (PEP 639), else the one licence
that its classifier or its licence field names. Where these are silent or say only "BSD", a person
has read the package's licence file, and the reading stands in ``READ``. A licence outside
``ALLOWED``, and a package that says nothing, stop the list from being written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata

from license_expression import ExpressionError, Licensing, get_spdx_licensing

from supply.locked import ROOT, WITH_EXTRAS, Locked, locked

PAGE = ROOT / "docs" / "reference" / "licences.md"
WRITTEN = "<!-- Written from the lock files by `make docs`. Change the locks, not this page. -->"

ALLOWED: Mapping[str, str] = {
    "Apache-2.0": "the licence of privseg",
    "MIT": "permissive",
    "MIT-0": "permissive",
    "0BSD": "permissive",
    "BSD-2-Clause": "permissive",
    "BSD-3-Clause": "permissive",
    "ISC": "permissive",
    "Zlib": "permissive",
    "PSF-2.0": "permissive",
    "CC0-1.0": "public domain",
    "LGPL-3.0-only": "weak copyleft: used unchanged, by import, installed as a package of its own",
}
"""Licences under which a package may be used by, and installed beside, a work under Apache-2.0."""

SAID: Mapping[str, str] = {
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Apache Software License": "Apache-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
}
"""What classifiers that name one licence say, in SPDX."""

READ: Mapping[str, str] = {
    "colorama": "BSD-3-Clause",  # installed on Windows only
    "jinja2": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 AND BSD-3-Clause",
    "scipy": "BSD-3-Clause",
}
"""Read in the package's own licence file, where its metadata do not say."""


class LicenceNotAllowedError(ValueError):
    """A package says no licence that can be told, or one that is not allowed."""


def licences() -> Mapping[str, tuple[str, str]]:
    """Return each locked package's licence, and who says so.

    Raises:
        LicenceNotAllowedError: see above.
    """
    return {pin.name: _checked(pin, *_licence(pin)) for pin in locked(WITH_EXTRAS)}


def _licence(pin: Locked) -> tuple[str, str]:
    """Return the licence, "" where nothing tells, and where it is said."""
    if pin.name in READ:
        return READ[pin.name], "its licence file"
    try:
        said = metadata(pin.name)
    except PackageNotFoundError:
        return "", "not installed"
    if "License-Expression" in said:
        return said["License-Expression"], "its metadata"
    names = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier", []) if "License ::" in c]
    known = {SAID[name] for name in names if name in SAID}
    if len(known) == 1 and {*names} <= {*SAID, "OSI Approved"}:
        return known.pop(), "its classifier"
    return said["License"].strip() if "License" in said else "", "its metadata"


def _checked(pin: Locked, licence: str, source: str) -> tuple[str, str]:
    """Refuse what is not allowed. Of alternatives one has to be allowed, of parts all."""
    licensing = _spdx()
    try:
        parsed = licensing.parse(licence, validate=True)
    except ExpressionError:
        parsed = None
    allowed = dict.fromkeys(map(licensing.parse, ALLOWED), licensing.TRUE)
    if parsed is None or parsed.subs(allowed, simplify=True) != licensing.TRUE:
        raise LicenceNotAllowedError(
            f"{pin.name} {pin.version}: {source} says {licence[:60]!r}, which is no licence that "
            "supply/licences.py allows; read its licence file, then allow it or leave the package"
        )
    return licence, source


@cache  # its tables take a tenth of a second to build
def _spdx() -> Licensing:
    licensing: Licensing = get_spdx_licensing()
    return licensing


def page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from (WRITTEN, "", "# Licences of what privseg installs", "")
    yield (
        "privseg is under Apache-2.0. It contains no code of these packages: they are installed "
        "beside it, from `requirements.lock`, or from `requirements-postgresql.lock` with its "
        "extra `postgresql`, which alone needs psycopg. A package's binary files may bundle "
        "libraries of others; its own licence files list them."
    )
    yield from ("", "| package | version | licence | said by |", "|---|---|---|---|")
    found = licences()
    for pin in locked(WITH_EXTRAS):
        licence, source = found[pin.name]
        yield f"| {pin.name} | {pin.version} | {licence} | {source} |"
    yield from ("", "Allowed, and why:", "", "| licence | why |", "|---|---|")
    yield from (f"| {licence} | {why} |" for licence, why in ALLOWED.items())


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is current; return the exit code."""
    if "--check" in arguments:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
