# SPDX-License-Identifier: Apache-2.0
"""The vault: identifiers, keys and the encrypted column store.

Adapter room: it alone imports ``cryptography`` and writes encrypted Parquet. Its storage port
(``ports.VaultStorage``) is met by ``store.people``.
"""

from privseg.vault.columns import ColumnStore, Written
from privseg.vault.container import Container
from privseg.vault.erasure import ErasureFacts, StoreFacts
from privseg.vault.key_refusals import (
    DevelopmentKeyError,
    ForeignKeyFileError,
    KeyFileExistsError,
    KeyFileExposedError,
    KeyFileLinkError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeyFileWriteError,
    NoRecipientError,
    NotForThisIdentityError,
    OtherProviderError,
    PassphraseWeakError,
    ProductionKeyError,
    ProviderRefusedError,
    ProviderUnknownError,
    ProviderWeakError,
    RootKeyUnknownError,
    SecretMissingError,
    WrongSecretError,
)
from privseg.vault.keyfile import Environment
from privseg.vault.ports import VaultStorage
from privseg.vault.providers import KeyProvider, ProviderMaker, Secrets, Wrapped, provider_of
from privseg.vault.refusals import (
    ColumnFileBrokenError,
    ColumnFileMissingError,
    ColumnSchemaError,
    ColumnStoreError,
    IdentifierConflictError,
    KeyDestroyedError,
    NothingIdentifiesError,
    PersonErasedError,
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
    "Container",
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
    "KeyFileLinkError",
    "KeyFileMalformedError",
    "KeyFileMissingError",
    "KeyFileWriteError",
    "KeyProvider",
    "NoRecipientError",
    "NotForThisIdentityError",
    "NothingIdentifiesError",
    "OtherProviderError",
    "PassphraseWeakError",
    "PersonErasedError",
    "ProductionKeyError",
    "ProviderMaker",
    "ProviderRefusedError",
    "ProviderUnknownError",
    "ProviderWeakError",
    "RootKeyUnknownError",
    "SealBrokenError",
    "SecretMissingError",
    "Secrets",
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
    "Wrapped",
    "Written",
    "WrongSecretError",
    "provider_of",
    "verifier",
]
