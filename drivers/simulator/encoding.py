"""UCS2 in hex, GSM 7-bit packed (ASCII letters only) and swapped BCD: 3GPP TS 23.038, 24.008."""

from __future__ import annotations


def ucs2_hex(text: str) -> str:
    """Write a text as four hex digits a character, as +CSCS="UCS2" asks."""
    return text.encode("utf-16-be").hex().upper()


def from_ucs2_hex(text: str) -> str:
    """Read what `ucs2_hex` writes; any other text is returned unchanged."""
    try:
        return bytes.fromhex(text).decode("utf-16-be")
    except (ValueError, UnicodeDecodeError):
        return text


def gsm7_packed(text: str) -> bytes:
    """Pack characters into septets, the first into the lowest bits (3GPP TS 23.038 §6.1.2.1)."""
    bits = 0
    for position, character in enumerate(text):
        septet = 0 if character == "@" else ord(character) & 0x7F
        bits |= septet << (7 * position)
    return bits.to_bytes((7 * len(text) + 7) // 8, "little")


def from_gsm7_packed(packed: bytes) -> str:
    """Read what `gsm7_packed` writes; fill bits at the end, which read as "@", are cut."""
    bits = int.from_bytes(packed, "little")
    septets = [bits >> (7 * position) & 0x7F for position in range(len(packed) * 8 // 7)]
    return "".join("@" if septet == 0 else chr(septet) for septet in septets).rstrip("@\r")


def swapped(digits: str) -> str:
    """Swap each pair of nibbles; an odd last digit is paired with F (3GPP TS 24.008 §10.5.4.7)."""
    if len(digits) % 2:
        digits += "F"
    return "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))
