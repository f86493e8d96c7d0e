# SPDX-License-Identifier: Apache-2.0
"""Silence of a vulnerability service is no answer: pip-audit's own exit code says 0 to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from supply.audit import Exit, Findings, main, read
from supply.locked import Locked, locked

SHA = "--hash=sha256:" + 64 * "0"
LOCK = f"""six==1.17.0 {SHA}
    # via privseg
tzdata==2026.6 {SHA}
    # via privseg
colorama==0.4.6 ; sys_platform == 'no such' {SHA}
    # via privseg
"""
KNOWN = {"six": [{"id": "EX-2026-1", "affected": []}]}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK)
    return path


class Service(ThreadingHTTPServer):
    """A service on this machine that speaks OSV's language, and knows what it is told."""

    known: Mapping[str, object] = {}
    status = 200
    asked: list[tuple[str, str]]


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        self.server.asked.append((name, asked["version"]))
        vulns = self.server.known.get(name)
        body = json.dumps({"vulns": vulns} if vulns else {}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def options(server: Service) -> list[str]:
    return ["-s", "osv", "--osv-url", f"http://127.0.0.1:{server.server_address[1]}/v1/query"]


def test_where_all_were_asked_about_and_none_is_known_it_is_clean(
    lock: Path, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options(service), lock) is Exit.NONE_KNOWN
    assert sorted(service.asked) == [("six", "1.17.0"), ("tzdata", "2026.6")]
    assert "no known vulnerability" in capsys.readouterr().out


def test_a_known_vulnerability_is_named(
    lock: Path, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.known = KNOWN
    assert main(options(service), lock) is Exit.VULNERABLE
    assert "vulnerable: six 1.17.0: EX-2026-1" in capsys.readouterr().out


def test_a_service_that_cannot_answer_is_told_and_is_no_clean_bill(
    lock: Path, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.status = 503
    assert main(options(service), lock) is Exit.NOT_ASKED
    assert "NOT AUDITED" in capsys.readouterr().out


def test_a_service_that_cannot_be_reached_is_told_and_is_no_clean_bill(
    lock: Path, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = options(service)
    service.server_close()  # nobody listens there any more
    assert main(closed, lock) is Exit.NOT_ASKED
    said = capsys.readouterr()
    assert "says nothing about vulnerabilities" in " ".join(said.out.split())
    assert "no known" not in said.out.lower() + said.err.lower()


SKIPPED = {"name": "tzdata", "skip_reason": "Dependency not found and could not be audited"}
CLEAN = {"name": "six", "version": "1.17.0", "vulns": []}


def of(*told: object) -> str:
    return json.dumps({"dependencies": told, "fixes": []})


@pytest.mark.parametrize(
    ("answer", "unanswered"),
    [
        (of(CLEAN, SKIPPED), 1),  # as pip-audit 2.10 writes it, with exit code 0
        (of(CLEAN), 1),
        (of(CLEAN, {"name": "tzdata", "version": "2025.1", "vulns": []}), 1),
        (of({"name": "six"}), 2),
        ("", 2),
        ("No known vulnerabilities found", 2),
        ("[]", 2),
        ("{}", 2),
        ('{"dependencies": null}', 2),
    ],
)
def test_a_package_without_an_answer_of_its_version_was_not_audited(
    lock: Path, answer: str, unanswered: int
) -> None:
    found = read(answer, locked(lock))
    assert (len(found.unanswered), found.exit) == (unanswered, Exit.NOT_ASKED)


def test_what_is_vulnerable_is_told_even_where_others_were_not_asked_about(lock: Path) -> None:
    bad = CLEAN | {"vulns": [{"id": "EX-2026-1"}, {"id": "EX-2026-2"}]}
    found = read(of(bad, SKIPPED), locked(lock))
    assert found == Findings(("six 1.17.0: EX-2026-1", "six 1.17.0: EX-2026-2"), ("tzdata 2026.6",))
    assert found.exit is Exit.VULNERABLE


def test_what_this_system_does_not_install_needs_no_answer() -> None:
    elsewhere = Locked("colorama", "0.4.6", "sys_platform == 'no such'", ("0" * 64,), ("privseg",))
    assert read(of(), [elsewhere]).exit is Exit.NONE_KNOWN
