# SPDX-License-Identifier: Apache-2.0
"""Transparency log: RFC 6962 tree, its proofs, C2SP checkpoints and signed notes.

Standard library only; signatures come through the ports ``Signer`` and ``Verifier``.
"""

from privseg.tlog.base64 import from_base64, to_base64
from privseg.tlog.canonical import (
    NotCanonicalError,
    NotPrintableError,
    canonical,
    parse_canonical,
)
from privseg.tlog.checkpoint import (
    Checkpoint,
    MalformedCheckpointError,
    open_checkpoint,
    parse_checkpoint,
)
from privseg.tlog.cosignature import (
    NotWitnessedError,
    WitnessKey,
    cosign,
    parse_witness_vkey,
    witnessed_at,
)
from privseg.tlog.frontier import Frontier, FrontierError
from privseg.tlog.note import (
    BadSignatureError,
    MalformedNoteError,
    UnknownSignerError,
    VerifierKey,
    key_id,
    open_note,
    parse_vkey,
    sign_note,
    signers_of,
    vkey,
)
from privseg.tlog.proof import MalformedProofError, TlogProof, parse_proof
from privseg.tlog.proving import prove, siblings
from privseg.tlog.signer import Signer, Verifier
from privseg.tlog.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    ProofRangeError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_and_proof,
    root_hash,
)
from privseg.tlog.verification import ProofMismatchError, verify_consistency, verify_inclusion
from privseg.tlog.witness import (
    AddCheckpoint,
    MalformedRequestError,
    Status,
    parse_add_checkpoint,
    size_of_conflict,
)

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "AddCheckpoint",
    "BadSignatureError",
    "Checkpoint",
    "Frontier",
    "FrontierError",
    "MalformedCheckpointError",
    "MalformedNoteError",
    "MalformedProofError",
    "MalformedRequestError",
    "NotCanonicalError",
    "NotPrintableError",
    "NotWitnessedError",
    "ProofMismatchError",
    "ProofRangeError",
    "Signer",
    "Status",
    "TlogProof",
    "UnknownSignerError",
    "Verifier",
    "VerifierKey",
    "WitnessKey",
    "canonical",
    "consistency_proof",
    "cosign",
    "from_base64",
    "inclusion_proof",
    "key_id",
    "leaf_hash",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "parse_add_checkpoint",
    "parse_canonical",
    "parse_checkpoint",
    "parse_proof",
    "parse_vkey",
    "parse_witness_vkey",
    "prove",
    "root_and_proof",
    "root_hash",
    "siblings",
    "sign_note",
    "signers_of",
    "size_of_conflict",
    "to_base64",
    "verify_consistency",
    "verify_inclusion",
    "vkey",
    "witnessed_at",
]
