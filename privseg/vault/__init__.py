# SPDX-License-Identifier: Apache-2.0
"""The vault: identifiers, keys and the encrypted column store.

Adapter room: it alone imports ``cryptography`` and writes encrypted Parquet. Its storage port
(``ports.VaultStorage``) is met by ``store.people``.
"""

from privseg.vault.columns import ColumnStore, Written
from privseg.vault.erasure import ErasureFacts, StoreFacts
from privseg.vault.keyfile import Environment
from privseg.vault.ports import VaultStorage
from privseg.vault.refusals import (
    ColumnFileBrokenError,
    ColumnFileMissingError,
    ColumnSchemaError,
    ColumnStoreError,
    DevelopmentKeyError,
    ForeignKeyFileError,
    IdentifierConflictError,
    KeyDestroyedError,
    KeyFileExistsError,
    KeyFileExposedError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeyFileWriteError,
    NothingIdentifiesError,
    PersonErasedError,
    RootKeyUnknownError,
    SealBrokenError,
    SnapshotClosedError,
    SnapshotGoneError,
    UnknownIdentifierKindError,
    UnknownPersonError,
    UnknownTableError,
    VaultExistsError,
    VaultMissingError,
)
from privseg.vault.signing import Ed25519Signer, Ed25519Verifier, verifier
from privseg.vault.vault import Vault

__all__ = [
    "ColumnFileBrokenError",
    "ColumnFileMissingError",
    "ColumnSchemaError",
    "ColumnStore",
    "ColumnStoreError",
    "DevelopmentKeyError",
    "Ed25519Signer",
    "Ed25519Verifier",
    "Environment",
    "ErasureFacts",
    "ForeignKeyFileError",
    "IdentifierConflictError",
    "KeyDestroyedError",
    "KeyFileExistsError",
    "KeyFileExposedError",
    "KeyFileMalformedError",
    "KeyFileMissingError",
    "KeyFileWriteError",
    "NothingIdentifiesError",
    "PersonErasedError",
    "RootKeyUnknownError",
    "SealBrokenError",
    "SnapshotClosedError",
    "SnapshotGoneError",
    "StoreFacts",
    "UnknownIdentifierKindError",
    "UnknownPersonError",
    "UnknownTableError",
    "Vault",
    "VaultExistsError",
    "VaultMissingError",
    "VaultStorage",
    "Written",
    "verifier",
]
