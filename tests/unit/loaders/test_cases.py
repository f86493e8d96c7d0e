# SPDX-License-Identifier: Apache-2.0
"""Files of cases: what they mean, and every mistake of one at its place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from privseg.consent import Act, Authority, ConsentStatus, Method, ReasonCode
from privseg.loaders.case import PERSON, Case, MayRead, MayUse
from privseg.loaders.case_times import MOST, UNITS, absolute, born, moment
from privseg.loaders.cases import case_files, load_cases
from privseg.loaders.errors import DocumentError, Mistakes
from privseg.loaders.schemas import schema
from privseg.terms import Place, StaffRole

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = Place("c.yaml", 1)
ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "policies").rglob("cases/*.yaml*"))
TEXT = """\
privseg: cases/1
at: 2026-06-01
cases:
  late:
    because: A late withdrawal reaches back.
    ask: {purpose: mail, category: purchases, at: 2026-05-01, known_at: 2d ago}
    given:
      jurisdiction: DE
      age: 14
      acts:
        - {act: grant, when: 30d ago, explicit: true, authority: guardian, idle: 90d, uses: 3}
        - {act: withdraw, when: 12h ago, recorded: 3d later, purpose: all, name: late}
        - {act: resolve, of: late, value: discard, method: api}
        - {act: merge, with: phone}
      linked:
        phone: {born: 2012-02-29, acts: [{act: opt_out, categories: [purchases]}]}
    expect: {answer: denied, status: withdrawn, reasons: [withdrawn]}
  plain:
    because: Nobody reads it.
    ask: {segmenter: letters, attribute: diary, role: marketer}
    expect: denied
"""


def loaded(tmp_path: Path, text: str = TEXT) -> tuple[Case, ...]:
    path = tmp_path / "c.yaml"
    path.write_text(text, "utf-8")
    return load_cases(path, name="c.yaml").cases


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        loaded(tmp_path, text)
    return [str(f) for f in refused.value.findings]


def test_a_case_about_a_person_is_read_whole(tmp_path: Path) -> None:
    case, _ = loaded(tmp_path)
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert case.ask == MayUse("mail", "purchases", at, at - timedelta(days=2), case.ask.place)
    assert case.given is not None
    person, phone = case.given[PERSON], case.given["phone"]
    grant, withdrawal, resolve, merge = person.acts
    assert (person.jurisdiction, person.born) == ("DE", born(14, at))
    month_ago = at - timedelta(days=30)
    assert (grant.act, grant.when, grant.recorded) == (Act.GRANT, month_ago, month_ago)
    assert (grant.explicit, grant.authority, grant.idle_days, grant.uses) == (
        True, Authority.GUARDIAN, 90, 3,
    )  # fmt: skip
    assert (grant.purpose, grant.categories, grant.notice) == (None, None, None)
    assert grant.method is Method.FORM
    assert (withdrawal.recorded, withdrawal.every_purpose) == (at + timedelta(days=3), True)
    assert (resolve.of, resolve.value, merge.linked) == ("late", "discard", "phone")
    assert phone.born == date(2012, 2, 29)
    assert phone.acts[0].categories == {"purchases"}
    assert case.expected.status is ConsentStatus.WITHDRAWN
    assert case.expected.reasons == {ReasonCode.WITHDRAWN}
    assert str(grant.place) == "c.yaml:11:11"


def test_a_case_without_a_person_asks_the_policy(tmp_path: Path) -> None:
    _, case = loaded(tmp_path)
    assert case.given is None
    assert case.ask == MayRead(
        "letters", "diary", StaffRole.MARKETER, NOON, None, Place("c.yaml", 20, 5)
    )
    assert not case.expected.allowed


CASE = """privseg: cases/1
cases:
  one:
    because: why
    ask: {{purpose: mail, category: purchases}}
    given: {given}
    expect: {expect}
