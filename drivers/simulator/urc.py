"""URCs: the lines of each event, as one session gets them."""

from __future__ import annotations

from typing import TypeAlias

from drivers.simulator.lifecycle import REGISTERED
from drivers.simulator.network_commands import DOMAINS, registration_urc
from drivers.simulator.session import Session
from drivers.simulator.state import ModuleState
from drivers.simulator.template import TemplateValues, filled

UrcLine: TypeAlias = tuple[str, str]
"""Text and line end."""


def vendor_lines(state: ModuleState, session: Session, event: str) -> list[UrcLine]:
    """Write the personality's lines for an event, as far as the session has switched them on."""
    return [
        (filled(urc.text, TemplateValues(state, session, urc.when)), urc.line_end)
        for urc in state.personality.urcs.get(event, ())
        if session.enabled(urc.when)
    ]


def event_lines(state: ModuleState, session: Session, event: str) -> list[UrcLine]:
    """Write the lines of an event; "registration" has those of 3GPP TS 27.007 §7.2 besides the vendor's."""
    if event != "registration":
        return vendor_lines(state, session, event)
    urcs = [registration_urc(state, session, domain) for domain in DOMAINS]
    change = "registered" if state.life.stat in REGISTERED else "lost"
    return [(urc, "\r\n") for urc in urcs if urc is not None] + vendor_lines(state, session, change)


def message_lines(session: Session, memory: str, index: int) -> list[UrcLine]:
    """Announce a stored message to a session that has asked for it by +CNMI (3GPP TS 27.005 §3.4.1)."""
    wanted = session.settings["+CNMI"].split(",")[1:2] == ["1"]
    return [(f'+CMTI: "{memory}",{index}', "\r\n")] if wanted else []


def call_lines(state: ModuleState, session: Session, caller: str) -> list[UrcLine]:
    """Ring, and show the caller where +CLIP has asked for it (3GPP TS 27.007 §7.6)."""
    shown = [(f'+CLIP: "{caller}",145,"",0,"",0', "\r\n")] if session.enabled("+CLIP") else []
    return vendor_lines(state, session, "ring") + shown
