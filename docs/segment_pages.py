# SPDX-License-Identifier: Apache-2.0
"""The pages about each kind of segment, written from the shipped templates.

What a template means is said by the code itself, so that no page says something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from privseg.loaders.policy import load_policy
from privseg.loaders.segments import load_segment, load_segments
from privseg.policy import Catalogue
from privseg.segment import Library, clauses, read_set

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "policies" / "templates"
SHOP = ROOT / "policies" / "shop"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of segment: what it is for, and what to look out for."""

    title: str
    what: str
    beware: str


KINDS = {
    "demographic": Kind(
        "Demographic segments",
        "Who people are: age, gender, family, education, occupation.",
        "Much of this is near to what laws protect. Ask whether the offer needs it, and whether "
        "what people did would say it better. An age is what people told you: their consent "
        "depends on what was attested, never on this column.",
    ),
    "economic": Kind(
        "Economic segments",
        "What people can spend: income, housing, what they think of prices.",
        "Income is told in bands, and by few. Who did not answer is in no band; `not` over a band "
        "takes them in. Ask with `is_known: true` if you mean those who answered.",
    ),
    "geographic": Kind(
        "Geographic segments",
        "Where people live: country, region, town or countryside, city, postcode.",
        "Small places give small groups, and small groups are withheld. Text is compared without "
        "regard to case, accents' spelling and Arabic or Persian letter forms.",
    ),
    "psychographic": Kind(
        "Psychographic segments",
        "What people care for: values, interests, lifestyle, opinions. They come from surveys, and "
        "each question has a consent of its own.",
        "Only who answered and agreed is in these. A segment over two questions holds nobody who "
        "agreed to one of them only: see the report's line about who is not included.",
    ),
    "behavioural": Kind(
        "Behavioural segments",
        "What people did: bought, looked at, clicked, left in the cart, how often and where.",
        "A window ends at the report's moment. `not` over an event is true of everybody who did "
        "nothing, also of those who never did anything: add what they must have done.",
    ),
    "technographic": Kind(
        "Technographic segments",
        "What people come with: device, system, browser, app.",
        "These are known for few devices of one person. Do not infer who somebody is from them.",
    ),
    "value": Kind(
        "Value-based segments",
        "What people are worth to you: recency, frequency and money (RFM), expected value.",
        "A score stands on public cut points and parameters in the policy. Cut points taken from "
        "your own customers' data would let one person move another, so there are none; a model "
        "that is fitted to your customers is refused in reports.",
    ),
    "needs": Kind(
        "Needs-based segments",
        "Why people come: for themselves, for presents, for advice.",
        "A need that tells of health, faith or the like is special data even where the question "
        "was harmless. Say so with `reveals:`, and it is asked for.",
    ),
    "interest": Kind(
        "Interest and stage",
        "What people look at most, and how far they are on the way to buying.",
        "Below a minimum count nobody has an interest: one page says nothing about somebody.",
    ),
    "engagement": Kind(
        "Engagement segments",
        "How people react: opens, clicks, the channel and hour they prefer, fatigue.",
        "An e-mail may be opened by a machine. Clicks and visits say more than opens.",
    ),
    "business": Kind(
        "Business segments (B2B)",
        "What company people buy for: industry, size, reach, partners, account value.",
        "Belonging to a company is a read, too, and needs consent. Conditions over colleagues do "
        "not exist: they would let one person's data decide about another.",
    ),
    "lifecycle": Kind(
        "Lifecycle segments",
        "Where people stand with you: new, staying, quiet, back again.",
        "`every:` says how often `privseg segment run --due` finds the members anew.",
    ),
    "lists": Kind(
        "Lists, samples and segments of segments",
        "Whom you wrote to before, a stable share of everybody, and segments built on others.",
        "An uploaded list is a question about whoever is on it, so it is answered with noise and "
        "charged like any other. A sample stays the same for its name.",
    ),
}


def pages() -> Iterator[tuple[str, Iterator[str]]]:
    """Yield each kind's page: its name and its lines.

    Raises:
        ValueError: a template is of no kind, or a kind has no template.
    """
    templates = {path: _head(path, "Kind") for path in sorted(TEMPLATES.glob("*.yaml"))}
    if set(templates.values()) != set(KINDS):
        raise ValueError("every template has a kind, and every kind a template")
    for name, kind in KINDS.items():
        yield name, _page(kind, [p for p, k in templates.items() if k == name])


def _page(kind: Kind, templates: list[Path]) -> Iterator[str]:
    """Yield one page."""
    yield from (f"# {kind.title}", "", kind.what, "", f"**Look out:** {kind.beware}", "")
    yield from ("Start from a template, then check and change it:", "", "```text")
    first = templates[0].stem
    yield from (f"privseg segment new my-{first} --template {first}", "```", "")
    for path in templates:
        yield from _template(path)
    yield "[Back to the guide](README.md)"


def _template(path: Path) -> Iterator[str]:
    """Yield one template: when to use it, the file, what it means, what it reads."""
    catalogue, library = _shop()
    segment = load_segment(path, catalogue, name=path.name)
    yield from (f"## {path.stem}", "", f"Use it when {_head(path, 'When to use it')}", "")
    body = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    yield from ("```yaml", *body, "```", "")
    yield from ("In words:", "", *(f"- {text}" for text in clauses(segment.where)), "")
    reads = sorted(read_set(segment.where, catalogue, library))
    yield from (f"It reads {', '.join(f'`{name}`' for name in reads)}.", "")


@cache
def _shop() -> tuple[Catalogue, Library]:
    """Return the catalogue that the templates are written over, and the shop's own segments."""
    catalogue = load_policy(SHOP / "policies").catalogue
    return catalogue, load_segments(SHOP / "segments", catalogue)


def _head(path: Path, key: str) -> str:
    """Return what a comment at the top of a template says."""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith(f"# {key}: "):
            return line.partition(": ")[2]
    raise ValueError(f"{path.name} does not say: {key}")
