"""CRC-32C (Castagnoli), and the masked form in which TFRecord files hold it."""

from __future__ import annotations

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8


def _entry(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE = tuple(_entry(value) for value in range(256))


def crc32c(content: bytes) -> int:
    """The checksum, 32 bits."""
    value = 0xFFFFFFFF
    for byte in content:
        value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def masked(content: bytes) -> int:
    """The checksum, turned and shifted as TFRecord files hold it."""
    value = crc32c(content)
    return (((value >> 15) | (value << 17)) + _MASK_DELTA) & 0xFFFFFFFF
