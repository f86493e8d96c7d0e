# SPDX-License-Identifier: Apache-2.0
"""Write ``docs/reference`` from the code: ``python docs/generate.py [--check]``.

With ``--check`` nothing is written; the exit code is 1 when a page is not what the code says.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import segment_pages
from file_keys import keys, plain, table
from segment_language import segment_language

import privseg
from privseg import errors
from privseg.audit import header
from privseg.audit.event import Kind, Outcome
from privseg.cli.app import command as whole
from privseg.engine import roles as staff_roles
from privseg.engine.verbs import COMMANDS, FREE, METHODS
from privseg.loaders import cases_file
from privseg.loaders.laws_reference import laws_reference
from privseg.terms import StaffRole

REFERENCE = Path(__file__).parent / "reference"
SEGMENTS = REFERENCE.parent / "how-to" / "segments"
ROOT = REFERENCE.parents[1]
WRITTEN = "<!-- Written from the code by `make docs`. Change the code, not this page. -->"


def cli() -> Iterator[str]:
    """Yield every verb of the command line with the help it prints."""
    yield from ("# The command line", "")
    yield from (
        "Data go to standard output, talk to standard error; `--json` prints JSON. Exit codes are",
        "those of [the errors](errors.md), and 2 for wrong usage.", "",
    )  # fmt: skip
    yield from _verbs(whole(), ())


def _verbs(command: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Yield a verb, or a group and its verbs."""
    os.environ["COLUMNS"] = "80"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        whole()([*path, "--help"], prog_name="privseg", standalone_mode=False)
    yield from (f"{'#' * min(len(path) + 2, 3)} {' '.join(('privseg', *path))}", "")
    yield from ("```text", printed.getvalue().strip(), "```", "")
    for verb in getattr(command, "commands", {}).values():
        yield from _verbs(verb, (*path, verb.name))


