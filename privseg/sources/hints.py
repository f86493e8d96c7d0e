# SPDX-License-Identifier: Apache-2.0
"""Words in column names that tell what a column may hold, in a few languages.

Hints, never decisions: whatever they find is written down for a person to confirm, and what they
miss is asked about. Words are compared after folding; compound words match by their parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from privseg.policy.natures import Nature
from privseg.segment.text import fold_text


def listed(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


IDENTIFIERS: Mapping[str, str] = {
    "email": "email e-mail mail emailaddress courriel correo posta ايميل ایمیل",
    "phone": "phone telephone tel mobile cell telefon telefonnummer handy téléphone telefoon "
    "telefono teléfono móvil celular هاتف تلفن",
    "national_id": "ssn passport nationalid taxid bsn nie dni nhs steuerid ausweis passeport "
    "paspoort pasaporte",
    "bank_account": "iban bic account_number kontonummer",
    "device": "cookie deviceid idfa gaid fingerprint_id ip ipaddress useragent",
    "address": "address street adresse straße strasse hausnummer rue straat calle dirección "
    "indirizzo via عنوان آدرس",
    "name": "name firstname lastname fullname surname forename vorname nachname nom prénom naam "
    "voornaam achternaam nombre apellido apellidos cognome اسم نام",
    "customer_number": "customer customerid customernumber client clientid kunde kundennummer "
    "kundennr user userid member memberid subscriber visitor patient person personid klant "
    "klantnummer cliente contactid accountid",
}
SPECIAL: Mapping[str, str] = {  # GDPR Art. 9(1)
    "belief": "religion religious faith belief church konfession glaube godsdienst geloof "
    "religión religione دین دين مذهب philosophy",
    "health": "health disease diagnosis diagnose illness medication medicine disability allergy "
    "allergies symptom blood pregnant pregnancy bmi gesundheit krankheit behinderung santé maladie "
    "gezondheid ziekte salud enfermedad salute malattia صحة سلامت",
    "ethnicity": "ethnicity ethnic race racial ethnie herkunft origine afkomst etnia raza razza",
    "politics": "politics political party vote voter partei politik politique parti politiek "
    "partij política partido politica",
    "union": "union unionmember gewerkschaft syndicat vakbond sindicato sindacato",
    "sex_life": "sexuality sexual orientation sexualität sexualité seksualiteit sexualidad",
    "biometrics": "biometric biometrics fingerprint faceid voiceprint iris genetic genome dna",
}
NATURES: Mapping[str, Nature] = {  # what laws call each topic of SPECIAL
    "belief": Nature.RELIGIOUS_OR_PHILOSOPHICAL_BELIEFS,
    "health": Nature.HEALTH,
    "ethnicity": Nature.RACIAL_OR_ETHNIC_ORIGIN,
    "politics": Nature.POLITICAL_OPINIONS,
    "union": Nature.TRADE_UNION_MEMBERSHIP,
    "sex_life": Nature.SEX_LIFE_OR_SEXUAL_ORIENTATION,
    "biometrics": Nature.BIOMETRIC,
}
GENETIC = listed("genetic genome dna")  # of the biometric words, what laws call otherwise
BELIEFS = listed(
    "christian catholic protestant orthodox muslim islam jewish hindu buddhist sikh atheist "
    "christlich katholisch evangelisch muslimisch jüdisch hinduistisch buddhistisch"
)
CATEGORIES: Mapping[str, str] = {
    "location": "country city region state zip postcode postal plz land stadt ort pays ville "
    "stad ciudad país paese città province county urban rural kind_of_place latitude longitude",
    "demographics": "age gender sex birth birthday birthdate born dob geburtsdatum geschlecht "
    "alter sexe âge leeftijd geslacht edad sexo education bildung job occupation beruf profession "
    "marital married family children kinder income household nationality",
    "finances": "balance loan credit default housing debt salary insurance mortgage",
    "loyalty": "loyalty tier points status club bonus",
    "purchases": "amount price total revenue order invoice product sku quantity basket cart "
    "betrag preis umsatz bestellung rechnung montant prix commande bedrag prijs importe precio",
    "engagement": "open opened click clicked campaign newsletter contact contacted previous "
    "poutcome response channel kanal",
    "browsing": "page url view viewed session referrer browser device os section topic",
    "interests": "interest interests satisfaction survey score rating opinion preference",
}
MONEY = listed(
    "amount price total totalprice revenue spend spent sales value cost fee balance income "
    "salary betrag preis umsatz summe montant prix bedrag prijs omzet importe precio prezzo"
)
TIMES = listed(
    "time date datetime timestamp at on when created ordered happened datum zeit heure tijd "
    "fecha data day invoicedate orderdate"
)
BIRTHS = listed("birth birthday birthdate born dob geburtsdatum geburtstag naissance")
KEYS = listed("id no nr num number key code nummer numéro numero uuid guid ref")
CURRENCIES = listed("EUR USD GBP CHF JPY SEK NOK DKK PLN CZK CAD AUD AED SAR IRR")


def words(header: str) -> frozenset[str]:
    """Return a header's folded words, its neighbours joined, and the whole without separators.

    >>> sorted(words("CustomerID"))
    ['customer', 'customerid', 'id']
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", header)
    found = [fold_text(w) for w in re.split(r"[\W_]+", spaced) if w]
    joined = ["".join(pair) for pair in pairwise(found)]
    return frozenset([*found, *joined, "".join(found)])


def hinted(header: str, hints: Mapping[str, str]) -> str | None:
    """Return the first topic of which a word stands in a header.

    >>> hinted("Kunden_E-Mail", IDENTIFIERS), hinted("height", SPECIAL)
    ('email', None)
    """
    found = words(header)
    for topic, text in hints.items():
        if not found.isdisjoint(map(fold_text, re.split(r"\s+", text))):
            return topic
    return None


def nature_of(header: str, topic: str) -> Nature:
    """Return what laws call data of a special topic, by the words of its column.

    >>> str(nature_of("allergy", "health")), str(nature_of("dna_test", "biometrics"))
    ('health', 'genetic')
    """
    is_genetic = topic == "biometrics" and not words(header).isdisjoint(GENETIC)
    return Nature.GENETIC if is_genetic else NATURES[topic]
