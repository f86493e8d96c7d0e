# SPDX-License-Identifier: Apache-2.0
"""A club that hands people over: its recipients, and a recipient's machine that takes notices."""

from __future__ import annotations

import ipaddress
import json
import shutil
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from privseg.engine import Outside, Workspace
from privseg.loaders import load_policy
from tests.twins import club

RECIPIENTS = """privseg: policy/1
recipients:
  mailer:
    title: Example Mail
    role: processor
    country: DE
    contract: C-1
    notices: https://localhost/notices
    gets:
      marketing: {identifier: email, attributes: [country, hobby]}
  broker:
    title: Example Broker
    role: third_party
    country: US
    transfer: standard contractual clauses
    notices: [1 Example Street, 12345 Exampletown]
    gets:
      marketing: {identifier: pseudonym, attributes: [country]}
  panel:
    title: Example Panel
    role: joint_controller
    country: FR
    gets:
      marketing: {identifier: pseudonym}
      care: {identifier: pseudonym}
  bookkeeper:
    title: Example Books
    role: processor
    country: DE
    contract: C-2
"""
NAMED = {"marketing": "[mailer, broker, panel, bookkeeper]", "care": "[panel]"}


def hands_over(ws: Workspace, *, recipients: str = RECIPIENTS, url: str = "") -> Workspace:
    """Let a club hand people over, by the files of its policy."""
    folder = ws.folder / "policies"
    (club,) = [p for p in folder.glob("*.yaml") if "controller:" in p.read_text("utf-8")]
    text = club.read_text("utf-8")
    for purpose, names in NAMED.items():
        head = f"\n  {purpose}:\n"
        if f"{head}    recipients:" not in text:
            text = text.replace(head, f"{head}    recipients: {names}\n")
    club.write_text(text, "utf-8")
    said = recipients.replace("https://localhost/notices", url or "https://localhost/notices")
    (folder / "recipients.yaml").write_text(said, "utf-8")
    forget_rules(ws)
    return ws


@contextmanager
def opened_copy(sixty: Path, folder: Path, clock: club.Clock | None = None) -> Iterator[Workspace]:
    """Open a copy of a club and its key."""
    for part in ("club", "keys"):
        shutil.copytree(sixty / part, folder / part)
    settings = folder / "club" / "privseg.yaml"
    settings.write_text(settings.read_text("utf-8").replace(str(sixty), str(folder)), "utf-8")
    with Workspace.open(folder / "club", outside=Outside(clock=clock or club.Clock())) as ws:
        yield ws


def forget_rules(ws: Workspace) -> None:
    """Read the rules anew, as a new process would."""
    ws._house.forget_rules()
    load_policy(ws.folder / "policies")  # a mistake shows here


@dataclass
class Machine:
    """A recipient's machine: what it was posted, and what it answers next."""

    url: str = ""
    trust: ssl.SSLContext | None = None
    answers: list[int] = field(default_factory=list)  # 0: it hangs up after having read; else 200
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    @property
    def notices(self) -> list[dict[str, Any]]:
        """Return the documents that it was posted."""
        return [json.loads(body)["notice"] for _, _, body in self.got]


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Run a recipient's machine on this one, with a certificate that only its clients trust."""
    made = Machine()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = _certificate(folder)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.url = f"https://localhost:{server.server_address[1]}/notices"
    made.trust = ssl.create_default_context(cafile=str(certificate))
    serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def _handler(made: Machine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append((self.path, dict(self.headers), body))
            status = made.answers.pop(0) if made.answers else 200
            if not status:
                return  # no answer: the connection just ends
            self.send_response(status)
            if status in range(300, 400):
                self.send_header("Location", made.url.replace("/notices", "/elsewhere"))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _certificate(folder: Path) -> Path:
    """Return a file with a key and a certificate of this machine alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "machine.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