def errors_page() -> Iterator[str]:
    """Yield the tree of errors and its leaves."""
    for module in pkgutil.walk_packages(privseg.__path__, "privseg."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    drawn = inspect.cleandoc(errors.__doc__ or "").partition("::\n\n")[2].partition("\n\n")
    yield from ("# Errors", "", "A branch says whose problem it is.", "", "```")
    yield from (inspect.cleandoc(drawn[0]), "```", "", plain(drawn[2]), "")
    for branch in errors.PrivsegError.__subclasses__():
        yield from (f"## {branch.__name__}", "", _first(branch), "")
        leaves = sorted(set(_leaves(branch)), key=lambda e: (e.__module__, e.__name__))
        rows = [
            (f"`{e.__name__}`", e.__module__.split(".")[1], str(e.exit_code), _first(e))
            for e in leaves
        ]
        yield from table(("error", "room", "exit code", "when"), rows)


def _leaves(error: type[errors.PrivsegError]) -> Iterator[type[errors.PrivsegError]]:
    """Yield every error below one."""
    for below in error.__subclasses__():
        yield below
        yield from _leaves(below)


def audit_kinds() -> Iterator[str]:
    """Yield what the log records: kinds, their headers, and how header texts are spelled."""
    yield from ("# What the log records", "", inspect.getdoc(header) or "", "")
    said = _remarks(Kind)
    rows = [
        (f"`{k}`", said.get(k, ""), _coded(header.REQUIRED.get(k, header.NEEDS_VERB)),
         _coded(header.ALLOWED[k] - header.REQUIRED.get(k, header.NEEDS_VERB)))
        for k in Kind
    ]  # fmt: skip
    yield from ("## Kinds", "")
    yield from table(("kind", "what it is", "header must have", "may have"), rows)
    yield from ("## Outcomes", "")
    yield from table(("outcome", ""), [(f"`{o}`", _remarks(Outcome).get(o, "")) for o in Outcome])
    yield from ("## Header texts", "", f"Lists: {_coded(header.LISTS)}. All else is one text.", "")
    shapes = [
        (shape.name.lower(), f"`{shape.value}`".replace("|", "\\|"),
         _coded(key for key, spelt in header.SHAPES.items() if spelt is shape))
        for shape in header.Shape
    ]  # fmt: skip
    yield from table(("shape", "pattern", "keys"), shapes)


def _remarks(kind: type) -> Mapping[str, str]:
    """Return what the source remarks on each member of an enumeration."""
    found = re.findall(r'^ +\w+ = "([^"]+)"(?: +# (.*))?$', inspect.getsource(kind), re.MULTILINE)
    return dict(found)


def _file(kind: str, title: str) -> Iterator[str]:
    """Yield the page about a kind of file."""
    yield from (
        f"# {title}",
        "",
        f"Schema for editors: [{kind}.schema.json](schemas/{kind}.schema.json).",
        "",
    )
    yield from keys(kind)


def cases() -> Iterator[str]:
    """Yield the page about files of cases: keys, how moments are written, and the shop's own."""
    yield from _file("cases", "Files of cases")
    moments = inspect.cleandoc(cases_file.__doc__ or "").partition("\n\n")[2]
    yield from ("## Moments", "", plain(moments), "", "## Examples", "")
    for path in sorted((ROOT / "policies/shop/policies/cases").glob("*.yaml")):
        yield from ("```yaml", path.read_text("utf-8").rstrip(), "```", "")


def roles() -> Iterator[str]:
    """Yield the table of verbs and roles, and which method and command each verb is."""
    yield from ("# Who may do what", "", plain(inspect.getdoc(staff_roles) or ""), "")
    said = _remarks(staff_roles.Verb)
    rows = [
        (f"`{v}`", said.get(v, ""), *("yes" * (r in staff_roles.ALLOWED[v]) for r in StaffRole))
        for v in staff_roles.Verb
    ]
    heads = (role.value.replace("_", " ") for role in StaffRole)
    yield from table(("verb", "what it is", *heads), rows)
    yield from ("## Commands and methods", "")
    commands = [
        (f"`privseg {c}`", f"`{m}`" if m else "", f"`{METHODS[m]}`" if m in METHODS else "anybody")
        for c, m in sorted(COMMANDS.items())
    ]
    yield from table(("command", "method of a workspace", "verb"), commands)
    yield from ("## What anybody on the staff may do", "")
    yield from table(("method", "why"), [(f"`{m}`", why) for m, why in FREE.items()])


def report() -> Iterator[str]:
    """Yield the page about report files: keys, and the shop's own as examples."""
    yield from _file("report", "Report files")
    yield from ("## Examples", "")
    for path in sorted((ROOT / "policies/shop/reports").glob("*.yaml")):
        yield from ("```yaml", path.read_text("utf-8").rstrip(), "```", "")


def _first(thing: type) -> str:
    """Return the first line of a docstring."""
    return plain(inspect.getdoc(thing) or "").partition("\n")[0]


def _coded(names: Iterable[str]) -> str:
    """Return names as code, in order."""
    return ", ".join(f"`{name}`" for name in sorted(names))


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "cli": cli,
    "errors": errors_page,
    "segment-language": segment_language,
    "policy": partial(_file, "policy", "Policy files"),
    "cases": cases,
    "laws": laws_reference,
    "report": report,
    "budget-plan": partial(_file, "budget-plan", "Budget plans"),
    "workspace": partial(_file, "workspace", "Workspace settings (privseg.yaml)"),
    "staff": partial(_file, "staff", "Staff files"),
    "roles": roles,
    "audit-kinds": audit_kinds,
}


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    pages = {REFERENCE / f"{name}.md": page() for name, page in PAGES.items()}
    pages |= {SEGMENTS / f"{name}.md": page for name, page in segment_pages.pages()}
    texts = {
        path: "\n".join((WRITTEN, "", *lines)).rstrip() + "\n" for path, lines in pages.items()
    }
    stale = [p for p, text in texts.items() if not p.exists() or p.read_text("utf-8") != text]
    for path in stale:
        print(f"{'stale' if '--check' in arguments else 'wrote'}: {path.name}")
        if "--check" not in arguments:
            path.write_text(texts[path], "utf-8")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
