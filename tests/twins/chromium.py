# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that is talked to over a pipe (DevTools protocol): no socket, no network."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-first-run",
    "--no-default-browser-check", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 60.0  # seconds for one answer of the browser
KEYS = {"Tab": 9, "Enter": 13}  # the codes of keys that are pressed here


def find() -> str | None:
    """Return the browser's program, where one is installed."""
    return next((p for n in NAMES if (p := shutil.which(n)) is not None), None)


class Browser:
    """One page of a browser."""

    def __init__(self, answers: int, orders: int, folder: Path) -> None:
        self._answers, self._orders, self._folder = answers, orders, folder
        self._asked, self._shown, self._rest = 0, 0, b""
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **facts: Any) -> Any:
        """Ask the page something and return the answer."""
        self._asked += 1
        asked = {"id": self._asked, "method": method, "params": facts}
        if self._session is not None:
            asked["sessionId"] = self._session
        data = json.dumps(asked).encode() + b"\0"
        while data:
            data = data[os.write(self._orders, data) :]
        while (answer := self._next()).get("id") != self._asked:
            pass
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def show(self, html: str, *, width: int, dark: bool = False, media: str = "screen") -> None:
        """Open a page of this width in a light or dark theme, as from a file."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=width < 500,
        )  # fmt: skip
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self._shown += 1
        file = self._folder / f"page-{self._shown}.html"
        file.write_text(html, "utf-8")
        self.call("Page.navigate", url=file.as_uri())
        self._wait(f"document.readyState === 'complete' && location.href.endsWith('{file.name}')")

    def run(self, script: str) -> Any:
        """Return what an expression gives in the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press and let go a key."""
        facts = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **facts, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **facts)

    def picture(self) -> bytes:
        """Return the whole page as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def printed(self) -> bytes:
        """Return the page as PDF, A4."""
        size = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True}
        return base64.b64decode(self.call("Page.printToPDF", **size)["data"])

    def _wait(self, condition: str) -> None:
        until = time.monotonic() + PATIENCE
        while not self.run(condition):
            assert time.monotonic() < until, f"never came true: {condition}"
            time.sleep(0.01)

    def _next(self) -> Any:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], PATIENCE)
            more = os.read(self._answers, 1 << 16) if ready else b""
            assert more, "the browser does not answer"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


@contextmanager
def browser(program: str) -> Iterator[Browser]:
    """Start a browser with a profile of its own; end it and remove the profile."""
    their_orders, orders = os.pipe()
    answers, their_answers = os.pipe()
    folder = Path(tempfile.mkdtemp(prefix="privseg-browser-"))
    script = f'exec "$@" 3<&{their_orders} 4>&{their_answers}'  # where the protocol has its ends
    command = ["/bin/bash", "-c", script, "sh", program, *FLAGS, f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        command, pass_fds=(their_orders, their_answers),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(their_orders)
    os.close(their_answers)
    try:
        yield Browser(answers, orders, folder)
    finally:
        os.close(orders)
        process.terminate()
        process.wait(PATIENCE)
        os.close(answers)
        shutil.rmtree(folder, ignore_errors=True)
