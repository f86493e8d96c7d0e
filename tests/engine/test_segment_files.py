# SPDX-License-Identifier: Apache-2.0
"""Segments as files: begun from templates, checked, traced; no key, no database, no people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from privseg.engine.errors import UnknownReportError
from privseg.engine.policy.rulebook import Rulebook
from privseg.engine.segment.checking import check_segments
from privseg.engine.segment.deps import dependencies
from privseg.engine.segment.new import (
    NotASegmentNameError,
    SegmentThereError,
    UnknownSegmenterError,
    UnknownTemplateError,
    new_segment,
    templates,
)
from privseg.errors import InputError
from privseg.loaders import Shipped, copy_shipped
from tests.twins import club

TEMPLATES = [t.name for t in templates()]


@pytest.fixture
def book(tmp_path: Path) -> Rulebook:
    """The rules of the shop, as files."""
    copy_shipped(Shipped.SHOP, tmp_path / "shop")
    return Rulebook.at(tmp_path / "shop")


@pytest.fixture
def small_book(tmp_path: Path) -> Rulebook:
    """The rules of the club, as files."""
    club.lay(tmp_path / "club")
    return Rulebook.at(tmp_path / "club")


def anew(book: Rulebook) -> Rulebook:
    return Rulebook(book.policies, book.segments_folder, book.reports_folder)


def snapshot(book: Rulebook) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in book.segments_folder.iterdir()}


# --- new -----------------------------------------------------------------------------------------


def test_every_template_says_in_its_first_line_when_to_use_it() -> None:
    assert len(TEMPLATES) > 40
    assert all(len(t.when) > 20 and not t.when.startswith("#") for t in templates())


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_segment_from_any_template_is_sound_in_the_shop(book: Rulebook, name: str) -> None:
    made = new_segment(book, "brand-new", template=name)
    assert made.lacks == ()
    assert made.path == book.segments_folder / "brand-new.yaml"
    checked = check_segments(anew(book), ["brand-new"])
    assert checked.mistakes == ()
    assert [(j.segment, j.allowed) for j in checked.segments] == [("brand-new", True)]


def test_the_name_and_the_segmenter_are_set_and_all_else_is_the_template(book: Rulebook) -> None:
    made = new_segment(book, "brand-new", template="holdout", segmenter="assortment")
    text = made.path.read_text("utf-8")
    assert re.findall(r"^segment(?:er)?: .*$", text, re.MULTILINE) == [
        "segment: brand-new", "segmenter: assortment"
    ]  # fmt: skip
    assert text.startswith("# When to use it: ")


def test_without_a_choice_the_segmenter_is_one_that_may_read_it(small_book: Rulebook) -> None:
    """Of the club's two only "letters" may read when somebody bought for how much."""
    assert new_segment(small_book, "new", template="big-baskets").segmenter == "letters"


def test_what_the_catalogue_lacks_is_told_at_its_place(small_book: Rulebook) -> None:
    made = new_segment(small_book, "new", template="abandoned-cart")
    assert "add_to_cart" in made.lacks[0].message
    assert str(made.lacks[0].place).startswith("segments/new.yaml:")


def test_a_segment_that_the_template_builds_on_and_that_is_not_there_is_told(
    small_book: Rulebook,
) -> None:
    made = new_segment(small_book, "new", template="best-without-holdout")
    assert "big-spenders" in made.lacks[0].message


@pytest.mark.parametrize(
    ("name", "more", "error"),
    [
        ("gardeners", {}, SegmentThereError),
        ("Not A Name", {}, NotASegmentNameError),
        ("../above", {}, NotASegmentNameError),
        ("new", {"template": "gone-quit"}, UnknownTemplateError),
        ("new", {"segmenter": "nobody"}, UnknownSegmenterError),
    ],
)
def test_what_cannot_be_written_changes_nothing(
    small_book: Rulebook, name: str, more: dict[str, str], error: type[Exception]
) -> None:
    before = snapshot(small_book)
    with pytest.raises(error):
        new_segment(small_book, name, **{"template": "holdout", **more})
    assert snapshot(small_book) == before


def test_a_segment_of_that_name_in_another_file_is_not_doubled(small_book: Rulebook) -> None:
    folder = small_book.segments_folder
    (folder / "gardeners.yaml").rename(folder / "others.yaml")
    with pytest.raises(SegmentThereError):
        new_segment(small_book, "gardeners", template="holdout")
    assert not (folder / "gardeners.yaml").exists()


