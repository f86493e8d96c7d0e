# SPDX-License-Identifier: Apache-2.0
"""The verbs about the record itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from privseg.engine.acting import Acting
from privseg.engine.audit import anchoring as audit_anchoring
from privseg.engine.audit import export as audit_export
from privseg.engine.audit import kit as audit_kit
from privseg.engine.audit import reading as audit_reading
from privseg.engine.audit import verifying as auditing
from privseg.engine.audit.anchoring import Kept, Window
from privseg.engine.audit.kit import KitPlanned
from privseg.engine.audit.reading import Proved
from privseg.engine.roles import Verb
from privseg.tlog import vkey


class RecordVerbs(Acting):
    """What auditors do with the log."""

    def audit_tail(self, count: int = 10) -> list[dict[str, object]]:
        """Return the newest entries of the log."""
        return audit_reading.tail(self._house, count, role=self._acting(Verb.AUDIT))

    def audit_show(self, number: int, *, sets: bool = False) -> dict[str, object]:
        """Return one entry with its body; of sets of people how many they are, unless ``sets``."""
        role = self._acting(Verb.AUDIT)
        return audit_reading.show(self._house, number, sets=sets, role=role)

    def audit_verify(self, *, anchors: Iterable[Path] = ()) -> dict[str, object]:
        """Check the whole log; the result names the first bad entry.

        ``anchors`` are folders of heads kept elsewhere, beside those of the settings.
        """
        role = self._acting(Verb.AUDIT)
        return auditing.verify(self._house, role=role, anchors=tuple(anchors))

    def audit_prove(self, number: int, out: Path) -> Proved:
        """Write the proof that one entry is in the log, and the entry, into a folder."""
        return audit_reading.prove(self._house, number, out, role=self._acting(Verb.AUDIT))

    def audit_export(self, out: Path) -> int:
        """Write the log as tiles into a new folder; return how many files."""
        return audit_export.export_tiles(self._house, out, role=self._acting(Verb.AUDIT))

    def plan_audit_kit(self, *, bodies: bool = False) -> KitPlanned:
        """Return what would go into a kit for a regulator."""
        return audit_kit.plan_kit(self._house, bodies=bodies, role=self._acting(Verb.AUDIT))

    def audit_kit(self, out: Path, *, bodies: bool = False) -> KitPlanned:
        """Write everything that a regulator needs into a new folder."""
        role = self._acting(Verb.AUDIT)
        return audit_kit.write_kit(self._house, out, bodies=bodies, role=role)

    def audit_anchor(self, folder: Path | None = None) -> list[Kept]:
        """Keep the log's newest head in a folder, or in those of the settings."""
        return audit_anchoring.anchor(self._house, folder, role=self._acting(Verb.AUDIT))

    def audit_window(self) -> Window:
        """Return how much of the log nobody else has seen."""
        self._acting(Verb.AUDIT)
        return audit_anchoring.window(self._house)

    def public_keys(self) -> Mapping[str, str]:
        """Return the verifier keys of the log and of the release register."""
        return {
            name: vkey(signer.name, signer.public_key)
            for name, signer in (
                ("audit", self._house.audit_signer),
                ("release", self._house.release_signer),
            )
        }
