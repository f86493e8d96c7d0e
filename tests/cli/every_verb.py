# SPDX-License-Identifier: Apache-2.0
"""A day at the command line: every verb once, in an order in which each has something to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import typer.main

from privseg.cli.app import app
from tests.cli.command_line import Answer, Shell

ADA, GRACE = "C0000001\n", "C0000002\n"  # two of the demo's invented customers
PASSPHRASE = "7Q2MH-0ABCD-XYZ12-WWWWW\n"  # of the vector of a sealed answer
RECIPIENT = "privseg1cen3r5tqhakdaw7iomxn76oliegkyot3ifznlh5k4z6er3jmrez6vzwexi"
DAY: Sequence[tuple[str, str]] = (  # command line, standard input
    ("init ../new", ""),
    ("demo ../small --people 1000", ""),
    ("doctor", ""),
    ("source list", ""),
    ("source propose data/crm.csv", ""),
    ("source import crm data/crm.csv", ""),
    ("source import crm data/crm.csv --dry-run", ""),
    ("source snapshot", ""),
    ("consent import data/consents.csv", ""),
    ("consent record withdraw --id-from - --purpose marketing.lifecycle", ADA),
    ("consent show --id-from -", ADA),
    ("consent import data/consents.csv --dry-run", ""),
    ("consent record grant --id-from - --purpose marketing.lifecycle --category purchases", ADA),
    ("consent receipt --id-from -", ADA),
    ("consent export --id-from - --out ../ada.jsonl", ADA),
    ("consent notice", ""),
    ("consent quarantine", ""),
    ("consent coverage --dry-run", ""),
    ("consent coverage --purpose marketing.lifecycle", ""),
    ("consent rebuild", ""),
    ("policy check", ""),
    ("policy explain lifecycle-marketing age", ""),
    ("policy test", ""),
    ("policy diff policies policies", ""),
    ("policy impact policies --dry-run", ""),
    ("policy schema cases", ""),
    ("policy propose", ""),
    ("source expire", ""),
    ("segment check", ""),
    ("segment explain lapsed-big-spenders", ""),
    ("segment guide", ""),
    ("segment new --list", ""),
    ("segment new gone-quiet-here --template gone-quiet", ""),
    ("segment deps big-spenders", ""),
    ("segment run big-spenders lapsed-big-spenders", ""),
    ("run --due", ""),
    ("segment preview lapsed-big-spenders", ""),
    ("segment plan lapsed-big-spenders", ""),
    ("segment history lapsed-big-spenders", ""),
    ("segment diff lapsed-big-spenders", ""),
    ("segment propose lapsed-big-spenders", ""),
    ("report check customer-overview", ""),
    ("report explain customer-overview", ""),
    ("report run customer-overview --dry-run", ""),
    ("report run customer-overview", ""),
    ("verify out/customer-overview.json", ""),
    ("audience list", ""),
    ("audience export big-spenders --to printer --out ../handed.csv --dry-run", ""),
    ("audience export big-spenders --to printer --out ../handed.csv", ""),
    ("register processing --out ../processing.html", ""),
    ("register releases --out ../releases.html", ""),
    ("learn check personas", ""),
    ("learn explain personas", ""),
    ("learn run personas --dry-run", ""),
    ("learn run personas", ""),
    ("consent taint", ""),
    ("budget show", ""),
    ("budget history", ""),
    ("budget plan year.yaml", ""),
    ("budget recover", ""),
    ("dsr open access --id-from -", ADA),
    ("dsr list", ""),
    ("dsr show 1", ""),
    ("dsr linked 1 --dry-run", ""),
    ("dsr linked 1", ""),
    ("dsr confirm 1", ""),
    ("dsr verify 1 --ask", ""),
    ("dsr verify 1 --account", ""),
    ("dsr plan 1", ""),
    ("dsr run 1", ""),
    ("dsr close 1", ""),
    ("dsr write 1 received --dry-run", ""),
    ("dsr write 1 received", ""),
    ("dsr letter 1", ""),
    ("dsr letters --out ../specimens", ""),
    ("dsr guide --out ../guide.html", ""),
    ("dsr due --within 60d", ""),
    ("dsr calendar --out ../deadlines.ics", ""),
    ("dsr metrics --year 2026 --everyone", ""),
    ("dsr metrics --year 2026 --out ../requests.csv", ""),
    ("dsr expire", ""),
    ("dsr expire --yes", ""),
    ("dsr open erasure --id-from - --identity account", GRACE),
    ("dsr run 2", ""),
    ("dsr run 2 --yes", ""),
    ("dsr open portability --id-from - --jurisdiction DE", ADA),
    ("dsr extend 3 --reasons-from -", "much was asked\n"),
    ("dsr refuse 3 --ground ProcessExcessive --reasons-from -", "it is the fourth this month\n"),
    ("dsr open categories --id-from -", ADA),
    ("dsr withdraw 4", ""),
    ("dsr hold place --id-from - --review 2999-01-01 --why-from why.txt", ADA),
    ("dsr hold list", ""),
    ("dsr hold lift 5", ""),
    ("dsr receipt 2", ""),
    ("dsr notices", ""),
    ("dsr notices --send", ""),
    ("dsr notices --posted 2", ""),
    ("system list", ""),
    ("system check", ""),
    ("dsr proof 2 archive --from why.txt", ""),
    ("dsr suppressed --id-from -", GRACE),
    ("dsr matches", ""),
    ("dsr kept", ""),
    ("dsr import requests.csv --dry-run", ""),
    ("dsr import requests.csv --out ../taken.csv", ""),
    ("dsr run --all --kind opt_out_sale", ""),
    ("dsr disputed", ""),
    ("dsr verify 7 --account", ""),
    ("dsr run 7 --plain", ""),
    ("dsr seal 7", ""),
    ("dsr read-answer sealed.html --passphrase-from -", PASSPHRASE),
    ("who person --id-from -", ADA),
    ("who read --category purchases --since 2026-01-01", ""),
    ("who breach --segment big-spenders", ""),
    ("who notify --segment big-spenders --out ../to-tell.csv", ""),
    ("who notify --segment big-spenders --out ../to-tell.csv --yes", ""),
    ("who rebuild", ""),
    ("audit tail", ""),
    ("audit show 1", ""),
    ("audit verify", ""),
    ("audit prove 1 --out ../proof", ""),
    ("audit export ../log", ""),
    ("audit kit ../kit --dry-run", ""),
    ("audit kit ../kit", ""),
    ("audit anchor ..", ""),
    ("keys show", ""),
    ("keys recipient --out ../me.key", ""),
    (f"keys backup --to {RECIPIENT} --out ../shop.backup", ""),
    ("keys backups", ""),
    ("keys recover", ""),
    ("keys rotate", ""),
    ("keys rotate --yes", ""),
    ("keys rotate-audit --reason yearly", ""),
    ("keys rotate-audit --reason yearly --yes", ""),
    ("keys move ../moved.json", ""),
    ("keys move ../moved.json --yes", ""),
    ("whoami", ""),
    ("staff show", ""),
    ("staff check", ""),
    ("reidentify list", ""),
)
YEAR = """privseg: budget-plan/1
year: 9998
entries: [{report: customer-overview, every: month}]
"""  # far ahead: it is never over

SYSTEMS = """systems:
  shop-data:
    kind: csv
    where: data
    tables: {crm: {person: customer_id, identifier: customer_number, on_erasure: delete}}
  archive:
    kind: work_order
    people: Example Archive
    tables: {boxes: {person: number, identifier: customer_number, on_erasure: delete}}
