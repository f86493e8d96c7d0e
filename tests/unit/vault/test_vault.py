# SPDX-License-Identifier: Apache-2.0
"""Enrolling, finding and naming people; sealing things for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyroaring import FrozenBitMap

from privseg.pseudonym import Domain, IdentifierError
from privseg.terms import Ordinal, Purpose, SubjectId
from privseg.vault import (
    IdentifierConflictError,
    NothingIdentifiesError,
    PersonErasedError,
    SealBrokenError,
    UnknownIdentifierKindError,
    UnknownPersonError,
)
from privseg.vault.pages import BUCKET
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import (
    Opened,
    create,
    enrol_nameless,
    import_rows,
    reopen,
)

MAIL = Domain(Purpose("marketing.email"), recipient="mailer", epoch="2026")
ADS = Domain(Purpose("marketing.email"), recipient="ads", epoch="2026")


def email(name: str) -> SubjectId:
    return SubjectId("email", f"{name}@example.com")


def number(n: int) -> SubjectId:
    return SubjectId("customer_number", f"K-{n}")


def called(name: str) -> SubjectId:
    return SubjectId("name", name)


@pytest.fixture(params=["memory", "sql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    made = create(tmp_path, MemoryVault() if request.param == "memory" else None)
    yield made
    if request.param == "sql":
        made.close()


def refused(opened: Opened, rows: list[list[SubjectId]]) -> tuple[int, ...]:
    """Return which rows are refused as conflicts; nothing may have changed."""
    before = opened.storage.next_ordinal()
    with pytest.raises(IdentifierConflictError) as refusal:
        opened.vault.enrol(rows)
    assert opened.storage.next_ordinal() == before
    assert "example.com" not in str(refusal.value)
    return refusal.value.rows


def test_people_get_dense_ordinals_in_order(opened: Opened) -> None:
    assert opened.vault.enrol([[email("ada")], [email("grace")]]) == [0, 1]
    assert opened.vault.enrol([[email("hedy")]]) == [2]
    assert opened.vault.enrol([]) == []
    assert opened.vault.population.enrolled() == FrozenBitMap([0, 1, 2])


def test_somebody_known_is_found_again_however_they_write(opened: Opened) -> None:
    opened.vault.enrol([[email("ada")], [email("grace")]])
    again = [[SubjectId("email", " GRACE@example.com")], [email("hedy")], [email("ada")]]
    assert opened.vault.enrol(again) == [1, 2, 0]


def test_two_rows_about_one_person_are_one_person(opened: Opened) -> None:
    assert opened.vault.enrol([[email("ada")], [email("ada")], [email("grace")]]) == [0, 0, 1]


def test_any_identifier_finds_the_person(opened: Opened) -> None:
    opened.vault.enrol([[number(1), email("ada"), SubjectId("phone", "+49 30 1234567")]])
    found = opened.vault.resolve_many(
        [SubjectId("phone", "+49301234567"), email("ADA"), number(1), number(2), email("bob")]
    )
    assert found == [0, 0, 0, None, None]
    assert opened.vault.resolve(email("ada")) == 0


def test_a_later_row_can_add_an_identifier(opened: Opened) -> None:
    opened.vault.enrol([[email("ada")]])
    assert opened.vault.enrol([[number(1), email("ada")]]) == [0]
    assert opened.vault.enrol([[number(1), email("ada.new")]]) == [0]
    assert opened.vault.resolve(email("ada.new")) == opened.vault.resolve(number(1)) == 0


def test_identifiers_of_two_people_in_one_row_are_refused(opened: Opened) -> None:
    opened.vault.enrol([[email("ada")], [email("grace")]])
    assert refused(opened, [[email("hedy")], [email("ada"), email("grace")]]) == (2,)
    assert opened.vault.resolve(email("hedy")) is None


def test_two_customers_with_one_address_are_not_mixed(opened: Opened) -> None:
    opened.vault.enrol([[number(1), email("family")]])
    assert refused(opened, [[number(2), email("family")]]) == (1,)


@pytest.mark.parametrize("known", [[], [[email("family")]], [[number(1)]]])
def test_nor_are_they_when_both_come_in_one_file(
    opened: Opened, known: list[list[SubjectId]]
) -> None:
    opened.vault.enrol(known)
    rows = [[number(1), email("family")], [number(3)], [number(2), email("family")]]
    conflicts = refused(opened, rows)
    # With both known as two people already, the first row is the one that joins them.
    assert conflicts == (3,)


def test_a_customer_known_under_another_number_is_not_mixed_through_a_new_address(
    opened: Opened,
) -> None:
    opened.vault.enrol([[number(1), email("old")]])
    rows = [[email("old"), email("new")], [number(2), email("new")]]
    assert refused(opened, rows) == (2,)


def test_a_shared_contact_joins_nobody(opened: Opened) -> None:
    family = SubjectId("contact", "family@example.com")
    assert opened.vault.enrol([[number(1), family], [number(2), family]]) == [0, 1]
    with pytest.raises(UnknownIdentifierKindError):
        opened.vault.resolve(family)


def test_a_row_that_names_nobody_is_refused(opened: Opened) -> None:
    with pytest.raises(NothingIdentifiesError) as refusal:
        opened.vault.enrol([[email("ada")], [called("Grace")]])
    assert refusal.value.row == 2
    with pytest.raises(NothingIdentifiesError):
        opened.vault.enrol([[]])
    assert opened.vault.resolve(email("ada")) is None


def test_a_malformed_identifier_is_refused_with_its_row(opened: Opened) -> None:
    with pytest.raises(IdentifierError) as refusal:
        opened.vault.enrol([[email("ada")], [SubjectId("phone", "030 123456")]])
    assert refusal.value.row == 2
    assert "123456" not in str(refusal.value)
    assert opened.storage.next_ordinal() == 0


def test_a_person_is_named_as_they_were_given(opened: Opened) -> None:
    given = [SubjectId("email", "Ada@Example.com"), called("Ada L."), number(1)]
    opened.vault.enrol([given, [email("grace")]])
    assert sorted(opened.vault.identity(Ordinal(0)), key=str) == sorted(given, key=str)
    assert opened.vault.identity(Ordinal(1)) == [email("grace")]


def test_a_new_name_takes_the_place_of_the_old_one(opened: Opened) -> None:
    opened.vault.enrol([[email("ada"), called("Ada Byron")]])
    cells = opened.storage.cells(0)
    opened.vault.enrol([[email("ada"), called("Ada Byron")]])
    assert opened.storage.cells(0) == cells  # the same name is not written again
    opened.vault.enrol([[email("ada"), called("Ada King")]])
    assert opened.vault.identity(Ordinal(0)) == [email("ada"), called("Ada King")]


def test_of_two_names_in_one_file_the_last_counts(opened: Opened) -> None:
    opened.vault.enrol([[email("ada"), called("A")], [email("ada"), called("B")]])
    assert opened.vault.identity(Ordinal(0)) == [email("ada"), called("B")]


def test_two_people_of_one_name_have_unlike_cells(opened: Opened) -> None:
    opened.vault.enrol([[email("ada"), called("A")], [email("grace"), called("A")]])
    tags = {cell[2] for ordinal in (0, 1) for cell in opened.storage.cells(ordinal)}
    assert len(tags) == 4


def test_a_cell_moved_to_another_person_kind_or_key_is_refused(opened: Opened) -> None:
    opened.vault.enrol([[email("ada"), number(1)], [email("grace")]])
    (_, _, tag, blob, bond), (_, _, second, other, _) = opened.storage.cells(0)
    for moved in [
        (1, "email", tag, blob, bond),  # another person
        (0, "customer_number", tag, blob, bond),  # another kind
        (0, "email", second, blob, bond),  # another look-up key
        (0, "email", tag, other, bond),  # another content
    ]:
        for ordinal in (0, 1):
            opened.storage.drop_cells(ordinal, [c[2] for c in opened.storage.cells(ordinal)])
        opened.storage.add_cells([moved])
        with pytest.raises(SealBrokenError):
            opened.vault.identity(Ordinal(moved[0]))


def test_the_place_of_a_cell_names_person_kind_and_key(opened: Opened) -> None:
    at = opened.vault._identities._at
    tags = [b"1" * 32, b"2" * 32]
    places = [at(o, k, t) for o in (0, 1, 256) for k in ("email", "phone") for t in tags]
    assert len(set(places)) == 12


def test_nothing_of_an_identifier_is_stored_in_clear(tmp_path: Path) -> None:
    opened = create(tmp_path)
    opened.vault.enrol([[SubjectId("email", "Ada@Example.com"), called("Ada King")]])
    opened.close()
    stored = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"email" in stored  # positive control: the kind is there
    for needle in (b"ada@example.com", b"Ada@Example.com", b"Ada King", b"example"):
        assert needle not in stored


def test_a_pseudonym_is_the_same_within_a_domain_and_unlike_across(opened: Opened) -> None:
    first, second = opened.vault.enrol([[email("ada")], [email("grace")]])
    mail = opened.vault.pseudonyms([second, first, second], MAIL)
    assert mail == [opened.vault.pseudonym(o, MAIL) for o in (second, first, second)]
    assert len(set(mail)) == 2
    assert len(mail[0]) == 16
    assert not set(mail) & set(opened.vault.pseudonyms([first, second], ADS))


def test_what_is_sealed_for_a_person_opens_for_them_and_its_context_only(opened: Opened) -> None:
    ada, grace = opened.vault.enrol([[email("ada")], [email("grace")]])
    sealed = opened.vault.seal(ada, "consent.evidence", b"she ticked it")
    assert b"ticked" not in sealed
    assert opened.vault.unseal(ada, "consent.evidence", sealed) == b"she ticked it"
    with pytest.raises(SealBrokenError):
        opened.vault.unseal(grace, "consent.evidence", sealed)
    with pytest.raises(SealBrokenError):
        opened.vault.unseal(ada, "dsr.case", sealed)


def test_many_things_are_sealed_in_order(opened: Opened) -> None:
    ada, grace = opened.vault.enrol([[email("ada")], [email("grace")]])
    sealed = opened.vault.seal_many("note", [(grace, b"g"), (ada, b"a"), (grace, b"h")])
    opens = zip((grace, ada, grace), sealed, strict=True)
    assert [opened.vault.unseal(o, "note", blob) for o, blob in opens] == [b"g", b"a", b"h"]


def test_nobody_has_an_ordinal_that_was_not_given(opened: Opened) -> None:
    opened.vault.enrol([[email("ada")]])
    for stranger in (1, BUCKET, 2**32 - 1):
        with pytest.raises(UnknownPersonError):
            opened.vault.identity(Ordinal(stranger))
        with pytest.raises(UnknownPersonError):
            opened.vault.pseudonym(Ordinal(stranger), MAIL)


def test_enrolment_goes_on_in_the_next_bucket(opened: Opened) -> None:
    enrol_nameless(opened, BUCKET - 1)
    given = opened.vault.enrol([[email(n)] for n in ("ada", "grace", "hedy")])
    assert given == [BUCKET - 1, BUCKET, BUCKET + 1]
    assert [opened.vault.identity(o) for o in given] == [
        [email("ada")],
        [email("grace")],
        [email("hedy")],
    ]
    assert opened.vault.enrol([[email("hedy"), number(3)]]) == [BUCKET + 1]
    assert len(set(opened.vault.pseudonyms(given, MAIL))) == 3


def test_a_page_of_another_bucket_is_refused(opened: Opened) -> None:
    enrol_nameless(opened, BUCKET + 1)
    opened.storage.put_key_page(1, *opened.storage.key_page(0))
    with pytest.raises(SealBrokenError):
        opened.vault.identity(Ordinal(BUCKET))


def test_everybody_with_rows_so_far_is_the_population(opened: Opened) -> None:
    opened.vault.enrol([[email(n)] for n in ("ada", "grace", "hedy", "mary")])
    first = import_rows(opened, people={0: "DE"})
    second = import_rows(opened, people={0: "FR"}, events=[(1, 2, 100)])
    assert opened.vault.people(0) == FrozenBitMap()
    assert opened.vault.people(first) == FrozenBitMap([0])
    assert opened.vault.people(second) == FrozenBitMap([0, 2])
    assert [opened.vault.population.known_since(o) for o in (0, 1, 2)] == [first, None, second]


def test_somebody_suppressed_does_not_come_back_by_an_old_file(opened: Opened) -> None:
    ada, _ = opened.vault.enrol([[email("ada"), number(1), called("Ada")], [email("grace")]])
    assert not opened.vault.suppressed(email("ada"))
    facts = opened.vault.erase(ada, opened.columns, suppress=True)
    assert facts.suppressed_identifiers == 2
    assert opened.vault.suppressed(SubjectId("email", " ADA@example.com"))
    assert opened.vault.suppressed(number(1))
    assert not opened.vault.suppressed(email("grace"))
    old_file = [[email("ada")], [email("grace")], [email("new"), number(1)], [email("hedy")]]
    assert opened.vault.enrol(old_file) == [None, 1, None, 2]
    opened.vault.lift_suppression(email("ada"))
    assert opened.vault.enrol([[email("ada")]]) == [3]  # a new ordinal: old ones are never reused


def test_without_suppression_an_erased_person_can_come_again_as_somebody_new(
    opened: Opened,
) -> None:
    (ada,) = opened.vault.enrol([[email("ada")]])
    opened.vault.erase(ada, opened.columns)
    assert opened.vault.resolve(email("ada")) is None
    assert opened.vault.enrol([[email("ada")]]) == [1]


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    opened = create(tmp_path)
    ada, _ = opened.vault.enrol([[email("ada"), called("Ada")], [email("grace")]])
    pseudonym = opened.vault.pseudonym(ada, MAIL)
    sealed = opened.vault.seal(ada, "note", b"n")
    opened.close()
    again = reopen(opened.place)
    assert again.vault.resolve(email("ada")) == ada
    assert again.vault.identity(ada) == [email("ada"), called("Ada")]
    assert again.vault.pseudonym(ada, MAIL) == pseudonym
    assert again.vault.unseal(ada, "note", sealed) == b"n"
    again.close()


def test_somebody_erased_has_no_keys(opened: Opened) -> None:
    ada, grace = opened.vault.enrol([[email("ada")], [email("grace")]])
    sealed = opened.vault.seal(ada, "note", b"n")
    opened.vault.erase(ada, opened.columns)
    for attempt in (
        lambda: opened.vault.identity(ada),
        lambda: opened.vault.pseudonym(ada, MAIL),
        lambda: opened.vault.seal(ada, "note", b""),
        lambda: opened.vault.unseal(ada, "note", sealed),
        lambda: opened.vault.erase(ada, opened.columns),
    ):
        with pytest.raises(PersonErasedError):
            attempt()
    assert opened.vault.identity(grace) == [email("grace")]
    assert opened.vault.population.enrolled() == FrozenBitMap([grace])
    assert opened.vault.population.erased() == FrozenBitMap([ada])
