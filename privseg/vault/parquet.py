# SPDX-License-Identifier: Apache-2.0
"""Encrypted Parquet files: every page, the footer and the schema under a random key per file.

Parquet modular encryption (apache/parquet-format, Encryption.md): PyArrow makes a data key for a
file and has it wrapped by the key that we name, which is the file's own key in the keyring. A
``CryptoFactory`` remembers keys, so a fresh one is made for every file and every data set.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pyarrow.parquet.encryption

from privseg.vault import wrap
from privseg.vault.refusals import (
    ColumnFileBrokenError,
    ColumnStoreError,
    KeyDestroyedError,
)

pe: Any = pyarrow.parquet.encryption  # its published type stubs describe another version
PRIVATE_FILE = 0o600
ROWS_PER_GROUP = 131_072
_DATA_KEY_BITS = 256
_TAIL = b"PARE"  # Encryption.md §5.1: the last bytes of a file with an encrypted footer,
_LENGTH_BYTES = 4  # with the footer's length before them


class _FileKeys(pe.KmsClient):  # type: ignore[misc]
    """What PyArrow takes for a key management service: the keys of some files, by file name."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        super().__init__()
        self._keys = keys

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        """Wrap a file's data key under the file's own key."""
        sealed = wrap.seal(self._key(master_key_identifier), key_bytes, _at(master_key_identifier))
        return base64.b64encode(sealed)

    def unwrap_key(self, wrapped_key: str | bytes, master_key_identifier: str) -> bytes:
        """Unwrap a file's data key."""
        try:
            blob = base64.b64decode(wrapped_key, validate=True)
        except (binascii.Error, ValueError):
            raise ColumnFileBrokenError(master_key_identifier) from None
        name = master_key_identifier
        return wrap.unseal(self._key(name), blob, _at(name), what=f"column file {name}")

    def _key(self, name: str) -> bytes:
        """Return the key of a file that this reader was given."""
        if name not in self._keys:
            raise KeyDestroyedError("file", name)
        return self._keys[name]


def write(path: Path, table: pa.Table, key: bytes) -> None:
    """Write ``table`` durably to a new private file named after its key.

    Raises:
        ColumnStoreError: the disk is full or refuses; no file is left.
    """
    config = pe.EncryptionConfiguration(
        footer_key=path.name,
        uniform_encryption=True,
        plaintext_footer=False,
        double_wrapping=False,
        internal_key_material=True,
        data_key_length_bits=_DATA_KEY_BITS,
    )
    properties = _factory({path.name: key}).file_encryption_properties(
        pe.KmsConnectionConfig(), config
    )
    try:
        _write_new(path, table, properties)
    except FileExistsError:
        raise ColumnStoreError("a file of that random name exists") from None
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise ColumnStoreError(os.strerror(error.errno or 0)) from None


def read(path: Path, key: bytes, columns: list[str] | None = None) -> pa.Table:
    """Return the rows of a file.

    Raises:
        ColumnFileBrokenError: it does not decrypt, or is not what was written.
    """
    with opened(path, key) as file:
        return file.read(columns=columns)


@contextmanager
def opened(path: Path, key: bytes) -> Iterator[pq.ParquetFile]:
    """Return a file to read parts of; what its footer says of them is as secret as the rest.

    Raises:
        ColumnFileBrokenError: it does not decrypt, or is not what was written.
    """
    check_name(path)
    properties = _factory({path.name: key}).file_decryption_properties(
        pe.KmsConnectionConfig(), pe.DecryptionConfiguration()
    )
    try:
        with pq.ParquetFile(path, decryption_properties=properties) as file:
            yield file
    except (OSError, pa.ArrowException, ValueError):
        raise ColumnFileBrokenError(path.name) from None


def check_name(path: Path) -> None:
    """Refuse a file that was put in the place of another one.

    A data set has the keys of all its files, and a file says itself under which key it is: so
    that name, which its footer holds in clear, must be the file's own. (Whoever changes it there
    has changed what the wrapped data key is bound to.)

    Raises:
        ColumnFileBrokenError: it is another file, or no encrypted file at all.
    """
    try:
        with path.open("rb") as file:
            file.seek(-len(_TAIL) - _LENGTH_BYTES, os.SEEK_END)
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            tail = file.read()
            file.seek(-len(_TAIL) - _LENGTH_BYTES - length, os.SEEK_END)
            footer = file.read(length)
    except OSError:
        raise ColumnFileBrokenError(path.name) from None
    if tail != _TAIL or f'"masterKeyID":"{path.name}"'.encode() not in footer:
        raise ColumnFileBrokenError(path.name)


def dataset(paths: Sequence[Path], keys: Mapping[str, bytes], schema: pa.Schema) -> ds.Dataset:
    """Return a data set over encrypted files; without files, one without rows."""
    if not paths:
        return ds.dataset(schema.empty_table())
    for path in paths:
        check_name(path)
    decryption = ds.ParquetDecryptionConfig(
        _factory(keys), pe.KmsConnectionConfig(), pe.DecryptionConfiguration()
    )
    options = ds.ParquetFragmentScanOptions(decryption_config=decryption)
    file_format = ds.ParquetFileFormat(default_fragment_scan_options=options)
    return ds.dataset([str(path) for path in paths], schema=schema, format=file_format)


def sync_folder(folder: Path) -> None:
    """Make new names in ``folder`` survive a power cut.

    Raises:
        ColumnStoreError: the folder refuses.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise ColumnStoreError(os.strerror(error.errno or 0)) from None


def _write_new(path: Path, table: pa.Table, properties: Any) -> None:
    """Write and sync a file that was not there."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as sink:
        with pq.ParquetWriter(sink, table.schema, encryption_properties=properties) as writer:
            writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        sink.flush()
        os.fsync(sink.fileno())


def _factory(keys: Mapping[str, bytes]) -> Any:
    """Return a factory that has these keys and no others."""
    return pe.CryptoFactory(lambda _config: _FileKeys(keys))


def _at(name: str) -> bytes:
    """Return the place of a file's data key."""
    return wrap.place("parquet", name)
