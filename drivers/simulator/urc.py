"""What a module says unasked.

Responsible for turning events of a module's life into lines, for the settings that must be on for a line to come, and
for the port it goes to. Must not know when an event happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulator.network_commands import DOMAINS, registration_urc
from drivers.simulator.template import REGISTERED, Facts, filled

if TYPE_CHECKING:
    from drivers.simulator.module import SimulatedModule
    from drivers.simulator.port import Port
    from drivers.simulator.session import Session


def urc_ports(module: SimulatedModule) -> list[Port]:
    """Return the ports that URCs go to: every AT port, or the first where the vendor has one for them."""
    talking = [port for port in module.ports if port.role == "at" and port.terminal is not None]
    return talking[:1] if "urcs_on_first_port" in module.personality.quirks else talking


def lines_of(module: SimulatedModule, event: str, session: Session) -> list[tuple[str, str]]:
    """Write the URCs of an event as this session would get them: text and line end."""
    return [
        (filled(urc.text, Facts(module, session, urc.when)), urc.line_end)
        for urc in module.personality.urcs.get(event, ())
        if session.enabled(urc.when)
    ]


def announce(module: SimulatedModule, event: str) -> None:
    """Tell an event to whoever listens; "registration" is told in the words of 27.007 and of the vendor."""
    for port in urc_ports(module):
        lines = []
        if event == "registration":
            urcs = (registration_urc(module, port.session, domain) for domain in DOMAINS)
            lines = [(urc, "\r\n") for urc in urcs if urc is not None]
            lines += lines_of(
                module, "registered" if module.life.stat in REGISTERED else "lost", port.session
            )
        else:
            lines = lines_of(module, event, port.session)
        for text, line_end in lines:
            port.say(text, line_end)


def announce_message(module: SimulatedModule, memory: str, index: int) -> None:
    """Tell that a message came, to sessions that asked for it by +CNMI (27.005 §3.4.1)."""
    for port in urc_ports(module):
        if port.session.settings["+CNMI"].split(",")[1:2] == ["1"]:
            port.say(f'+CMTI: "{memory}",{index}')


def announce_call(module: SimulatedModule, caller: str) -> None:
    """Ring, and show the caller where +CLIP asked for it (27.007 §7.6)."""
    for port in urc_ports(module):
        for text, line_end in lines_of(module, "ring", port.session):
            port.say(text, line_end)
        if port.session.enabled("+CLIP"):
            port.say(f'+CLIP: "{caller}",145,"",0,"",0')
