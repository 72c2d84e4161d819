"""Short messages: the two memories of a module, and messages as they are delivered. Nothing leaves the process."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.simulator.encoding import gsm7_packed, swapped
from drivers.simulator.error_codes import Refusal

SIZE = 20
MEMORIES = ("SM", "ME")
UNREAD, READ, UNSENT, SENT, ALL = range(5)
TIME_OF_DELIVERY = ("24/05/14,12:00:00+08", "42504121000080")
"""One moment, in text mode's form and as SCTS (3GPP TS 23.040 §9.2.3.11): fixed, so that runs can be compared."""


@dataclass(slots=True)
class Message:
    """A stored message. `pdu` is hex with the service centre in front, as +CMGL prints it."""

    status: int
    address: str
    text: str
    pdu: str

    @property
    def tpdu_length(self) -> int:
        """Octets after the service centre address, which +CMGS, +CMGL and +CMT count."""
        return len(self.pdu) // 2 - 1 - int(self.pdu[:2] or "0", 16)


@dataclass(slots=True)
class MessageStore:
    """The messages of one module. `chosen` holds the memories to read from, to write to and to receive into."""

    memories: dict[str, dict[int, Message]] = field(default_factory=lambda: {name: {} for name in MEMORIES})
    chosen: list[str] = field(default_factory=lambda: ["SM"] * 3)
    sent: list[Message] = field(default_factory=list)
    service_centre: str = "+46705008999"

    @property
    def stored(self) -> dict[int, Message]:
        """The memory that +CMGL, +CMGR and +CMGD work on."""
        return self.memories[self.chosen[0]]

    def keep(self, message: Message, memory: str) -> int:
        """Store a message in the first free place; CMS 322 when there is none."""
        places = self.memories[memory]
        for index in range(1, SIZE + 1):
            if index not in places:
                places[index] = message
                return index
        raise Refusal("CMS", 322)

    def send(self, message: Message) -> int:
        """Record a message as sent; return its reference."""
        message.status = SENT
        self.sent.append(message)
        return len(self.sent) & 0xFF


def delivered(sender: str, text: str) -> Message:
    """Make an incoming message: SMS-DELIVER in the default alphabet (3GPP TS 23.040 §9.2.2.1)."""
    digits = sender.lstrip("+")
    text = text[:160]
    body = gsm7_packed(text).hex().upper()
    number_type = "91" if sender.startswith("+") else "81"
    address = f"{len(digits):02X}{number_type}{swapped(digits)}"
    return Message(UNREAD, sender, text, f"0004{address}0000{TIME_OF_DELIVERY[1]}{len(text):02X}{body}")
