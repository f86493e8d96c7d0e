# SPDX-License-Identifier: Apache-2.0
"""The sources room: files and DataFrames in, strictly; a proposal for a catalogue; a demo shop.

``read_table`` and ``from_dataframe`` give a ``Batch`` or refuse; nothing here stores anything.
"""

from privseg.sources.batch import Batch, Identifiers, Rejects
from privseg.sources.consent_batch import ConsentBatch, ConsentMapping
from privseg.sources.consents import (
    consents_from_dataframe,
    consents_from_reader,
    read_consents,
)
from privseg.sources.distinct import CONTENT_ID
from privseg.sources.export import harmless
from privseg.sources.faults import Fault, FileError, Problem, RowError
from privseg.sources.propose import Proposal, Survey, propose_catalogue, propose_policy
from privseg.sources.read import from_dataframe, read_table

__all__ = [
    "CONTENT_ID",
    "Batch",
    "ConsentBatch",
    "ConsentMapping",
    "Fault",
    "FileError",
    "Identifiers",
    "Problem",
    "Proposal",
    "Rejects",
    "RowError",
    "Survey",
    "consents_from_dataframe",
    "consents_from_reader",
    "from_dataframe",
    "harmless",
    "propose_catalogue",
    "propose_policy",
    "read_consents",
    "read_table",
]
