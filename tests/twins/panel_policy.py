# SPDX-License-Identifier: Apache-2.0
"""The policy of an invented panel: a k lineage beside a dp one; tables and records of the panel."""

from __future__ import annotations

import hashlib

NOTICE = hashlib.sha256(b"what the panel is told").hexdigest()
REGIONS = ("north", "south", "east", "west")
ILLNESSES = ("none", "asthma", "diabetes", "migraine")

HEAD = f"""privseg: policy/1
controller: panel-house
notices:
  terms:
    version: "1"
    sha256: {NOTICE}
    purposes: [research, marketing]
catalogue:
  panel:
    holds: people
    family: k
    person: number
    retention: 1095d
    columns:
      number: {{role: direct_identifier, identifier: customer_number}}
      region:
        {{type: category, role: quasi_identifier, category: answers,
         values: [north, south, east, west]}}
      age: {{type: integer, role: quasi_identifier, category: answers}}
      sex: {{type: category, role: quasi_identifier, category: answers, values: [f, m]}}
      member: {{type: boolean, category: answers}}
      joined: {{type: date, role: quasi_identifier, category: answers}}
      income: {{type: money, currency: EUR, category: answers}}
      illness:
        {{type: category, role: sensitive, category: answers,
         values: [none, asthma, diabetes, migraine]}}
      words: {{type: text, category: answers}}
  customers:
    holds: people
    person: number
    retention: 1095d
    columns:
      number: {{role: direct_identifier, identifier: customer_number}}
      country: {{type: category, category: location, values: [DE, FR]}}
purposes:
  research:
    title: Research with the panel
    kind: analytics
    basis: {{consent: [DE]}}
    categories: [answers]
    notice: terms
    consent_lasts: 730d
  marketing:
    title: Letters that fit
    kind: marketing
    basis: {{consent: [DE]}}
    categories: [location]
    notice: terms
    consent_lasts: 730d
segmenters:
  research:
    purpose: research
    reads: [region, age, sex, member, joined, income, illness, words]
    run_by: [analyst, marketer]
    releases: {{guarantee: k, min_people: 5}}
  letters:
    purpose: marketing
    reads: [country]
    run_by: [marketer]
    releases: {{guarantee: dp, min_people: 5, groups_per_person: 1}}
"""
TABLES = """exact_tables:
  panel:
    segmenter: research
    period: quarter
    k: 5
    protection: 6
    cuts: {age: [30, 60]}
    tables:
      - {name: by-region, by: [region, age]}
      - {name: by-sex, by: [region, sex]}
      - {name: the-old, by: [region], segments: [old]}
"""
RECORDS = """microdata:
  panel-records:
    segmenter: research
    period: year
    k: 5
    l: 2
    suppression: 1/5
    quasi_identifiers:
      region: {groups: [{up: [north, east], down: [south, west]}], level: 1}
      age: {intervals: [10, [30, 60]], level: 2}
      sex: {level: 0}
      joined: {dates: [month, year], level: 3}
    sensitive: {illness: {}, income: {distance: ordered}}
"""
SEGMENT = """segment: old
label: {en: The old}
segmenter: research
where: {attribute: age, at_least: 60}
"""
