# SPDX-License-Identifier: Apache-2.0
"""Who lives in two places is kept to both laws: what stays needs a ground of each of them.

The office's member is attested to live in Germany, and says that they live in California.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.dsr import Fate, IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.dsr import keeping
from privseg.engine.erasure.keep import GroundNotOfLawError
from privseg.terms import Jurisdiction
from tests.twins import club
from tests.twins.club import number

MEMBER, DE, CA, CO = "M0001", Jurisdiction("DE"), Jurisdiction("US-CA"), Jurisdiction("US-CO")
AFTER = "    time: ordered\n"
OF_BOTH = "ScientificHistoricalResearchImpaired"  # and not of every law that is known here
OF_ONE, OF_THE_OTHER = "ContractPerformanceNecessity", "PublicInterestCompromised"  # CA; DE
OF_ALL = "LegalObligationImpaired"


def club_keeping(folder: Path, *grounds: str, clock: club.Clock | None = None) -> Workspace:
    """Return a club whose orders stay for ten years on the first of some grounds that holds."""
    club.found(folder, club.crowd(5)).close()
    rules = folder / "club" / "policies" / "club.yaml"
    keep = f"    keep: {{ground: [{', '.join(grounds)}], for: 10y}}\n"
    rules.write_text(rules.read_text("utf-8").replace(AFTER, AFTER + keep), "utf-8")
    return Workspace.open(folder / "club", outside=Outside(clock=clock or club.Clock()))


def erasure(ws: Workspace, where: Jurisdiction | None) -> int:
    kind, account = RequestKind.ERASURE, IdentityLevel.ACCOUNT
    return ws.open_request(kind, number(MEMBER), identity=account, where=where).number


def kept(ws: Workspace, where: Jurisdiction | None) -> list[tuple[str, str]]:
    """Return on which ground each store would stay, and the article."""
    items = ws.plan_erasure(erasure(ws, where)).items
    return [(i.ground, i.why) for i in items if i.fate is Fate.KEEP and i.ground]


def test_a_ground_of_both_laws_keeps_whatever_a_third_law_says(tmp_path: Path) -> None:
    with club_keeping(tmp_path, OF_BOTH) as ws:
        ((ground, why),) = kept(ws, CA)
        assert ground == OF_BOTH
        assert "gdpr, Art. 17(3)(d)" in why
        assert "ccpa" in why


@pytest.mark.parametrize("ground", [OF_ONE, OF_THE_OTHER])
def test_a_ground_of_one_of_two_laws_keeps_nothing_and_nothing_is_erased(
    tmp_path: Path, ground: str
) -> None:
    with club_keeping(tmp_path, ground) as ws:
        case, before = erasure(ws, CA), ws._house.log.size
        with pytest.raises(GroundNotOfLawError):
            ws.run_request(case, out=tmp_path / "out")
        assert ws._house.log.size == before
        assert not ws.request(case).steps[1:]


def test_the_first_ground_that_every_law_has_is_the_one(tmp_path: Path) -> None:
    with club_keeping(tmp_path, OF_THE_OTHER, OF_ALL) as ws:
        assert [ground for ground, _ in kept(ws, None)] == [OF_THE_OTHER]  # Germany alone
        assert [ground for ground, _ in kept(ws, CA)] == [OF_ALL]


def test_a_record_is_kept_as_long_as_the_longest_of_its_laws_and_no_third_one(
    tmp_path: Path,
) -> None:
    clock = club.Clock()
    with club_keeping(tmp_path, OF_ALL, clock=clock) as ws:
        law = ws._house.request_law
        for place in (CA, CO):
            number_ = erasure(ws, place)
            ws.refuse_request(number_, ["ProcessExcessive"], ["often"], out=tmp_path / "out")
            case = ws.request(number_)
            spans = [law(each).keep_records for each in (DE, place)]
            assert law(case.where).keep_records in spans
            last = keeping.last_day(ws._house, case)
            assert last is not None
            assert last.year - clock().year == max(s.count for s in spans) // 12
