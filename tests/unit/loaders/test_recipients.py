# SPDX-License-Identifier: Apache-2.0
"""Recipients in a policy: who gets what is said once, exactly, or the file is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from privseg.loaders import load_policy
from privseg.loaders.errors import DocumentError
from privseg.policy import Policy, check, digest
from privseg.policy.diff import diff
from privseg.policy.handing import UNNAMED, may_hand_over, natures_told
from privseg.policy.recipients import PSEUDONYM, Letter, RecipientRole, Webhook
from privseg.terms import Attribute, Category

TEXT = """privseg: policy/1
controller: club
notices:
  terms: {version: "1", sha256: %s, purposes: [mail, care]}
catalogue:
  crm:
    holds: people
    person: number
    retention: 365d
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      email: {role: direct_identifier, identifier: email}
      city: {type: text, category: location}
      illness: {type: text, category: health, special: true, nature: health}
      diary: {type: text, category: secrets, special: true}
  orders:
    holds: events
    event: purchase
    category: purchases
    person: number
    event_id: order
    time: at
    retention: 100d
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      amount: {type: money, currency: EUR, category: purchases}
purposes:
  mail:
    title: Letters
    kind: marketing
    basis: {consent: [DE]}
    categories: [location, purchases]
    notice: terms
    recipients: [mailer, shop]
  care:
    title: Care
    kind: service
    basis: {consent: [DE]}
    categories: [health, secrets]
    notice: terms
    recipients: [clinic]
segmenters:
  letters: {purpose: mail, reads: [city, purchase], run_by: [marketer]}
  carers: {purpose: care, reads: [illness, diary], run_by: [analyst]}
recipients:
  mailer:
    title: Example Mail
    role: processor
    country: DE
    contract: C-1
    notices: https://mailer.example.com/notices
    gets:
      mail: {identifier: email, attributes: [city]}
  shop:
    title: Example Shop
    role: third_party
    country: US
    transfer: standard contractual clauses
    notices: [1 Example Street, 12345 Exampletown]
    gets:
      mail: {identifier: pseudonym, epoch: "2026"}
  clinic:
    title: Example Clinic
    role: joint_controller
    country: DE
    notices: [2 Example Street]
    gets:
      care: {identifier: customer_number, attributes: [illness], natures: [health]}
register:
  name: The Example Club
  releases: {review: 365d}
