"""What a look at the modules themselves showed, as far as somebody can mend it.

Responsible for one finding per reason, with its mend. Must not ask modules: the rows are those of /api/v1/status.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from agent.check.finding import Finding, good, problem, some, warning
from agent.decision.texts import reason_text
from agent.decision.verdict import Reason

MENDS: Final = {
    Reason.NOT_A_MODEM: (
        "a diagnostics or GNSS port: leave it out with enabled: false; another rate: baudrate: auto; the bank's own"
        " control port: role: control"
    ),
    Reason.SILENT: "switch the module off and on; if others on its hub are silent too, look at the hub's power supply",
    Reason.PIN_REQUIRED: "take the SIM's PIN off with a phone: the agent never writes to a SIM",
    Reason.PUK_REQUIRED: "unblock the SIM with its PUK in a phone, and take its PIN off",
    Reason.SIM_ERROR: "clean the card's contacts and seat it again; try it in another slot",
    Reason.DENIED: "ask the SIM's operator: expired, not activated, or no roaming here",
    Reason.EMERGENCY_ONLY: "ask the SIM's operator: expired, not activated, or no roaming here",
    Reason.NUMBER_UNKNOWN: (
        "set sims_file: sims.csv in config.yaml, let `simbank-agent sims --write` write it, and fill in the numbers"
    ),
    Reason.NUMBER_INVALID: "write the number with + and country code under sims: in config.yaml or in sims_file",
    Reason.DUPLICATE_SIM: "the bank shows one SIM to two modules: see its own software; if it stays, restart the bank",
    Reason.DUPLICATE_NUMBER: "correct the number of one of the SIMs in config.yaml or sims_file",
    Reason.OVER_CAP: "set bank.modules to the number of modules you own, if it is too low",
}
"""States that pass by themselves have no entry, and ports that cannot be opened are judged as ports."""


def judge(rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Judge the modules by what they said; nothing is said where nobody looked."""
    if not rows:
        return
    names: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        names[str(row["reason"])].append(str(row["name"]))
    live = len(names[Reason.LIVE])
    if live:
        yield good("modules", f"{live} of {len(rows)} are live")
    else:
        yield problem(
            "modules",
            f"none of {len(rows)} is live: nothing would be offered",
            "`simbank-agent scan` tells why of each",
        )
    for reason, mend in MENDS.items():
        if names[reason]:
            yield warning("modules", f"{some(names[reason])}: {reason_text(reason)}", mend)
