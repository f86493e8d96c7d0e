# SPDX-License-Identifier: Apache-2.0
"""Attacks on noise, charge and gate: each a check of ``protect`` as a whole, by what goes out.

A check passes where the attack fails. Those that sample say so; the others are exact.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from scipy.stats import chi2

from privseg.frames import Block, Measure, MeasureKind, Tally
from privseg.protect import (
    LeftOutPlan,
    Part,
    QuantityPlan,
    TablePlan,
    discrete_gaussian,
    protect,
)
from privseg.protect import assemble as assembled
from privseg.protect import loss as loss_room
from privseg.protect import quantity as quantity_room
from tests.redteam import world
from tests.redteam.chance import FALSE_ALARM
from tests.twins import noise_law
from tests.twins import sensitivity_oracle as oracle

MANY = 400  # segments of one run: so many draws of each quantity
SPREAD = 60  # noise tried at a gate, in both directions


def charge_covers_the_noise() -> None:
    """Exactly: each quantity's noise is enough for its part, and the parts are all that is paid."""
    for name, block in world.BLOCKS.items():
        most = world.reach(name).squared
        plan = world.planned(block)
        with world.scripted() as asked:
            world.released(plan, world.tallies(block))
        spent = [Fraction(most[q]) / (2 * s) for q, s in zip(world.names(plan), asked, strict=True)]
        assert sum(spent) <= QuantityPlan((plan,)).loss.rho, (name, spent)
        shares = {(m.measure.name, q.part): q.rho for m in plan.measures for q in m.quantities}
        paid = [shares[q] for q in world.names(plan)]
        assert all(cost <= part for cost, part in zip(spent, paid, strict=True)), (name, spent)


def the_left_out_are_charged() -> None:
    """Exactly: who is not included costs rho and delta like any count."""
    plan = LeftOutPlan.of(rho=world.RHO, min_people=5, delta=world.DELTA)
    whole = QuantityPlan((world.planned(world.FLAT),), plan)
    alone = QuantityPlan((world.planned(world.FLAT),))
    assert whole.loss.rho == alone.loss.rho + 1 / (2 * plan.quantity.sigma2)
    assert whole.loss.delta >= alone.loss.delta + _passing(plan.gate.sigma2, plan.gate.threshold)
    with world.scripted():
        given = {"t": world.tallies(world.FLAT)}
        for people in (0, 4):
            found = protect(whole, given, people, randbits=secrets.randbits).not_included
            assert found is not None
            assert not found.released


def _passing(sigma2: Fraction, threshold: int) -> Fraction:
    return Fraction(noise_law.at_least(sigma2, threshold))


