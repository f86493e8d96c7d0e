# SPDX-License-Identifier: Apache-2.0
"""From a statement's JSON back to the facts in it, strictly; what is derived is not believed.

Reads only facts: what was asked, bounds, shares of rho, noisy draws. ``encode(decode(x)) == x`` is
what a true statement obeys; ``verify`` checks that, and so every derived field and every key.
"""

from __future__ import annotations

import re
from datetime import datetime

from privseg.protect import PrivacyLoss, Protected, left_out
from privseg.release import decode_table
from privseg.release.decode_node import Node, ReleaseForgedError
from privseg.release.plan import MemberSet, ReportPlan
from privseg.release.statement import Budget, SegmentNote, Statement
from privseg.terms import Controller, Purpose

_EDITION = re.compile("[0-9a-f]{32}")

__all__ = ["Node", "ReleaseForgedError", "decode"]


def decode(value: object) -> Statement:
    """Return the statement whose facts ``value`` states; nothing derived is taken from it.

    Raises:
        ReleaseForgedError: a fact is missing or cannot be.
    """
    root = Node(value, "statement")
    plan = _plan(root)
    return root.make(
        lambda: Statement(
            plan=plan,
            protected=_protected(root, plan),
            purpose_title=root["purpose"]["title"].text(),
            segments=tuple(_segment(s) for s in root["segments"]),
            edition_id=_edition(root["edition"]["id"]),
            released_at=_released_at(root["released_at"], plan),
            budget=_budget(root["budget"], plan),
            audit=root["audit"].make(lambda: bytes.fromhex(root["audit"].text())),
            register=root["register"].text(),
            code=root["code"].text(),
        )
    )


def _plan(root: Node) -> ReportPlan:
    at = root["edition"]["at"].moment()
    return root.make(
        lambda: ReportPlan(
            name=root["report"]["name"].text(),
            title=root["report"]["title"].text(),
            controller=Controller(root["controller"].text()),
            segmenter=root["segmenter"].text(),
            purpose=Purpose(root["purpose"]["name"].text()),
            policy_digest=root["policy"].text(),
            segments=tuple((s["name"].text(), s["version"].text()) for s in root["segments"]),
            tables=tuple(decode_table.table(t, at) for t in root["tables"]),
            not_included=root["not_included"].optional(decode_table.left_out),
            conversion_delta=root["guarantee"]["conversion_delta"].fraction(),
            at=at,
            sets=tuple(_set(s) for s in root["sets"]),
        )
    )


def _set(node: Node) -> MemberSet:
    return MemberSet(
        name=node["name"].text(),
        segment=node["segment"].text(),
        version=node["version"].text(),
        days_before=node["days_before"].integer(),
    )


def _segment(node: Node) -> SegmentNote:
    fields = ("name", "label", "colour", "words")
    return SegmentNote(*(node[f].text() for f in fields))


def _edition(node: Node) -> str:
    """Return the random id of an edition: 128 bits, in hex."""
    if not _EDITION.fullmatch(node.text()):
        raise node.wrong("it is no id of an edition")
    return node.text()


def _released_at(node: Node, plan: ReportPlan) -> datetime:
    """Return when it was released: not before the moment that it tells of."""
    if node.moment() < plan.at:
        raise node.wrong("it is from before the moment that it tells of")
    return node.moment()


def _budget(node: Node, plan: ReportPlan) -> Budget:
    """Return the budget as it was before: the period's part of it all, with room for this plan."""
    limit, spent = _loss(node["limit"]), _loss(node["before"])
    lifetime = _loss(node["lifetime_before"])
    if not _within(spent, lifetime):
        raise node["before"].wrong("a period has spent more than all of them")
    if not _within(node["before"].make(lambda: spent + plan.loss), limit):
        raise node["limit"].wrong("this release was over it, and cannot have been admitted")
    return Budget(node["period"].text(), limit, spent, lifetime)


def _within(loss: PrivacyLoss, limit: PrivacyLoss) -> bool:
    return loss.rho <= limit.rho and loss.delta <= limit.delta


def _loss(node: Node) -> PrivacyLoss:
    rho, delta = node["rho"].fraction(), node["selection_delta"].fraction()
    return node.make(lambda: PrivacyLoss(rho, delta))


def _protected(root: Node, plan: ReportPlan) -> Protected:
    nodes = zip(root["tables"], plan.tables, strict=True)
    tables = tuple(decode_table.protected(node, table.plan) for node, table in nodes)
    if (left := plan.not_included) is None:
        return Protected(tables)
    number = root["not_included"]["number"]
    drawn = decode_table.left_out_drawn(number)
    return Protected(tables, number.make(lambda: left_out(left, drawn)))
