# SPDX-License-Identifier: Apache-2.0
"""What is wrong or doubtful where a policy names who gets data, and what registers would lack."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.findings import Finding, doubt, mistake
from privseg.policy.handing import natures_told
from privseg.policy.recipients import Recipient, RecipientRole
from privseg.policy.rules import Policy

NEED_CONTRACT = frozenset(
    {RecipientRole.PROCESSOR, RecipientRole.SERVICE_PROVIDER, RecipientRole.CONTRACTOR}
)


def recipient_findings(policy: Policy) -> Iterator[Finding]:
    """Yield what each recipient lacks, and what it is promised and never gets."""
    for recipient in policy.recipients.values():
        yield from _papers(recipient)
        yield from _used(policy, recipient)
        yield from _handed(policy, recipient)


def _papers(recipient: Recipient) -> Iterator[Finding]:
    """Yield contracts, safeguards and addresses that are not stated."""
    name, place = recipient.name, recipient.place
    if recipient.leaves_eea and recipient.transfer is None:
        message = f'"{name}" is outside the EEA: under which safeguard (transfer; GDPR 44-49)?'
        yield doubt(message, place)
    if recipient.role in NEED_CONTRACT and recipient.contract is None:
        message = f'"{name}" has no contract (GDPR 28(3); Cal. Civ. Code 1798.100(d))'
        yield doubt(message, place)
    if recipient.notices is None and recipient.gets:
        message = (
            f'"{name}" says of no place where it takes notices: whoever is erased or corrected '
            "here cannot be there (notices; GDPR 19)"
        )
        yield doubt(message, place)


def _used(policy: Policy, recipient: Recipient) -> Iterator[Finding]:
    """Yield a recipient that no purpose names."""
    if not any(recipient.name in p.recipients for p in policy.purposes.values()):
        yield doubt(f'no purpose names "{recipient.name}" among its recipients', recipient.place)


def _handed(policy: Policy, recipient: Recipient) -> Iterator[Finding]:
    """Yield what a recipient is to get and never will: not read, or of a nature not named."""
    for purpose, gets in recipient.gets.items():
        using = [s for s in policy.segmenters.values() if s.purpose == purpose]
        for attribute in sorted(gets.attributes):
            if not any(attribute in s.reads for s in using):
                message = f'never handed over: no segmenter of "{purpose}" reads {attribute}'
                yield mistake(message, gets.place)
        for nature in sorted(natures_told(policy, gets.attributes) - gets.natures):
            message = f'never handed over: "{recipient.name}" may not be told of {nature} (natures)'
            yield mistake(message, gets.place)