""" % ("a" * 64)  # fmt: skip


def load(folder: Path, changes: Mapping[str, str] | None = None) -> Policy:
    text = TEXT
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "p.yaml"
    path.write_text(text, "utf-8")
    return load_policy(path, name="p.yaml")


def test_a_recipient_says_who_it_is_what_it_gets_and_where_it_is_told(tmp_path: Path) -> None:
    policy = load(tmp_path)
    mailer, shop = policy.recipients["mailer"], policy.recipients["shop"]
    assert (mailer.title, mailer.role, mailer.country) == (
        "Example Mail", RecipientRole.PROCESSOR, "DE",
    )  # fmt: skip
    gets = mailer.gets["mail"]  # type: ignore[index]
    assert (gets.identifier, gets.attributes, gets.natures) == ("email", {"city"}, set())
    assert mailer.notices == Webhook("https://mailer.example.com/notices")
    assert shop.notices == Letter(("1 Example Street", "12345 Exampletown"))
    assert shop.gets["mail"].identifier == PSEUDONYM  # type: ignore[index]
    assert (mailer.leaves_eea, shop.leaves_eea) == (False, True)
    assert policy.purposes["mail"].recipients == ("mailer", "shop")  # type: ignore[index]
    assert policy.register is not None
    assert (policy.register.name, policy.register.dpo, policy.register.review_days) == (
        "The Example Club", None, 365,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"recipients: [clinic]": "recipients: [clinik]"}, "unknown recipient 'clinik'; did you"),
        ({"recipients: [mailer, shop]": "recipients: [mailer]"}, "do not name 'shop'"),
        ({"      mail: {identifier: email": "      post: {identifier: email"}, "unknown purpose"),
        ({"identifier: email, attr": "identifier: telephone, attr"}, "no column holds"),
        ({"attributes: [city]": "attributes: [purchase]"}, "no column of a people source"),
        ({"attributes: [city]": "attributes: [email]"}, "no column of a people source"),
        ({"attributes: [city]": "attributes: [city, city]"}, "twice"),
        ({"natures: [health]": "natures: [wealth]"}, "unknown word"),
        ({"https://mailer": "http://mailer"}, "https://HOST"),
        ({"https://mailer": "https://ada:secret@mailer"}, "https://HOST"),
        ({"https://mailer.example.com/notices": "mailer.example.com"}, "https://HOST"),
        ({"notices: [2 Example Street]": "notices: []"}, "lines of an address"),
        ({"notices: [2 Example Street]": "notices: [' ']"}, "lines of an address"),
        ({"country: US": "country: USA"}, "ISO 3166"),
        ({"title: Example Shop": "title: ' '"}, "nothing is said"),
        ({"role: third_party": "role: friend"}, "unknown word"),
        ({"  clinic:\n    title": "  Clinic!:\n    title"}, "not a name"),
        ({'epoch: "2026"': 'epoch: " "'}, "nothing is said"),
        ({"review: 365d": "review: soon"}, "365d"),
    ],
)
def test_what_could_hand_people_to_the_wrong_place_is_refused_at_its_place(
    tmp_path: Path, change: dict[str, str], says: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, change)
    assert any(says in f.message for f in refused.value.findings), refused.value
    assert all(f.place.file == "p.yaml" for f in refused.value.findings)


def test_two_files_declare_no_recipient_twice(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(TEXT, "utf-8")
    again = TEXT[TEXT.index("recipients:\n  mailer") : TEXT.index("  shop:\n    title")]
    (tmp_path / "q.yaml").write_text(f"privseg: policy/1\n{again}register: {{name: x}}\n", "utf-8")
    with pytest.raises(DocumentError) as refused:
        load_policy(tmp_path, name="policies")
    told = [f.message for f in refused.value.findings]
    assert any("'mailer' is declared at" in m for m in told)
    assert any("'register' is declared in another file" in m for m in told)


# --- what may be handed over ---------------------------------------------------------------------


def allowed(policy: Policy, segmenter: str, to: str, *reads: str, reveals: str = "") -> bool:
    return may_hand_over(
        policy, segmenter=segmenter, recipient=to, reads=frozenset(map(Attribute, reads)),
        reveals=frozenset({Category(reveals)} if reveals else ()),
    ).allowed  # fmt: skip


def test_only_a_recipient_that_the_purpose_names_and_that_gets_people_gets_them(
    tmp_path: Path,
) -> None:
    policy = load(tmp_path)
    assert allowed(policy, "letters", "mailer", "purchase")
    assert not allowed(policy, "letters", "clinic", "purchase")
    assert not allowed(policy, "letters", "nobody", "purchase")
    assert not allowed(policy, "nobody", "mailer", "purchase")
    nothing = load(
        tmp_path, {"    gets:\n      mail: {identifier: email, attributes: [city]}\n": ""}
    )
    assert not allowed(nothing, "letters", "mailer", "purchase")


def test_a_protected_nature_is_told_only_where_the_policy_names_it(tmp_path: Path) -> None:
    policy = load(tmp_path)
    assert allowed(policy, "carers", "clinic", "illness")
    unnamed = load(tmp_path, {", natures: [health]": ""})
    assert not allowed(unnamed, "carers", "clinic", "illness")


def test_being_in_a_segment_tells_what_it_is_made_of_and_what_it_reveals(tmp_path: Path) -> None:
    policy = load(tmp_path, {", attributes: [illness], natures: [health]": ""})
    assert not allowed(policy, "carers", "clinic", "illness")  # nothing of it is in the file
    assert natures_told(policy, [], [Category("health")]) == {"health"}
    assert not allowed(policy, "carers", "clinic", reveals="health")


def test_what_is_special_and_says_no_nature_is_never_handed_over(tmp_path: Path) -> None:
    policy = load(tmp_path)
    assert natures_told(policy, [Attribute("diary")]) == {UNNAMED}
    assert not allowed(policy, "carers", "clinic", "diary")
    assert not allowed(policy, "carers", "clinic", reveals="secrets")


def test_what_the_segmenter_may_not_read_is_not_handed_over(tmp_path: Path) -> None:
    policy = load(tmp_path, {"reads: [city, purchase]": "reads: [purchase]"})
    decision = may_hand_over(
        policy, segmenter="letters", recipient="mailer", reads=frozenset({Attribute("purchase")})
    )
    assert not decision.allowed
    assert "city" in decision.errors[0]


# --- findings, digest and diff -------------------------------------------------------------------


def found(policy: Policy) -> list[str]:
    return [f.message for f in check(policy) if "mailer" in f.message or "shop" in f.message
            or "clinic" in f.message]  # fmt: skip


def test_a_sound_recipient_has_no_finding(tmp_path: Path) -> None:
    assert found(load(tmp_path)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"    transfer: standard contractual clauses\n": ""}, "outside the EEA"),
        ({"    contract: C-1\n": ""}, "no contract"),
        ({"    notices: [2 Example Street]\n": ""}, "takes notices"),
        ({", natures: [health]": ""}, "may not be told of health"),
    ],
)
def test_what_a_recipient_lacks_is_a_finding(
    tmp_path: Path, change: dict[str, str], says: str
) -> None:
    (message,) = found(load(tmp_path, change))
    assert says in message


WIDER = {
    "an identifier for a pseudonym": {
        'mail: {identifier: pseudonym, epoch: "2026"}': "mail: {identifier: email}"
    },
    "one more nature": {"natures: [health]": "natures: [health, genetic]"},
    "ends of its own": {"role: processor": "role: third_party"},
    "out of the EEA": {"country: DE\n    contract": "country: US\n    contract"},
}


@pytest.mark.parametrize("name", sorted(WIDER))
def test_handing_more_over_widens_a_policy_and_handing_less_narrows_it(
    tmp_path: Path, name: str
) -> None:
    old, new = load(tmp_path), load(tmp_path, WIDER[name])
    assert digest(old) != digest(new)
    assert any(c.widens for c in diff(old, new))
    assert any(c.narrows for c in diff(new, old))


def test_where_a_recipient_is_told_and_the_epoch_decide_and_words_do_not(tmp_path: Path) -> None:
    old = load(tmp_path)
    for change in (
        {"https://mailer.example.com/notices": "https://mailer.example.com/other"},
        {'epoch: "2026"': 'epoch: "2027"'},
        {"standard contractual clauses": "binding corporate rules"},
    ):
        new = load(tmp_path, change)
        assert digest(new) != digest(old)
        assert len(diff(old, new)) == 1
    words = {"title: Example Mail": "title: Mail Ltd", "name: The Example Club": "name: Club"}
    assert digest(load(tmp_path, words)) == digest(old)
