# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501 (a source or score is a line)
"""A policy with a score of every formula, accounts, a list and rules about segments."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from privseg.loaders.policy import load_policy
from privseg.policy import Policy

TEXT = f"""\
privseg: policy/1
controller: shop
segments: {{changed_by: [marketer, engineer], approval: true}}
notices:
  terms: {{version: "1", sha256: {sha256(b"told").hexdigest()}, purposes: [mail]}}
catalogue:
  crm:
    holds: people
    person: number
    columns:
      number: {{role: direct_identifier, identifier: customer_number}}
      country: {{type: category, category: location, values: [DE, FR]}}
      company: {{type: account, of: companies, category: employment}}
  companies:
    holds: accounts
    account: vat
    retention: 730d
    columns:
      vat: {{type: account, category: employment}}
      industry: {{type: category, category: firmographics, values: [software, retail]}}
      staff: {{type: integer, category: firmographics}}
  newsletter-2026:
    holds: list
    person: email
    category: engagement
    columns: {{email: {{role: direct_identifier, identifier: email}}}}
  orders:
    holds: events
    event: purchase
    category: purchases
    person: number
    event_id: id
    time: at
    time_zone: Europe/Berlin
    columns:
      number: {{role: direct_identifier, identifier: customer_number}}
      amount: {{type: money, currency: EUR, category: purchases}}
      channel: {{type: category, category: purchases, values: [web, shop]}}
  views: {{holds: events, event: page_view, category: browsing, person: n, event_id: i, time: t, columns: {{n: {{role: direct_identifier, identifier: customer_number}}, section: {{type: set, category: browsing, values: [sale, home]}}}}}}
  opens: {{holds: events, event: email_open, category: engagement, person: n, event_id: i, time: t, columns: {{n: {{role: direct_identifier, identifier: customer_number}}}}}}
scores:
  rfm: {{formula: rfm, event: purchase, amount: amount, within: 365d, recency_days: [30, 90], frequency: [2, 5], monetary: [50 EUR, 99.90 EUR], category: purchases}}
  warmth: {{formula: engagement, within: 90d, signals: {{email_open: {{weight: 1, cap: 10}}, purchase: {{weight: 5, cap: 4}}}}, category: engagement}}
  interest: {{formula: affinity, of: page_view.section, within: 90d, at_least: 5, category: browsing}}
  contact: {{formula: preferred, channels: {{mail: email_open, app: page_view}}, within: 180d, at_least: 3, time_zone: Asia/Tehran, category: engagement}}
  fatigue: {{formula: fatigue, sent: page_view, reaction: email_open, within: 60d, cuts: [4, 8], category: engagement, special: true, nature: health}}
  funnel: {{formula: funnel, stages: {{looked: page_view, bought: purchase}}, within: 90d, category: browsing}}
  value: {{formula: lifetime_value, event: purchase, amount: amount, period: 7d, horizon: 52, grid: 1 EUR, parameters: {{r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, p: 6.250, q: 3.744, v: 15.447}}, category: purchases}}
  fitted: {{formula: lifetime_value, event: purchase, amount: amount, period: 7d, horizon: 52, grid: 1 EUR, time_zone: UTC, parameters: fitted, category: purchases}}
purposes:
  mail: {{title: Letters, kind: marketing, basis: {{consent: [DE]}}, categories: [location, purchases, browsing, engagement, firmographics, employment], notice: terms}}
segmenters:
  offers: {{purpose: mail, reads: [purchase, purchase.amount, rfm, value.alive, industry, company, newsletter-2026], run_by: [marketer]}}
"""


def load(folder: Path, text: str = TEXT) -> Policy:
    """Return the policy of a text, read from a file in ``folder``."""
    (folder / "p.yaml").write_text(text, "utf-8")
    return load_policy(folder / "p.yaml", name="p.yaml")
