# SPDX-License-Identifier: Apache-2.0
"""Secrets as somebody at the keyboard would give them."""

from __future__ import annotations

from dataclasses import dataclass, field

from privseg.vault import SecretMissingError

WORDS = "correct horse battery staple"
KEY = "Zm9yIHRlc3RzIG9ubHkgMTIzNDU2Nzg5MGFiY2RlZmc="  # 32 bytes


@dataclass
class Given:
    """What is typed, and what the environment holds; counts how often it was asked."""

    words: str = WORDS
    variables: dict[str, str] = field(default_factory=dict)
    asked: list[bool] = field(default_factory=list)

    def passphrase(self, *, new: bool) -> str:
        self.asked.append(new)
        if not self.words:
            raise SecretMissingError("nobody is at the keyboard")
        return self.words

    def variable(self, name: str) -> str:
        if name not in self.variables:
            raise SecretMissingError(f"variable {name} is not set")
        return self.variables[name]
