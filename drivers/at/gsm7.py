"""The GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1) and its packing (§6.1.2)."""

from __future__ import annotations

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_SEPTET = {character: septet for septet, character in enumerate(_BASIC)}
_ESCAPE = 0x1B
_CR_PADDING = 0x0D


def decode(septets: bytes) -> str:
    """The text of unpacked septets; an unknown extension is read as its basic character (§6.2.1, note 1)."""
    text: list[str] = []
    escaped = False
    for octet in septets:
        septet = octet & 0x7F
        if escaped:
            text.append(_EXTENSION.get(septet, _BASIC[septet]))
            escaped = False
        elif septet == _ESCAPE:
            escaped = True
        else:
            text.append(_BASIC[septet])
    return "".join(text)


def pack(text: str) -> bytes:
    """Pack text as USSD does; KeyError for a character outside the basic table."""
    septets = [_SEPTET[character] for character in text]
    if len(septets) % 8 == 7:
        septets.append(_CR_PADDING)  # else seven spare zero bits would read as "@" (§6.1.2.3.1)
    bits = 0
    for place, septet in enumerate(septets):
        bits |= septet << (7 * place)
    return bits.to_bytes((7 * len(septets) + 7) // 8, "little")


def unpack(packed: bytes) -> str:
    """The text of USSD-packed septets, without the CR that only fills the last octet."""
    bits = int.from_bytes(packed, "little")
    count = len(packed) * 8 // 7
    septets = bytes((bits >> (7 * place)) & 0x7F for place in range(count))
    if count % 8 == 0 and septets.endswith(bytes([_CR_PADDING])):
        septets = septets[:-1]
    return decode(septets)
