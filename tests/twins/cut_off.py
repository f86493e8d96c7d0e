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
                said = threading.Event()
                threading.Thread(target=self._out, args=(here, there, said), daemon=True).start()
                threading.Thread(target=self._back, args=(there, here, said), daemon=True).start()

    def _out(self, here: socket.socket, there: socket.socket, said: threading.Event) -> None:
        """Pass on what the program says, and note when it says the word."""
        with suppress(OSError):
            while data := here.recv(65_536):
                if self.armed and self._word in data:
                    said.set()  # before the server can hear it, and so before it can answer
                there.sendall(data)
        with suppress(OSError):
            there.shutdown(socket.SHUT_RDWR)

    def _back(self, there: socket.socket, here: socket.socket, said: threading.Event) -> None:
        """Pass on what the server says, but for its answer to the word."""
        with suppress(OSError):
            while data := there.recv(65_536):
                if said.is_set():
                    there.shutdown(socket.SHUT_RDWR)  # it has answered: it is done
                    break
                here.sendall(data)
        with suppress(OSError):
            here.shutdown(socket.SHUT_RDWR)
