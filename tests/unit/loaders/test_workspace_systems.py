# SPDX-License-Identifier: Apache-2.0
"""The ``systems:`` section: what it says, and every mistake at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.dsr.system_rules import Keep, SystemKind, SystemRules
from privseg.dsr.systems import OnErasure, Reach
from privseg.loaders.errors import DocumentError
from privseg.loaders.workspace import load_workspace

HEAD = "privseg: workspace/1\nid: shop\n"
WHOLE = """systems:
  crm:
    kind: postgresql
    where: postgresql://db.example.com/crm
    vacuum: true
    tables:
      people: {person: email, identifier: email, columns: all, on_erasure: delete, cascades: [log]}
      web.visits: {person: who, identifier: email, columns: [who, page], on_erasure: blank}
      invoices: {person: email, identifier: email, keep: {ground: gdpr.17.3.b, for: 10y}}
  lake:
    kind: csv
    where: data/lake
    delimiter: ;
    encoding: latin-1
    tables:
      year=2026/people: {person: id, identifier: customer_number, on_erasure: delete}
  mailing:
    kind: work_order
    people: Example Mailing Ltd
    tables:
      lists: {person: address, identifier: email, on_erasure: delete}
"""


def systems(folder: Path, text: str) -> dict[str, SystemRules]:
    (folder / "privseg.yaml").write_text(HEAD + text, encoding="utf-8")
    return {rules.name: rules for rules in load_workspace(folder).systems}


def test_the_section_says_where_each_system_is_and_what_an_erasure_does(tmp_path: Path) -> None:
    said = systems(tmp_path, WHOLE)
    crm, lake, mailing = said["crm"], said["lake"], said["mailing"]
    assert (crm.kind, crm.where, crm.vacuum) == (
        SystemKind.POSTGRESQL, "postgresql://db.example.com/crm", True,
    )  # fmt: skip
    people, visits, invoices = crm.tables
    assert (people.columns, people.cascades) == ((), {"log"})
    assert (visits.on_erasure, visits.columns) == (OnErasure.BLANK, ("who", "page"))
    assert (invoices.on_erasure, invoices.keep) == (OnErasure.KEEP, Keep("gdpr.17.3.b", "10y"))
    assert crm.places["people"].endswith("privseg.yaml:9:7")
    assert crm.erased_tables == (people, visits)
    assert lake.where == str(tmp_path.resolve() / "data" / "lake")
    assert (lake.delimiter, lake.encoding) == (";", "iso8859-1")
    assert (mailing.kind.reach, mailing.people) == (Reach.WORK_ORDER, "Example Mailing Ltd")


def test_it_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("privseg: systems/1\n" + WHOLE, "utf-8")
    assert systems(tmp_path, "systems: other.yaml\n").keys() == {"crm", "lake", "mailing"}
    assert load_workspace(tmp_path).systems_file == tmp_path.resolve() / "other.yaml"
    (tmp_path / "other.yaml").write_text(
        "privseg: systems/1\n" + WHOLE.replace("kind: csv", "kind: txt"), "utf-8"
    )
    with pytest.raises(DocumentError, match=r"other.yaml:12:11: error"):
        systems(tmp_path, "systems: other.yaml\n")
    with pytest.raises(DocumentError, match=r"privseg.yaml:3:10: error: the file of systems"):
        systems(tmp_path, "systems: nowhere.yaml\n")


def test_nothing_is_said_by_default(tmp_path: Path) -> None:
    assert systems(tmp_path, "") == {}


ONE = """systems:
  crm:
    kind: sqlite
    where: crm.db
    tables:
      people: {person: email, identifier: email, on_erasure: delete}
"""
MISTAKES = [
    ("crm:", "C r m:", "4:3", "not a name"),
    ("kind: sqlite", "kind: mysql", "5:11", "unknown word 'mysql'"),
    ("where: crm.db", "where: ''", "6:12", "say where it is"),
    ("where: crm.db", "where: https://x.example/crm.db", "6:12", "a path on this machine"),
    ("where: crm.db", "people: Ada", "6:13", "for work_order alone"),
    ("where: crm.db", "where: crm.db\n    delimiter: ;", "7:16", "for csv alone"),
    ("kind: sqlite", "kind: csv\n    delimiter: ;;", "6:16", "one character"),
    ("kind: sqlite", "kind: csv\n    encoding: utf-16", "6:15", "one of utf-8"),
    ("kind: sqlite", "kind: parquet\n    vacuum: true", "6:13", "sqlite and postgresql alone"),
    ("kind: sqlite\n    where: crm.db", "kind: work_order", "4:3", "a letter"),
    ("kind: sqlite\n    where: crm.db",
     "kind: postgresql\n    where: postgresql://a:secret@x.com/c", "6:12", "without a password"),
    ("      people: {person: email, identifier: email, on_erasure: delete}", "      {}", "7:5",
     "no table"),
    ("      people:", "      ../people:", "8:7", "not the name of a table"),
    ("      people:", "      a/people:", "8:7", "not the name of a table"),
    ("identifier: email", "identifier: name", "8:43", "two people may share it"),
    (", on_erasure: delete", "", "8:7", "say on_erasure"),
    ("on_erasure: delete", "on_erasure: drop", "8:62", "delete"),
    ("on_erasure: delete", "on_erasure: blank", "8:62", "list them"),
    ("on_erasure: delete", "on_erasure: delete, keep: {ground: X, for: 1y}", "8:70",
     "cannot be kept"),
    ("on_erasure: delete", "keep: {ground: '?', for: 1y}", "8:65", "code of a ground"),
    ("on_erasure: delete", "keep: {ground: X, for: ever}", "8:73", "how long"),
    ("on_erasure: delete", "on_erasure: delete, columns: [a, a]", "8:83", "twice"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "why"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_at_its_place(
    old: str, new: str, place: str, why: str, tmp_path: Path
) -> None:
    assert old in ONE
    with pytest.raises(DocumentError) as refused:
        systems(tmp_path, ONE.replace(old, new, 1))
    lines = [line for line in str(refused.value).splitlines() if f"yaml:{place}: " in line]
    assert any(why in line for line in lines), refused.value
    assert "secret" not in str(refused.value)