"""

REQUESTS = "kind,identifier,reference\nopt_out_sale,C0000003,T-1\naccess,C0000004,T-2\n"


def _sealed() -> str:
    """Return a sealed answer: that of the format's vectors."""
    vectors = Path(__file__).parents[1] / "vectors" / "dsr" / "sealed.json"
    (vector,) = json.loads(vectors.read_text("utf-8"))["opens"]
    return f'<pre id="sealed" hidden>{json.dumps(vector["data"])}</pre>'


def every_verb(shop: Path, folder: Path, options: Sequence[str]) -> dict[str, Answer]:
    """Return what each command of the day left, run with ``options`` in a copy of the shop."""
    ada = Shell.in_copy(shop, folder)
    (ada.folder / "year.yaml").write_text(YEAR, "utf-8")
    with (ada.folder / "privseg.yaml").open("a", encoding="utf-8") as settings:
        settings.write(SYSTEMS)
    (ada.folder / "requests.csv").write_text(REQUESTS, "utf-8")
    (ada.folder / "why.txt").write_text("a claim of last year\n", "utf-8")
    (ada.folder / "sealed.html").write_text(_sealed(), "utf-8")
    return {line: ada(*line.split(), *options, given=given) for line, given in DAY}


@cache
def paths() -> tuple[tuple[str, ...], ...]:
    """Return the path of every verb and group that the command line has."""
    return tuple(_below(typer.main.get_command(app), ()))


def _below(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    for name, verb in getattr(command, "commands", {}).items():
        yield from _below(verb, (*path, name))


def verbs() -> list[str]:
    """Return every verb, without the groups."""
    known = paths()
    return [" ".join(p) for p in known if p and not any(q[:-1] == p for q in known)]


def verb_of(line: str) -> str:
    """Return the verb that a command line calls."""
    return next(v for v in sorted(verbs(), key=len, reverse=True) if f"{line} ".startswith(f"{v} "))