def test_a_template_that_is_misspelled_is_suggested(small_book: Rulebook) -> None:
    with pytest.raises(UnknownTemplateError, match='did you mean "gone-quiet"'):
        new_segment(small_book, "new", template="gone-quit")


# --- check ---------------------------------------------------------------------------------------


def test_all_segments_are_checked_and_the_refused_are_told(small_book: Rulebook) -> None:
    found = check_segments(small_book)
    assert {j.segment: j.allowed for j in found.segments} == {
        "buyers": True, "confiding": True, "diarists": False, "gardeners": True
    }  # fmt: skip


def test_a_file_outside_the_folder_is_checked_on_its_own(
    small_book: Rulebook, tmp_path: Path
) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text("segment: mine\nsegmenter: letters\nwhere: {segment: buyers}\n", "utf-8")
    found = check_segments(small_book, [str(draft)])
    assert [(j.segment, j.allowed) for j in found.segments] == [("mine", True)]


def test_every_mistake_of_a_file_is_told_at_its_place(small_book: Rulebook, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    text = "segment: mine\nsegmenter: letters\nwhere:\n  all:\n    - {attribute: hobbi, is_known: true}\n    - {event: purchas}\n"  # noqa: E501
    draft.write_text(text, "utf-8")
    found = check_segments(small_book, [str(draft)])
    assert [f.place.line for f in found.mistakes] == [5, 6]
    assert "hobby" in found.mistakes[0].message
    assert found.segments == ()


def test_a_folder_of_segments_is_checked(small_book: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.yaml").write_text(
        "segment: a\nsegmenter: letters\nwhere: {event: purchase}\n", "utf-8"
    )
    found = check_segments(small_book, [str(tmp_path / "more")])
    assert [j.segment for j in found.segments] == ["a"]


def test_a_file_that_refers_to_nothing_is_a_mistake(small_book: Rulebook, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text("segment: mine\nsegmenter: letters\nwhere: {segment: byers}\n", "utf-8")
    found = check_segments(small_book, [str(draft)])
    assert "byers" in found.mistakes[0].message


def test_an_unknown_name_is_refused(small_book: Rulebook) -> None:
    with pytest.raises(UnknownReportError, match="gardeners"):
        check_segments(small_book, ["gardner"])


def test_colours_that_are_hard_to_see_are_warnings_and_no_mistakes(
    small_book: Rulebook,
) -> None:
    path = small_book.segments_folder / "buyers.yaml"
    path.write_text(path.read_text("utf-8") + 'colour: "#ffff66"\n', "utf-8")
    found = check_segments(small_book, ["buyers", "gardeners"])
    assert found.mistakes == ()
    (warning,) = found.warnings
    assert warning.startswith("buyers: #ffff66 stands out from light paper by 1")
    assert not check_segments(anew(small_book), ["gardeners"]).warnings


# --- deps ----------------------------------------------------------------------------------------


def test_what_a_segment_uses_and_what_uses_it(book: Rulebook) -> None:
    found = dependencies(book, "big-spenders")
    assert "purchase.amount" in found.uses.attributes
    assert found.uses.events == ("purchase",)
    assert found.used_by_segments == ("lapsed-big-spenders",)
    assert "customer-overview" in found.used_by_reports
    assert dependencies(book, "lapsed-big-spenders").uses.segments == ("big-spenders",)


def test_who_builds_on_a_user_is_told_apart(small_book: Rulebook) -> None:
    for name, base, more in (("a", "buyers", ""), ("b", "a", "every: 2d\n")):
        (small_book.segments_folder / f"{name}.yaml").write_text(
            f"segment: {name}\nsegmenter: letters\nwhere: {{segment: {base}}}\n{more}", "utf-8"
        )
    found = dependencies(small_book, "buyers")
    assert (found.used_by_segments, found.through) == (("a",), ("b",))
    assert found.scheduled_users == ("b",)
    assert dependencies(small_book, "b").schedule is not None


def test_scores_lists_accounts_and_samples_are_told_apart(book: Rulebook) -> None:
    for template, part in (
        ("best-customers", "scores"), ("spring-letter", "lists"),
        ("valuable-accounts", "accounts"), ("holdout", "samples"),
    ):  # fmt: skip
        new_segment(book, f"new-{template}", template=template)
        found = dependencies(anew(book), f"new-{template}").uses
        assert getattr(found, part), template


def test_there_are_no_dependencies_of_what_is_not_there(small_book: Rulebook) -> None:
    with pytest.raises(InputError):
        dependencies(small_book, "nobody")
