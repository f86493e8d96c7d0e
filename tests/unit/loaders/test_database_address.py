# SPDX-License-Identifier: Apache-2.0
"""``database:`` is a file inside the workspace or the address of a server, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.workspace import WorkspaceConfig, load_workspace


def loaded(folder: Path, database: str) -> WorkspaceConfig:
    said = f'privseg: workspace/1\nid: ws-1\ndatabase: "{database}"\n'
    (folder / "privseg.yaml").write_text(said, "utf-8")
    return load_workspace(folder)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://db.example.com/privseg",
        "postgresql://privseg@db.example.com:5433/shop?sslmode=verify-ca&sslrootcert=/ca.pem",
        "postgresql:///privseg?host=/run/postgresql",
        "postgresql:///?service=shop",
        "postgresql://[::1]/privseg",
        "postgresql://a.example.com,b.example.com/privseg",
    ],
)
def test_an_address_is_taken_as_it_is_and_what_lies_beside_it_stays_here(
    tmp_path: Path, address: str
) -> None:
    config = loaded(tmp_path, address)
    assert config.database == address
    assert config.private == tmp_path.resolve() / ".privseg"


def test_a_file_is_still_a_file(tmp_path: Path) -> None:
    config = loaded(tmp_path, "data/shop.db")
    assert config.database == tmp_path.resolve() / "data/shop.db"
    assert config.private == tmp_path.resolve() / "data"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ada:s3cret@db.example.com/x",
        "postgresql://ada:@db.example.com/x",
        "postgresql://db.example.com/x?password=s3cret",
        "postgresql://db.example.com/x?sslpassword=s3cret",
        "postgresql://ada:s3cret@db.example.com:port/x",
        "mysql://ada:s3cret@db.example.com/x",
    ],
)
def test_a_password_is_refused_at_its_line_and_never_repeated(tmp_path: Path, address: str) -> None:
    with pytest.raises(DocumentError) as refused:
        loaded(tmp_path, address)
    (finding,) = refused.value.findings
    assert finding.place.line == 3
    assert "without a password" in str(finding)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgres://db.example.com/x",
        "mysql://db.example.com/x",
        "postgresql://db.example.com",
        "postgresql://db.example.com/a/b",
        "postgresql://db.example.com/x#y",
        "postgresql://[db.example.com/x",
        "postgresql://db.example.com/x?options=-csynchronous_commit%3Doff",
        "postgresql://db.example.com/x?target_session_attrs=any",
        "postgresql://db.example.com/x?application_name=psql",
    ],
)
def test_what_would_change_a_session_or_is_no_address_is_refused(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        loaded(tmp_path, address)
    assert refused.value.findings[0].place.line == 3