"""
WRONG = {
    "age: 200": "from 0 to 130 years",
    "born: 1990-01-01, age: 3": "say born or age, not both",
    "jurisdiction: UK": "not an ISO 3166 country or region, such as DE or US-CA; the United "
    "Kingdom is GB",
    "acts: [{act: steal}]": "unknown word 'steal'; there are: activity, attest_age, ",
    "acts: [{act: grant, when: yesterday}]": "expected a moment, such as 30d ago",
    "acts: [{act: grant, when: 2026-02-30}]": "expected a moment, such as 2026-03-03",
    "acts: [{act: grant, when: 99999999d ago}]": "further off than 40000 days",
    "acts: [{act: grant, purpose: all}]": "a grant names a purpose and categories",
    "acts: [{act: grant, categories: []}]": "a grant names a purpose and categories",
    "acts: [{act: grant, uses: 0}]": "at least 1",
    "acts: [{act: grant, idle: 3 weeks}]": "expected whole days, such as 365d",
    "acts: [{act: grant, text: abc}]": "a SHA-256 has 64 hexadecimal digits",
    "acts: [{act: merge}]": "merge needs 'with'",
    "acts: [{act: merge, with: tablet}]": "nothing here is called 'tablet'",
    "acts: [{act: grant, with: phone}], linked: {phone: {}}": "grant has no 'with'",
    "acts: [{act: resolve, value: accept}]": "resolve needs 'of'",
    "acts: [{act: resolve, of: x, value: accept}]": "nothing here is called 'x'",
    "acts: [{act: grant, name: x}, {act: resolve, of: x, value: maybe}]": "accept or discard",
    "acts: [{act: grant, name: x}, {act: refuse, name: x}]": "'x'",
    "acts: [{act: attest_age, value: young}]": "say when they were born",
    "acts: [{act: attest_jurisdiction}]": "say where",
    "acts: [{act: happened}]": "say what happened",
    "linked: {Phone: {}}": "not a name that can be used here",
}


@pytest.mark.parametrize("given", WRONG)
def test_a_mistake_in_what_is_given_is_told_at_its_place(tmp_path: Path, given: str) -> None:
    (told, *_) = mistakes(tmp_path, CASE.format(given=f"{{{given}}}", expect="denied"))
    assert told.startswith("c.yaml:6:")
    assert WRONG[given] in told


@pytest.mark.parametrize(
    ("expect", "says"),
    [
        ("perhaps", "unknown word 'perhaps'"),
        ("{answer: denied, reason: withdrawn, reasons: [withdrawn]}", "reason (one of them)"),
        ("{answer: denied, says: may not}", "only a read has grounds"),
        ("{answer: denied, status: sad}", "unknown word 'sad'"),
        ("{status: given}", "key 'answer' is missing"),
    ],
)
def test_a_mistake_in_what_is_expected_is_told(tmp_path: Path, expect: str, says: str) -> None:
    (told, *_) = mistakes(tmp_path, CASE.format(given="{}", expect=expect))
    assert told.startswith("c.yaml:7:")
    assert says in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("privseg: cases/1\ncases: {}\n", "name at least one case"),
        ("privseg: cases/2\ncases: {}\n", "version '2' is not read here"),
        ("privseg: policy/1\ncases: {}\n", "another kind of file"),
        (TEXT.replace("because: Nobody reads it.", 'because: " "'), "say why the answer is right"),
        (TEXT.replace("  plain:", "  Plain one:"), "not a name that can be used here"),
        (TEXT.replace("at: 2026-06-01", "at: 3d ago"), "expected a moment, such as 2026-03-03"),
        (TEXT.replace("at: 2026-06-01", "policy: ../p.yaml"), "in the folder of the cases"),
        (
            TEXT.replace("    expect: denied\n", "    expect: {answer: denied, status: given}\n"),
            "only an answer about a person has it",
        ),
        (
            TEXT.replace("{segmenter: letters, attribute: diary, role: marketer}",
                         "{purpose: mail, category: x}"),
            "say what is given of the person",
        ),
        (
            TEXT.replace("{segmenter: letters, attribute: diary, role: marketer}",
                         "{segmenter: letters, purpose: mail}"),
            "cannot stand together",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_not_one_of_cases_is_refused(tmp_path: Path, text: str, says: str) -> None:
    assert any(says in told for told in mistakes(tmp_path, text))


def test_only_files_of_cases_are_taken_from_a_folder(tmp_path: Path) -> None:
    assert case_files(tmp_path / "none", "cases") == []
    assert case_files(tmp_path, "cases") == []
    (tmp_path / "a.yaml").write_text(TEXT, "utf-8")
    (tmp_path / "policy.yaml").write_text("privseg: policy/1\ncontroller: shop\n", "utf-8")
    (tmp_path / "notes.md").write_text("notes", "utf-8")
    assert [name for _, name in case_files(tmp_path, "cases")] == ["cases/a.yaml"]


@given(st.integers(0, MOST), st.sampled_from(sorted(UNITS)), st.booleans())
def test_a_relative_moment_lies_as_far_away_as_it_says(
    number: int,
    unit: str,
    later: bool,  # noqa: FBT001
) -> None:
    noted = Mistakes()
    text = f"{number}{unit} {'later' if later else 'ago'}"
    found = moment(text, NOON, HERE, noted)
    assert found - NOON == number * UNITS[unit] * (1 if later else -1)
    assert not noted.findings


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_absolute_moment_is_read_as_it_is_written(when: datetime) -> None:
    noted = Mistakes()
    when = when.replace(microsecond=0)
    text = when.isoformat().replace("+00:00", "Z")
    assert absolute(text, HERE, noted) == moment(text, NOON, HERE, noted) == when
    assert not noted.findings


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_a_mistake(text: str) -> None:
    noted = Mistakes()
    assert moment(text, NOON, HERE, noted).tzinfo is not None


@given(st.integers(0, 110))
def test_somebody_of_an_age_is_of_it_all_day_long(age: int) -> None:
    day = born(age, NOON)
    birthday_passed = (NOON.month, NOON.day) >= (day.month, day.day)
    assert NOON.year - day.year - (not birthday_passed) == age


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.name)
def test_shipped_cases_load_and_fit_their_schema(path: Path) -> None:
    assert load_cases(path).cases
    document = YAML(typ="safe").load(path.read_text("utf-8"))
    texts = YAML(typ="base").load(path.read_text("utf-8"))
    assert document["privseg"] == texts["privseg"]
    jsonschema.Draft202012Validator.check_schema(schema("cases"))
    assert set(document) <= set(schema("cases")["properties"])


def test_there_are_shipped_cases() -> None:
    assert len(CASES) >= 3
