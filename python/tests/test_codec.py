"""The aggregated format and hash keys."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from aiokpl import (
    MAGIC,
    DecodedRecord,
    Tag,
    UserRecord,
    decode_aggregated,
    encode_aggregated,
    is_aggregated,
    md5_hash_key,
    parse_explicit_hash_key,
)

# The format by hand: magic, two protobuf messages with one key table, MD5.
MESSAGE = bytes.fromhex("0a0161" "1a0708001a036f6e65" "1a0708001a0374776f")
AGGREGATE = MAGIC + MESSAGE + hashlib.md5(MESSAGE).digest()


def test_encode_and_decode() -> None:
    records = [UserRecord("a", b"one"), UserRecord("a", b"two")]
    assert encode_aggregated(records) == AGGREGATE
    assert is_aggregated(AGGREGATE)
    assert decode_aggregated(AGGREGATE) == [
        DecodedRecord("a", None, b"one", ()),
        DecodedRecord("a", None, b"two", ()),
    ]


def test_everything_that_a_record_has_comes_back() -> None:
    records = [
        UserRecord("ключ", b"\x00\xff", "340282366920938463463374607431768211455", (Tag("a", "b"), Tag("c"))),
        UserRecord("k", b"", 0),
    ]
    decoded = decode_aggregated(encode_aggregated(tuple(records)))
    assert decoded[0] == DecodedRecord("ключ", str(2**128 - 1), b"\x00\xff", (Tag("a", "b"), Tag("c", None)))
    assert decoded[1] == DecodedRecord("k", "0", b"", ())


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_payloads_of_every_kind(kind: Any) -> None:
    assert is_aggregated(kind(AGGREGATE))
    assert len(decode_aggregated(kind(AGGREGATE))) == 2
    assert not is_aggregated(kind(b"raw"))


def test_what_is_no_aggregate() -> None:
    for payload in (b"", b"raw", MAGIC, AGGREGATE[:-1], AGGREGATE[:-1] + b"\x00"):
        assert not is_aggregated(payload)
        with pytest.raises(ValueError, match=r"\w"):
            decode_aggregated(payload)
    with pytest.raises(ValueError, match="records"):
        encode_aggregated([])
    with pytest.raises(TypeError, match=r"payload: must be bytes.*got str"):
        decode_aggregated("text")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="partition_key"):
        encode_aggregated([UserRecord(None, b"")])


def test_hash_keys() -> None:
    for key in ("a", "", "user-123", "ключ"):
        assert md5_hash_key(key) == int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
    assert parse_explicit_hash_key("0") == 0
    assert parse_explicit_hash_key(str(2**128 - 1)) == 2**128 - 1
    for wrong in ("", "-1", "+1", " 1", "1_0", "01", str(2**128), "x", "１"):
        with pytest.raises(ValueError, match=r"explicit_hash_key: must be a decimal number from 0 to 2\*\*128 - 1"):
            parse_explicit_hash_key(wrong)
    with pytest.raises(TypeError, match="explicit_hash_key: must be str, got int"):
        parse_explicit_hash_key(7)  # type: ignore[arg-type]
