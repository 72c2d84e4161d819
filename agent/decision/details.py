"""The facts behind verdicts, which drivers and bank tell in English, in the other languages."""

from __future__ import annotations

from typing import Final

from agent.language import N_, Retelling

detail_in: Final = Retelling(
    N_("no answer to {command}"),
    N_("no readable answer to {command}"),
    N_("{command} was refused: {text}"),
    N_("fell silent during identification"),
    N_("parts of its answers are missing: another program reads this port too ({command} shows which)"),
    N_("or another program reads this port too: {command} shows which"),
    N_('the serial server says "{text}"'),
    N_("registered for packet data only"),
    N_("the module refuses to report its registration"),
    N_("the answer to {command} is state {state}, which the standard does not have"),
    N_("the radio is {what} (CFUN {code})"),
    N_("switched off"),
    N_("not allowed to transmit"),
    N_("not allowed to receive"),
    N_("in flight mode"),
    N_("offline"),
    N_("{number} (Onlinesim: {text}; 1 of {n})"),
    N_("plugged in just now; udev has not finished with it"),
    N_("{path}: an earlier attempt to open it still hangs"),
    N_("{path}: only {limit} open files are allowed; the rest is kept for reports"),
    N_("{path} did not open within {seconds} s"),
    N_("{path} is locked by {holder}"),
    N_("{path} is held by {holder}"),
    N_("{path}: the device accepts no data"),
    N_("{path}: does not accept {rate} bit/s: {why}"),
    N_("{path}: the server sends faster than it can be read"),
    N_("{command} says {text}, which is not an IMSI"),
    N_("{path}: {why}"),
    N_("hung up"),
    N_("hangs"),
    N_("internal error: {error}"),
    N_("another agent uses this directory"),
)
"""Says the detail of a verdict in another language; what modules, servers and programs say stays as it is."""
