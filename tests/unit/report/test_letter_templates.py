# SPDX-License-Identifier: Apache-2.0
"""A workspace's own templates of letters: used when they are whole, refused at their place."""

from pathlib import Path

import pytest

from privseg.errors import InputError
from privseg.report.letter_kinds import LetterKind
from privseg.report.letter_templates import LetterTemplateError, own_templates, shipped
from privseg.report.letters import render_letter
from privseg.report.specimens import check_templates, specimen

START = '{% extends "frame.html.j2" %}\n{% block subject %}Done{% endblock %}\n'
GOOD = (
    START
    + "{% block body %}\n<ul>{% for line in done %}<li>{{ line }}</li>{% endfor %}</ul>"
    + "{% endblock %}\n"
)
SHOWS = "{% for line in done %}<p>{{ line }}</p>{% endfor %}"


def _tried(folder: Path, name: str, text: str | bytes) -> dict[str, str]:
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(data)
    own = own_templates(folder)
    check_templates(own)
    return dict(own)


def test_a_workspaces_own_template_is_used(tmp_path: Path) -> None:
    own = _tried(tmp_path, "done.html.j2", GOOD)
    page = render_letter(specimen(LetterKind.DONE), own=own)
    assert "<h1>Done</h1>" in page
    assert "Our reference" in page  # the frame is ours
    other = render_letter(specimen(LetterKind.REFUSED), own=own)
    assert other == render_letter(specimen(LetterKind.REFUSED))


def test_a_workspaces_own_frame_is_the_frame_of_every_letter(tmp_path: Path) -> None:
    frame = shipped("frame.html.j2").replace("<article>", '<article id="house">')
    own = _tried(tmp_path, "frame.html.j2", frame)
    for kind in LetterKind:
        assert '<article id="house">' in render_letter(specimen(kind), own=own)


@pytest.mark.parametrize("kind", ["frame", *LetterKind])
def test_a_copy_of_a_shipped_template_is_good(kind: str, tmp_path: Path) -> None:
    assert _tried(tmp_path, f"{kind}.html.j2", shipped(f"{kind}.html.j2"))


def test_no_folder_means_no_templates(tmp_path: Path) -> None:
    assert own_templates(tmp_path / "letters") == {}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("doen.html.j2", GOOD, r'letters/doen\.html\.j2:1:1: .*did you mean "done\.html\.j2"'),
        ("shell.html.j2", shipped("shell.html.j2"), "no letter's template has this name"),
        ("notes.txt", "x", "no letter's template has this name"),
        ("done.html.j2", GOOD + "{% if %}", r"letters/done\.html\.j2:5"),
        ("done.html.j2", GOOD.replace("{{ line }}", "{{ lien }}"), r"done\.html\.j2:4:1: .*'lien'"),
        ("done.html.j2", GOOD.replace("{{ line }}", "{{ line | safe }}"), r":4:1: .*filter 'safe'"),
        ("done.html.j2", START + "{% block body %}{% autoescape false %}" + SHOWS
         + "{% endautoescape %}{% endblock %}", r":3:1: may not switch escaping off"),
        ("done.html.j2", START + '{% block body %}{% include "refused.html.j2" %}{% endblock %}',
         r":3:1: may not take in other files"),
        ("done.html.j2", SHOWS, r'must begin with {% extends "frame\.html\.j2" %}'),
        ("done.html.j2", GOOD.replace("frame.html", "shell.html"), "must begin with"),
        ("frame.html.j2", GOOD, r'must begin with {% extends "shell\.html\.j2" %}'),
        ("done.html.j2", START + "{% block body %}<p>Done.</p>{% endblock %}",
         r"the letter done \(en\) does not show the fact 'done'"),
        ("frame.html.j2", shipped("frame.html.j2").replace("{{ law }}", "{% if law %}x{% endif %}"),
         "does not show the fact 'law'"),
        ("frame.html.j2", shipped("frame.html.j2").replace("says_complaint", "false"),
         "does not show the fact 'complaint'"),
        ("done.html.j2", START + "{% block body %}" + SHOWS + "<script>1</script>{% endblock %}",
         "may not have the element <script>"),
        ("done.html.j2", START + "{% block body %}" + SHOWS + '<img src="x">{% endblock %}',
         "may not have the element <img>"),
        ("done.html.j2", START + "{% block body %}" + SHOWS + '<p onclick="x">{% endblock %}',
         "may not have the attribute onclick of <p>"),
        ("done.html.j2", START + "{% block body %}" + SHOWS + "<style>p{}</style>{% endblock %}",
         "may not have the element <style>"),
        ("done.html.j2", START + "{% block body %}" + SHOWS
         + "{{ ''.__class__.__mro__ }}{% endblock %}", r"done\.html\.j2:3:1"),
        ("done.html.j2", b"\xff\xfe", "is not UTF-8 text"),
        ("done.html.j2", GOOD + " " * 70_000, "larger than 64 KiB"),
    ],
)  # fmt: skip
def test_a_bad_template_is_refused_with_its_place_and_never_passed_over(
    name: str, text: str | bytes, why: str, tmp_path: Path
) -> None:
    with pytest.raises(LetterTemplateError, match=why) as refused:
        _tried(tmp_path, name, text)
    assert isinstance(refused.value, InputError)
    assert str(refused.value).startswith(f"letters/{name}:")
    assert "mend it, or remove the file" in str(refused.value)
