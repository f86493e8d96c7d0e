# SPDX-License-Identifier: Apache-2.0
"""A wire between a program and its server that is cut at a chosen moment, the worst there is."""

from __future__ import annotations

import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PORT = ".s.PGSQL.5432"


class Wire:
    """A socket that passes everything on until somebody says ``word``.

    The word itself still reaches the server, and its answer still comes to here; then the wire is
    cut, so that the program never hears what became of it.
    """

    def __init__(self, url: str, word: bytes) -> None:
        self._word = word
        (there,) = parse_qs(urlsplit(url).query)["host"]
        self._server = f"{there}/{PORT}"
        self._folder = tempfile.mkdtemp(prefix="privseg-wire-")
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(f"{self._folder}/{PORT}")
        self._door.listen()
        self.url = url.replace(there, self._folder)
        self.armed = False
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more calls."""
        self._door.close()
        Path(self._folder, PORT).unlink()
        Path(self._folder).rmdir()

    def _serve(self) -> None:
        """Take calls."""
        with suppress(OSError):
            while True:
                here, _ = self._door.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(self._server)
                for pair in ((here, there, True), (there, here, False)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, outwards: bool) -> None:  # noqa: FBT001
        """Pass bytes on in one direction."""
        with suppress(OSError):
            while data := source.recv(65_536):
                if outwards and self.armed and self._word in data:
                    sink.sendall(data)
                    sink.recv(1, socket.MSG_PEEK)  # the server has answered: it is done
                    source.shutdown(socket.SHUT_RDWR)
                    sink.shutdown(socket.SHUT_RDWR)
                    return
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
