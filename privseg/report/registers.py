# SPDX-License-Identifier: Apache-2.0
"""Pages and tables of the registers, from their documents: to print, to file, to send on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from privseg.report.export_csv import harmless
from privseg.report.language import ENGLISH, Language, marked
from privseg.report.render import page

Json = Mapping[str, Any]

FACTS = {
    "name": marked("the controller's name"),
    "address": marked("the controller's address"),
    "contact": marked("how the controller is reached"),
    "dpo": marked("the data protection officer"),
    "subjects": marked("whose data they are"),
    "measures": marked("technical and organisational measures"),
    "supervised_by": marked("who supervises that releases are anonymous"),
    "risk_analysis": marked("where the analysis of the risks is"),
    "review_days": marked("when the risks are looked at again"),
}
"""What the policy's section ``register`` may lack, in words."""

WORDS = {
    "missing": marked("Not stated: {facts}. Say it in the policy's section register."),
    "no_contract": marked("Recipient {about} has no contract (GDPR Art. 28(3))."),
    "no_transfer": marked(
        "Recipient {about} is in {facts}: no safeguard of the transfer is stated (GDPR Art. 44-49)."
    ),
    "no_retention": marked(
        "Purpose {about} reads sources without a time limit: {facts} (GDPR Art. 30(1)(f))."
    ),
    "no_notice": marked("Purpose {about} has no notice (GDPR Art. 13, 14)."),
    "unused_segmenter": marked("Segmenter {about} was not used in the past year: is it needed?"),
    "unused_attributes": marked("Segmenter {about} may read what nobody read in a year: {facts}."),
    "unused_recipient": marked("Recipient {about} was handed nobody in a year, for {facts}."),
    "undeclared_read": marked("Segmenter {about} read what the policy does not declare: {facts}."),
    "undeclared_recipient": marked(
        "Recipient {about} was handed people for {facts}, which the policy does not declare."
    ),
    "undeclared_fields": marked(
        "Recipient {about} was handed what the policy does not declare: {facts}."
    ),
    "retention_not_kept": marked(
        "Source {about} holds data whose time is over. Remove them: privseg source expire."
    ),
    "forged": marked("Release {about} is not as it was signed. Ask who changed it."),
    "review_due": marked("The risks of release {about} were to be looked at again by {facts}."),
}
"""Every finding in words, by its code."""

CODES = {
    "consent": marked("consent"),
    "contract": marked("contract"),
    "legal_obligation": marked("legal obligation"),
    "vital_interests": marked("vital interests"),
    "public_task": marked("public task"),
    "legitimate_interest": marked("legitimate interest"),
    "opt_out": marked("opt-out"),
    "processor": marked("processor"),
    "service_provider": marked("service provider"),
    "contractor": marked("contractor"),
    "third_party": marked("third party"),
    "joint_controller": marked("joint controller"),
    "marketing": marked("marketing"),
    "advertising": marked("advertising"),
    "analytics": marked("analytics"),
    "service": marked("service"),
    "storage": marked("storage"),
    "legal_claims": marked("legal claims"),
    "marketer": marked("marketer"),
    "analyst": marked("analyst"),
    "engineer": marked("engineer"),
    "compliance_officer": marked("compliance officer"),
    "auditor": marked("auditor"),
    "counsel": marked("counsel"),
    "admin": marked("administrator"),
}
"""The closed lists of policies that a page tells, in words."""

COLUMNS = (
    "purpose", "title", "kind", "basis", "categories", "natures", "sources", "retention_days",
    "consent_lasts_days", "notice", "dpia", "segmenters", "attributes", "recipients", "transfers",
    "last_read",
)  # fmt: skip
RELEASE_COLUMNS = (
    "register", "index", "technique", "title", "purpose", "released_at", "data_at", "precision",
    "loss", "sha256", "is_signed", "review_by",
)  # fmt: skip


def finding_words(finding: Json, language: Language = ENGLISH) -> str:
    """Return one finding in words."""
    facts = [language(FACTS[f]) if f in FACTS else str(f) for f in finding["facts"]]
    said = language(WORDS[finding["code"]])
    return said.format(about=finding["about"], facts=language.listed(tuple(facts)))


def render_processing(document: Json, *, language: Language = ENGLISH) -> str:
    """Return the page of a record of processing (format ``privseg.processing/1``)."""
    return page(
        "processing.html.j2",
        title=language("Records of processing activities"),
        language=language,
        r=document,
        findings=[finding_words(f, language) for f in document["findings"]],
        word=lambda code: language(CODES.get(code, code.replace("_", " "))),
    )


def render_releases(document: Json, *, language: Language = ENGLISH) -> str:
    """Return the page of a register of releases (format ``privseg.releases/1``)."""
    return page(
        "releases.html.j2",
        title=language("Register of releases"),
        language=language,
        r=document,
        findings=[finding_words(f, language) for f in document["findings"]],
    )


def processing_csv(document: Json) -> str:
    """Return a row for each purpose; column names are English, so that programs rely on them."""
    return _csv(COLUMNS, (_activity(a) for a in document["activities"]))


def releases_csv(document: Json) -> str:
    """Return a row for each release."""
    return _csv(RELEASE_COLUMNS, ([_text(r[c]) for c in RELEASE_COLUMNS] for r in _list(document)))


def _list(document: Json) -> Sequence[Json]:
    found: Sequence[Json] = document["releases"]
    return found


def _activity(activity: Json) -> list[str]:
    recipients = activity["recipients"]
    more = {
        "segmenters": [s["name"] for s in activity["segmenters"]],
        "attributes": sorted({a for s in activity["segmenters"] for a in s["reads"]}),
        "recipients": [f"{r['title']} ({r['role']}, {r['country']})" for r in recipients],
        "transfers": [f"{r['title']}: {r['transfer'] or '?'}" for r in recipients
                      if r["is_transfer"]],
    }  # fmt: skip
    return [_text({**activity, **more}[column]) for column in COLUMNS]


def _text(value: Any) -> str:
    """Return a cell: lists by "; ", maps as name: value."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return "; ".join(f"{k}: {'' if v is None else v}" for k, v in value.items())
        case list() | tuple():
            return "; ".join(map(str, value))
    return str(value)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return comma-separated values (RFC 4180); nothing in them runs in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(text) for text in row] for row in rows)
    return out.getvalue()
