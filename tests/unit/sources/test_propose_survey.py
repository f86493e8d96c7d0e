# SPDX-License-Identifier: Apache-2.0
"""A survey's export: what is proposed, what is left out, and that it can be used as it stands."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from privseg.loaders.policy import load_policy
from privseg.loaders.segments import load_segment
from privseg.policy import ColumnType, Policy, Severity, Source, SourceKind, check
from privseg.sources import FileError, Survey, propose_catalogue, propose_policy, read_table

OFTEN = "How often do you buy from us?"
LIKES = "Which of these do you like? (several)"
SCORE = "How likely are you to recommend us, from 0 to 10?"
PHONE = "How many hours a day do you use your mobile phone?"
FAMILY, FREEDOM = "What matters to you? [Family]", "What matters to you? [Freedom]"
ALLERGY = "Do you have an allergy that we should know of?"
ELSE = "Anything else that you would like to tell us?"
NAME = "What is your name, if we may ask?"


def answers(number: int) -> dict[str, object]:
    return {
        "Timestamp": f"2026-01-{number % 28 + 1:02d} 10:00:00",
        "Response ID": f"R-{number:04d}",
        "IP Address": f"192.0.2.{number}",
        "Email Address": f"person{number}@example.com",
        OFTEN: ("weekly", "monthly", "rarely")[number % 3],
        LIKES: ("Sport;Fashion;", "Fashion;Home", "Sport", "Home; Travel;Sport")[number % 4],
        SCORE: number % 11,
        PHONE: number % 9,
        FAMILY: "Family" if number % 2 else "",
        FREEDOM: "Freedom" if number % 3 else "",
        ALLERGY: ("nuts", "none")[number % 2],
        ELSE: f"My neighbour in street {number} says hello",
        NAME: f"Ada {number}",
        "Comments": "",
    }


def export(folder: Path, **more: object) -> Path:
    path = folder / "spring_survey.csv"
    rows = [answers(n) | more for n in range(60)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def proposed(path: Path, survey: Survey) -> tuple[Policy, Source, str]:
    """Return the policy that a proposal loads as, its source and its text."""
    text = propose_policy(path, name=path.stem, controller="my-company", survey=survey)
    policies = path.parent / "policies"
    (policies / "notices").mkdir(parents=True)
    (policies / "notices" / "privacy.en.md").write_text("What we tell people.")
    (policies / "mine.yaml").write_text(text)
    policy = load_policy(policies)
    return policy, policy.catalogue.sources[path.stem], text


def test_each_question_is_an_attribute_with_a_consent_category_of_its_own(tmp_path: Path) -> None:
    _, source, _ = proposed(export(tmp_path), Survey())
    assert (source.kind, source.person) == (SourceKind.PEOPLE, "Email Address")
    found = {c.name: (str(c.type), str(c.category)) for c in source.columns if c.category}
    assert found == {
        OFTEN: ("category", "survey-how-often-do-you-buy-from-us"),
        LIKES: ("set", "survey-which-of-these-do-you-like-several"),
        SCORE: ("integer", "survey-how-likely-are-you-to-recommend-us-from"),
        PHONE: ("integer", "survey-how-many-hours-a-day-do-you-use-your-mob"),
        FAMILY: ("category", "survey-what-matters-to-you"),
        FREEDOM: ("category", "survey-what-matters-to-you"),
        ALLERGY: ("category", "survey-do-you-have-an-allergy-that-we-should-kn"),
    }


def test_several_answers_in_a_cell_are_a_set_with_its_separator(tmp_path: Path) -> None:
    path = export(tmp_path)
    _, source, _ = proposed(path, Survey())
    [likes] = [c for c in source.columns if c.type is ColumnType.SET]
    assert (likes.values, likes.separator) == (("Fashion", "Home", "Sport", "Travel"), ";")
    cells = read_table(path, source).table.column(likes.attribute).to_pylist()
    assert cells[:4] == [["Fashion", "Sport"], ["Fashion", "Home"], ["Sport"], ["Home", "Sport", "Travel"]]  # fmt: skip  # noqa: E501


def test_several_answers_with_a_bar_between_them_are_a_set(tmp_path: Path) -> None:
    path = export(tmp_path)
    path.write_text(path.read_text("utf-8").replace(";Fashion;", "|Fashion").replace(";", "|"))
    _, source, _ = proposed(path, Survey())
    [likes] = [c for c in source.columns if c.type is ColumnType.SET]
    assert likes.separator is None
    assert read_table(path, source).table.column(likes.attribute).to_pylist()[2] == ["Sport"]


def test_free_text_and_how_a_form_was_filled_in_are_left_out_with_the_reason(
    tmp_path: Path,
) -> None:
    _, source, text = proposed(export(tmp_path), Survey())
    assert source.leaves_out == {
        "Timestamp", "Response ID", "IP Address", "Comments", ELSE, NAME,
    }  # fmt: skip
    [line] = [line for line in text.splitlines() if ELSE in line]
    assert "free text" in line
    assert "neighbour" not in text
    assert "Ada" not in text
    assert "192.0.2" not in text


def test_free_text_is_proposed_when_it_is_asked_for_and_marked_as_probably_personal(
    tmp_path: Path,
) -> None:
    _, source, text = proposed(export(tmp_path), Survey(free_text=True))
    [said] = [c for c in source.columns if c.name == ELSE]
    assert said.type is ColumnType.TEXT
    assert "free text, which is probably personal" in text
    assert "neighbour" not in text


def test_what_a_question_asks_of_health_is_special_and_read_by_nobody(tmp_path: Path) -> None:
    policy, source, _ = proposed(export(tmp_path), Survey())
    [allergy] = [c for c in source.columns if c.special]
    assert (allergy.name, allergy.nature) == (ALLERGY, "health")
    assert all(allergy.attribute not in s.reads for s in policy.segmenters.values())


def test_a_proposal_has_no_mistake_and_its_file_is_imported_and_segmented(tmp_path: Path) -> None:
    path = export(tmp_path)
    policy, source, text = proposed(path, Survey())
    assert [f for f in check(policy) if f.severity is Severity.ERROR] == []
    assert read_table(path, source).rows == 60
    segment = tmp_path / "survey.yaml"
    segment.write_text(propose_catalogue(path, name=path.stem, survey=Survey()).segment)
    found = load_segment(segment, policy.catalogue)
    assert found.segmenter in policy.segmenters
    assert "# segment: spring-survey" in text


def test_answers_that_few_gave_are_not_shown(tmp_path: Path) -> None:
    path = export(tmp_path)
    text = path.read_text("utf-8")
    path.write_text(text.replace("weekly", "on the day my sister was born", 1), "utf-8")
    _, source, proposal = proposed(path, Survey())
    assert "my sister" not in proposal
    assert next(c for c in source.columns if c.name == OFTEN).values == (
        "monthly", "rarely", "weekly",
    )  # fmt: skip


def test_a_survey_that_some_answered_without_a_name_says_so(tmp_path: Path) -> None:
    path = export(tmp_path)
    text = path.read_text("utf-8").replace("person7@example.com", "")
    path.write_text(text, "utf-8")
    _, source, proposal = proposed(path, Survey())
    assert source.person == "Email Address"
    assert "import the file with --quarantine" in proposal
    assert read_table(path, source, quarantine=True).rows == 59


def test_a_survey_that_somebody_answered_twice_says_so(tmp_path: Path) -> None:
    path = export(tmp_path)
    path.write_text(path.read_text("utf-8").replace("person7@example.com", "person8@example.com"))
    assert "keep one row of each person" in propose_policy(path, name="s", survey=Survey())


def test_an_anonymous_survey_asks_for_a_column_that_says_whose_answers_they_are(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"{SCORE.replace(',', '')}\n" + "".join(f"{n % 9}\n" for n in range(40)))
    assert "no column says whom a row is about" in propose_policy(path, name="s", survey=Survey())


def test_questions_in_any_script_have_categories_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = "".join(f"{n},{('نعم', 'لا')[n % 2]},{('نعم', 'لا')[n % 3 > 0]}\n" for n in range(60))
    path.write_text("customer_id,هل تحب القهوة؟,هل تحب الشاي؟\n" + rows, "utf-8")
    _, source, _ = proposed(path, Survey())
    assert {str(c.category) for c in source.columns if c.category} == {
        "survey-question", "survey-question-2",
    }  # fmt: skip


def test_a_question_stands_for_one_column_only(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"Email,{OFTEN},{OFTEN}\nada@example.com,weekly,rarely\n")
    with pytest.raises(FileError, match="same name"):
        propose_policy(path, name="s", survey=Survey())
