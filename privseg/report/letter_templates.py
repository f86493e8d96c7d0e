# SPDX-License-Identifier: Apache-2.0
"""The templates of letters: ours, and those of a workspace that stand in their place.

A template may only say things: it is run in a sandbox, every value is escaped, what is not given
is an error and not a gap. A workspace's own template that does not fit is refused with its place,
never passed over for ours.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from privseg.errors import InputError
from privseg.report.language import Language
from privseg.report.letter_kinds import LetterKind
from privseg.terms import Place

SUFFIX = ".html.j2"
FRAME = "frame"
SHELL = f"shell{SUFFIX}"
LARGEST = 64 * 1024  # bytes of one template
FILTERS = frozenset({"join", "upper", "lower", "capitalize", "title", "trim", "length"})
MAY_REPLACE = frozenset({FRAME, *LetterKind})
"""Templates that a workspace may write itself: the frame of all letters, and each letter."""

Templates = Mapping[str, str]
"""The workspace's own templates by name (``received``), each with its text."""


class LetterTemplateError(InputError):
    """A workspace's own template of a letter cannot be used; no letter was written."""

    def __init__(self, why: str, place: Place) -> None:
        super().__init__(f"{place}: {why}; mend it, or remove the file to use the shipped template")
        self.why = why
        self.place = place


def own_templates(folder: Path) -> Templates:
    """Return the templates in a workspace's folder, each parsed; none where there is no folder.

    Raises:
        LetterTemplateError: a file is none, or says what a template may not say.
    """
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.iterdir()):
        name = _name_of(path)
        found[name] = _text_of(path)
        _parse(found[name], path.name)
    return found


def shipped(name: str) -> str:
    """Return the text of one of our templates, by its file's name."""
    file = resources.files("privseg.report").joinpath("templates", "letters", name)
    return file.read_text("utf-8")


def style_hash() -> str:
    """Return the hash of our style, which alone a letter may use."""
    return base64.b64encode(hashlib.sha256(shipped("letter.css").encode()).digest()).decode()


def rendered(
    kind: LetterKind, values: Mapping[str, object], *, language: Language, own: Templates
) -> str:
    """Return a letter's HTML.

    Raises:
        LetterTemplateError: a template of the workspace's own cannot be filled in.
        jinja2.TemplateError: one of ours cannot: a fact is missing.
    """
    try:
        room = _environment(language, tuple(sorted(own.items())))
        return room.get_template(f"{kind}{SUFFIX}").render(**values)
    except TemplateError as error:
        if not own:
            raise
        name = kind if kind in own else FRAME
        raise LetterTemplateError(
            f"cannot be filled in ({_said(error)})", Place(_file(name), _line(error))
        ) from None


@lru_cache(maxsize=4)  # compiling a template takes longer than filling it in
def _environment(
    language: Language, own: tuple[tuple[str, str], ...]
) -> ImmutableSandboxedEnvironment:
    """Return the sandbox that templates are run in."""
    style = shipped("letter.css")
    room = _sandbox(dict(own))
    room.globals = {
        "_": language,
        "many": language.many,
        "language": language.code,
        "direction": language.direction,
        "style": Markup(style),  # noqa: S704  # our own file
        "style_hash": style_hash(),
    }
    return room


def _sandbox(own: Templates) -> ImmutableSandboxedEnvironment:
    """Return an environment that can say things and do nothing."""
    room = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: own.get(name.removesuffix(SUFFIX)) or shipped(name)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.filters = {name: room.filters[name] for name in FILTERS}
    return room


def _name_of(path: Path) -> str:
    """Return which template a file is to be."""
    name = path.name.removesuffix(SUFFIX)
    if name in MAY_REPLACE and path.name.endswith(SUFFIX) and path.is_file():
        return name
    known = sorted(f"{n}{SUFFIX}" for n in MAY_REPLACE)
    close = get_close_matches(path.name, known, n=1)
    hint = f'did you mean "{close[0]}"?' if close else f"there are {', '.join(known)}"
    raise LetterTemplateError(f"no letter's template has this name ({hint})", _place(path.name))


def _text_of(path: Path) -> str:
    """Return a template's text."""
    data = path.read_bytes()
    if len(data) > LARGEST:
        raise LetterTemplateError("is larger than 64 KiB", _place(path.name))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise LetterTemplateError("is not UTF-8 text", _place(path.name)) from None


def _parse(text: str, file: str) -> None:
    """Refuse a template with a mistake, or one that would leave a value unescaped."""
    try:
        tree = _sandbox({}).parse(text)
    except TemplateSyntaxError as error:
        raise LetterTemplateError(_said(error), _place(file, error.lineno)) from None
    for why, node in _barred(tree):
        raise LetterTemplateError(why, _place(file, node.lineno))
    parents = [n for n in tree.find_all(nodes.Extends) if isinstance(n.template, nodes.Const)]
    wanted = SHELL if file == f"{FRAME}{SUFFIX}" else f"{FRAME}{SUFFIX}"
    if [n.template.as_const() for n in parents] != [wanted]:
        raise LetterTemplateError(f'must begin with {{% extends "{wanted}" %}}', _place(file))


def _barred(tree: nodes.Template) -> Iterator[tuple[str, nodes.Node]]:
    """Yield what no template may have, and where."""
    for scope in tree.find_all((nodes.ScopedEvalContextModifier, nodes.EvalContextModifier)):
        yield "may not switch escaping off", scope
    for used in tree.find_all(nodes.Filter):
        if used.name not in FILTERS:
            yield f"may not use the filter {used.name!a}, only {', '.join(sorted(FILTERS))}", used
    for more in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport)):
        yield "may not take in other files", more


def _said(error: TemplateError) -> str:
    """Return what the template engine found wrong, in one line."""
    return (error.message or type(error).__name__).splitlines()[0][:200]


def _line(error: BaseException) -> int:
    """Return at which line of a template it went wrong."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _place(file: str, line: int = 1) -> Place:
    return Place(f"letters/{file}", line)


def _file(name: str) -> str:
    return f"letters/{name}{SUFFIX}"