def noise_is_as_large_as_charged() -> None:
    """Sampled: squares of all noise of every quantity, from what was released (chi-square)."""
    for name, block in world.BLOCKS.items():
        most = world.reach(name).squared
        segments = max(1, MANY // len(block.finest) * len(block.segments))
        several = replace(world.wide(block, segments), groups_per_person=block.groups_per_person)
        plan = world.planned(several)
        given = world.tallies(several, 4_000)
        table = world.draws_of(world.released(plan, given))
        truth = world.exact(plan, given)
        shares = {(m.measure.name, q.part): q for m in plan.measures for q in m.quantities}
        for quantity, vectors in truth.items():
            noise = _noise(shares[quantity], vectors, [table[c][quantity] for c in several.cells])
            # the noise that the charge calls for, by what a person was seen to move
            sigma2 = float(Fraction(most[quantity]) / (2 * shares[quantity].rho))
            total = sum(e * e for e in noise) / sigma2
            assert chi2.cdf(total, len(noise)) > FALSE_ALARM / 20, (name, quantity)


def _noise(
    quantity: quantity_room.Quantity, vectors: list[list[int]], out: list[object]
) -> list[float]:
    """Return the noise of each number: of running sums, R times what the sums differ by."""
    factor = quantity.factor
    if factor is None:
        flat = [v for vector in vectors for v in vector]
        return [float(o - v) for o, v in zip(out, flat, strict=True)]  # type: ignore[operator]
    size = factor.length
    if quantity.part is Part.CUMULATIVE:
        sums = [list(o) for o in out]  # type: ignore[call-overload]
    else:
        sums = [list(out[i : i + size]) for i in range(0, len(out), size)]
    noise: list[float] = []
    for one, vector in zip(sums, vectors, strict=True):
        single = [one[0], *(b - a for a, b in pairwise(one))]
        noise += [float(y - v) for y, v in zip(factor.measure(single), vector, strict=True)]
    return noise


def sampler_is_the_law() -> None:
    """Sampled: squares of draws against what sigma2 says, both tails, of both samplers."""
    bits = secrets.randbits
    for sigma2, n in ((Fraction(400), 3_000), (Fraction(7, 2), 3_000)):
        one = [discrete_gaussian(sigma2, bits) for _ in range(n)]
        many = world.mechanism.discrete_gaussians(sigma2, 6_000, bits)
        for drawn in (one, many):
            total = sum(x * x for x in drawn) / float(_variance(sigma2))
            tail = min(chi2.cdf(total, len(drawn)), chi2.sf(total, len(drawn)))
            assert tail > FALSE_ALARM / 8
            assert {x % 2 for x in drawn} == {0, 1}
            assert min(drawn) < -1
            assert max(drawn) > 1


def _variance(sigma2: Fraction) -> float:
    return sum(p * x * x for x, p in noise_law.pmf(sigma2).items())


def fresh_draws() -> None:
    """No draw serves twice: not in two cells, measures, series, bins, tables or releases.

    Sampled: two draws of sd 100 and more agree by chance once in 350 or less often; three columns
    of 20 that agree in half of their places have a chance below 1e-30.
    """
    columns: list[list[object]] = []
    plans = [
        world.planned(replace(world.wide(b, 20), name=name), rho=Fraction(1, 50_000))
        for name, b in (("one", world.FLAT), ("two", world.TREND), ("three", world.FLAT))
    ]
    given = {p.block.name: world.tallies(p.block, 40_000) for p in plans}
    for _ in range(2):
        whole = protect(QuantityPlan(tuple(plans)), given, None, randbits=secrets.randbits)
        for plan, table in zip(plans, whole.tables, strict=True):
            columns += _centred(plan, table)
    for i, one in enumerate(columns):
        for other in columns[:i]:
            same = sum(a == b for a, b in zip(one, other, strict=True))
            assert same < len(one) // 2
    assert all(len(set(column)) > len(column) // 2 for column in columns)


def _centred(plan: TablePlan, table: world.ProtectedTable) -> list[list[object]]:
    """Return columns of noise by quantity and key, one number a segment, on a common scale."""
    drawn, keys = world.draws_of(table), dict.fromkeys(k for _, k in plan.block.cells)
    found = []
    for measure, part in world.names(plan):
        sigma = float(plan.measures[0].quantities[0].sigma2)
        for key in keys:
            column = [drawn[s, key][measure, part] for s in plan.block.segments]
            middle = [c if isinstance(c, int) else sum(c) for c in column]
            base = min(middle)
            found.append([(x - base) if sigma else x for x in middle])
    return found


# --- the gate ---


def a_cell_of_k_is_shown_within_delta() -> None:
    """Exactly, through ``protect``: cells under k never show; m cells of k show within delta."""
    for name, block in world.BLOCKS.items():
        m = world.reach(name).cells
        plan = world.planned(block, k=4, delta=Fraction(1, 100), rho=Fraction(1, 2))
        pmf = noise_law.pmf(plan.size.quantity(Part.PEOPLE).sigma2)
        chance = 0.0
        for e, p in pmf.items():
            if p > 1e-15:  # noqa: SIM102
                if _shows(plan, people=4, noise=e):
                    chance += p
        charged = QuantityPlan((plan,)).loss.delta
        assert 1 - (1 - chance) ** m <= float(charged), (name, chance, m)
        assert not any(_shows(plan, people=n, noise=e) for n in range(4) for e in (0, 50, 10**6))


def _shows(plan: TablePlan, *, people: int, noise: int) -> bool:
    """Return whether a finest cell of so many is shown under such noise."""
    block = _bare(plan.block)
    lone = replace(plan, block=block, measures=(plan.size,), derived=())
    given = world.tallies(block, people)
    with world.scripted([noise] * len(block.cells)):
        try:
            table = world.released(lone, given)
        except ValueError:  # a size that is never published: it passed, and was stopped only here
            return True
    first = block.finest[0]
    return any(c.cell == first and c.withheld is None for c in table.cells)


def _bare(block: Block) -> Block:
    return replace(block, measures=(oracle.SIZE,))


def who_is_withheld_tells_nothing() -> None:
    """Exactly: nothing of a withheld cell, truth or noise, is in what goes out of the others.

    (But for running sums of later periods, which hold the periods before them by their meaning.)
    """
    for name in ("flat", "margins"):
        block = world.BLOCKS[name]
        plan = world.planned(block, rho=Fraction(1, 2))
        hidden = block.finest[-1]
        outs = []
        for people, noise in ((1, 5), (4, -77), (3, 900)):
            given = dict(world.tallies(block))
            given[hidden] = world.tally_of(block, people)
            given = world.with_sums(block, given)
            with world.scripted(*_one_changed(plan, block.cells.index(hidden), noise)):
                table = world.released(plan, given)
            assert next(c for c in table.cells if c.cell == hidden).withheld is not None
            outs.append({c.cell: c for c in table.cells if not _holds(c.cell, hidden)})
        assert outs[0] == outs[1] == outs[2], name


def _holds(cell: world.Cell, hidden: world.Cell) -> bool:
    return cell != hidden and world.is_in(hidden, cell)


def _one_changed(plan: TablePlan, place: int, noise: int) -> list[list[int]]:
    """Return noise that is 0 but in one cell, and there in every quantity but the size."""
    cells = len(plan.block.cells)
    columns = []
    for measure, part in world.names(plan):
        quantity = next(m for m in plan.measures if m.measure.name == measure).quantity(part)
        each = quantity.factor.length if part is Part.CUMULATIVE and quantity.factor else 1
        value = 0 if part is Part.PEOPLE else noise
        columns.append([value if i // each == place else 0 for i in range(cells * each)])
    return columns


def a_count_stays_apart_from_the_gate() -> None:
    """Exactly: COUNT takes no part of the draw that decided whether its cell is shown."""
    block = Block("t", ("a",), 1, (oracle.SIZE, Measure("count", MeasureKind.COUNT)))
    plan = world.planned(block, rho=Fraction(1, 8))
    found = []
    for first in (0, 40):
        with world.scripted([first], [3]):
            table = world.released(plan, {block.cells[0]: Tally(400)})
        found.append(world.draws_of(table)[block.cells[0]])
    assert [f["count", Part.COUNT] for f in found] == [403, 403]
    assert [f["size", Part.PEOPLE] for f in found] == [400, 440]


def all_follows_from_what_is_released() -> None:
    """Exactly: rows, their order, values and bars are those that the released draws alone give."""
    for name, block in world.BLOCKS.items():
        plan = world.planned(block, rho=Fraction(1, 2))
        given = dict(world.tallies(block, 300))
        few = block.finest[-1]
        given[few] = world.tally_of(block, 1)
        given = world.with_sums(block, given)
        table = world.released(plan, given)
        drawn: dict[world.Cell, dict[str, dict[Part, object]]] = {}
        for cell, of in world.draws_of(table).items():
            for (measure, part), value in of.items():
                drawn.setdefault(cell, {}).setdefault(measure, {})[part] = value
        assert assembled(plan, drawn) == table, name
        assert [c.cell for c in table.cells] == list(block.cells), name


def printed_epsilon_is_never_too_small() -> None:
    """The printed epsilon is at least the best of all orders (floats err by far less than 1e-9)."""
    for rho in ("1/80", "0.0243", "0.0244", "1/2", "1/1000", "3"):
        for delta in (1e-6, 1e-8):
            value = float(Fraction(rho))
            orders = (1 + 10 ** (-3 + k / 400) for k in range(3_000))
            best = min(
                a * value + math.log1p(-1 / a) - (math.log(delta) + math.log(a)) / (a - 1)
                for a in orders
            )
            printed = loss_room.epsilon_of(Fraction(rho), Fraction(str(delta)))
            assert float(printed) >= best - 1e-6, (rho, delta)
            assert float(printed) <= best + 0.0011, (rho, delta)
    assert str(loss_room.epsilon_of(Fraction("0.0243"), Fraction(1, 10**6))) == "0.999"
    assert str(loss_room.epsilon_of(Fraction("0.0244"), Fraction(1, 10**6))) == "1.001"
