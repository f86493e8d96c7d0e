# SPDX-License-Identifier: Apache-2.0
"""The stand-alone verifier's own Ed25519 against the library that signs (RFC 8032)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.tlog import MalformedNoteError, VerifierKey
from tests.twins.seed_key import SeedKey
from tests.twins.stand_alone import verify

seeds = st.binary(min_size=32, max_size=32)

# C2SP CCTV, ed25519: every spelling of a point of small order, and the second spellings of some.
SMALL_ORDER = [
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "00" * 31 + "80",
        "01" + "00" * 31,
        "01" + "00" * 30 + "80",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ec" + "ff" * 30 + "7f",
        "ec" + "ff" * 31,
        "ed" + "ff" * 30 + "7f",
        "ed" + "ff" * 31,
        "ee" + "ff" * 30 + "7f",
        "ee" + "ff" * 31,
    )
]


def _library(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _agree(key: bytes, message: bytes, signature: bytes) -> bool:
    answer = verify.verify_signature(key, message, signature)
    assert answer is _library(key, message, signature)
    return bool(answer)


@given(seeds, st.binary(max_size=200))
def test_every_signature_of_the_library_holds(seed: bytes, message: bytes) -> None:
    signer = SeedKey("a", seed)
    assert _agree(signer.public_key, message, signer.sign(message))


@given(seeds, st.binary(max_size=40), st.integers(0, 511), st.integers(0, 255))
def test_a_changed_bit_anywhere_breaks_it(seed: bytes, message: bytes, bit: int, at: int) -> None:
    signer = SeedKey("a", seed)
    signature = bytearray(signer.sign(message))
    signature[bit // 8] ^= 1 << bit % 8
    assert not _agree(signer.public_key, message, bytes(signature))
    key = bytearray(signer.public_key)
    key[at // 8] ^= 1 << at % 8
    assert not _agree(bytes(key), message, signer.sign(message))


@settings(max_examples=30)
@given(seeds, st.integers(1, 15))
def test_a_signature_has_one_spelling(seed: bytes, times: int) -> None:
    signer = SeedKey("a", seed)
    signature = signer.sign(b"m")
    s = int.from_bytes(signature[32:], "little") + times * verify.L
    if s < 2**256:
        raised = signature[:32] + s.to_bytes(32, "little")
        assert not _agree(signer.public_key, b"m", raised)


@given(seeds, st.binary(min_size=64, max_size=64), st.binary(max_size=8))
def test_random_bytes_are_judged_alike(seed: bytes, signature: bytes, message: bytes) -> None:
    _agree(SeedKey("a", seed).public_key, message, signature)
    point = signature[:32]
    if point not in SMALL_ORDER and verify.decompress(point) is not None:
        _agree(point, message, signature)


def test_a_key_of_small_order_verifies_nothing() -> None:
    assert len(set(SMALL_ORDER)) == 14
    for key in SMALL_ORDER:
        for r in SMALL_ORDER:
            for message in (b"ed25519vectors", b"ed25519vectors 3", b"ed25519vectors 11"):
                assert not verify.verify_signature(key, message, r + bytes(32))


def test_no_key_of_small_order_can_be_trusted() -> None:
    refused = 0
    for key in SMALL_ORDER:
        try:
            VerifierKey("a", key)
        except MalformedNoteError:
            refused += 1
    assert refused == len(SMALL_ORDER)


def test_a_key_of_small_order_would_sign_for_anybody() -> None:
    """Why they are refused: the library accepts this signature, which nobody made."""
    forged = bytes.fromhex("01" + "00" * 31) + bytes(32)
    assert _library(bytes.fromhex("01" + "00" * 31), b"anything", forged)


@given(st.binary(min_size=32, max_size=32))
def test_a_point_has_one_spelling(data: bytes) -> None:
    point = verify.decompress(data)
    assert point is None or verify.compress(point) == data


def test_the_points_without_an_x_have_no_sign() -> None:
    for y in (1, verify.P - 1):
        assert verify.decompress(y.to_bytes(32, "little")) is not None
        assert verify.decompress((y | 1 << 255).to_bytes(32, "little")) is None


@settings(max_examples=20)
@given(st.integers(0, 2**256), st.integers(0, 2**256))
def test_multiplication_is_a_homomorphism(a: int, b: int) -> None:
    p, q = verify.BASE, verify.multiply(b | 1, verify.BASE)
    both = verify.add(verify.multiply(a, p), verify.multiply(b, q))
    assert verify.compress(both) == verify.compress(verify.combine(a, p, b, q))
    assert verify.compress(verify.add(verify.multiply(a, p), verify.multiply(b, p))) == (
        verify.compress(verify.multiply(a + b, p))
    )


def test_the_base_point_has_the_order_of_the_group() -> None:
    assert verify.compress(verify.multiply(verify.L, verify.BASE)) == verify.compress(
        verify.IDENTITY
    )
    assert verify.BASE[1] == 4 * pow(5, -1, verify.P) % verify.P
