# SPDX-License-Identifier: Apache-2.0
"""A witness (C2SP tlog-witness) on this machine: small, strict, and able to lie when told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from privseg.errors import IntegrityError
from privseg.tlog import (
    Checkpoint,
    MalformedRequestError,
    ProofMismatchError,
    Status,
    UnknownSignerError,
    WitnessKey,
    cosign,
    open_checkpoint,
    parse_add_checkpoint,
    parse_checkpoint,
    verify_consistency,
)
from privseg.tlog.tree import EMPTY_ROOT
from privseg.tlog.witness import SIZE_TYPE
from tests.twins.seed_key import PublicKey, SeedKey

SEEN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Witness:
    """What a witness decides; ``logs`` are the keys it trusts, by origin."""

    logs: Mapping[str, PublicKey]
    key: SeedKey = field(default_factory=lambda: SeedKey("witness.example/w1", b"w" * 32))
    now: Callable[[], datetime] = lambda: SEEN
    latest: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def vkey(self) -> str:
        return WitnessKey(self.key.name, self.key.public_key).vkey

    def answer(self, body: str) -> tuple[int, str, str]:
        """Return status, content type and body, in the order in which the protocol checks."""
        self.asked.append(body)
        try:
            request = parse_add_checkpoint(body)
            text = request.checkpoint.rpartition("\n\n")[0] + "\n"
            head = parse_checkpoint(text)
        except (MalformedRequestError, IntegrityError):
            return Status.MALFORMED, "text/plain", ""
        if head.origin not in self.logs:
            return Status.UNKNOWN, "text/plain", ""
        try:
            open_checkpoint(request.checkpoint, [self.logs[head.origin]])
        except (UnknownSignerError, IntegrityError):
            return Status.UNTRUSTED, "text/plain", ""
        if request.old_size > head.size:
            return Status.MALFORMED, "text/plain", ""
        with self._lock:
            return self._continue(request.old_size, request.proof, head, text)

    def _continue(
        self, old: int, proof: tuple[bytes, ...], head: Checkpoint, text: str
    ) -> tuple[int, str, str]:
        size, root = self.latest.get(head.origin, (0, EMPTY_ROOT))
        if old != size or (old == head.size and root != head.root):
            return Status.CONFLICT, SIZE_TYPE, f"{size}\n"
        try:
            verify_consistency(old, head.size, proof, root, head.root)
        except ProofMismatchError:
            return Status.INCONSISTENT, "text/plain", ""
        self.latest[head.origin] = (head.size, head.root)
        return Status.COSIGNED, "text/plain", cosign(text, self.key, at=self.now())


@contextmanager
def serving(answer: Callable[[str], tuple[int, str, str]]) -> Iterator[str]:
    """Serve a witness on a free port of this machine; yield its submission prefix."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            status, kind, said = answer(self.rfile.read(length).decode())
            if self.path != "/w/add-checkpoint":
                status, said = 404, ""
            data = said.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/w"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
