# SPDX-License-Identifier: Apache-2.0
"""Letters to recipients that somebody posted: only then was the recipient told (GDPR Art. 19).

What the notice said of whom goes with its key, and the letter with it; a receipt of an erasure that
waited for it is signed anew.
"""

from __future__ import annotations

from collections.abc import Iterable

from privseg.dsr import RequestKind
from privseg.engine.erasure.receipts import settle_receipts
from privseg.engine.house import House
from privseg.engine.notices.delivering import ANSWERS, end_notice, letter_name
from privseg.engine.notices.errors import NothingToPostError
from privseg.store.notices import Ended, StoredNotice
from privseg.terms import StaffRole


def posted(
    house: House, number: int, *, recipient: str | None = None, role: StaffRole
) -> list[StoredNotice]:
    """Note that the letters of a request (to one recipient) were posted; return which.

    Raises:
        UnknownCaseError: no request has this number.
        NothingToPostError: none was written that is not posted yet; nothing was changed.
    """
    house.cases.case(number)
    mine = [n for n in house.notices.of_case(number) if recipient in {None, n.recipient}]
    to_post = [n for n in mine if n.is_to_post]
    if not to_post:
        _remove_letters(house, (n for n in mine if n.ended))  # what a crash left
        raise NothingToPostError(number)
    with house.db.transaction():
        for notice in to_post:
            end_notice(house, role, notice, Ended.LETTER)
        settle_receipts(house, role=role)
        if house.cases.case(number).kind is RequestKind.ERASURE:
            house.vault.rotate()  # as at its end: no copy of before opens what was sealed
    _remove_letters(house, to_post)
    return to_post


def _remove_letters(house: House, notices: Iterable[StoredNotice]) -> None:
    """Remove letters that were posted from the folder of answers: they name the person."""
    for notice in notices:
        (house.config.root / ANSWERS / letter_name(notice)).unlink(missing_ok=True)
