"""Modules that are not live for a reason that somebody can fix: one finding for each reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from agent.check.finding import Finding, good, problem, some, warning
from agent.decision.texts import reason_text
from agent.decision.verdict import Reason
from agent.formats.iccid import card_key
from agent.language import N_, _, current_language

FIXES: Final = {
    Reason.NOT_A_MODEM: N_(
        "a diagnostics or GNSS port: leave it out with enabled: false; a module at another rate: baudrate: auto;"
        " the bank's own control port: role: control"
    ),
    Reason.SILENT: N_(
        "switch the module off and on; if others on its hub are silent too, check the hub's power supply"
    ),
    Reason.PIN_REQUIRED: N_("remove the SIM's PIN with a phone: the agent never writes to a SIM"),
    Reason.PUK_REQUIRED: N_("unblock the SIM with its PUK in a phone, and remove its PIN"),
    Reason.MODULE_LOCKED: N_(
        "ask the module's seller for the unlock code; a PIN taken off with a phone does not help"
    ),
    Reason.SIM_ERROR: N_("clean the card's contacts and seat it again; try another slot"),
    Reason.DENIED: N_("ask the SIM's operator: expired, not activated, or no roaming here"),
    Reason.EMERGENCY_ONLY: N_("ask the SIM's operator: expired, not activated, or no roaming here"),
    Reason.NUMBER_UNKNOWN: N_(
        "set sims_file: sims.csv in config.yaml, create it with `simbank-agent sims --write`, and fill in the numbers"
    ),
    Reason.NUMBER_INVALID: N_(
        "write the number with + and country code under sims: in config.yaml or in sims_file"
    ),
    Reason.CONTESTED: N_(
        "this module tells the SIMs of its neighbours: restart it; if it goes on, unplug it, and see the bank's own"
        " software"
    ),
    Reason.DUPLICATE_SIM: N_(
        "the bank shows one SIM to two modules: see its own software; if it stays, restart the bank"
    ),
    Reason.DUPLICATE_NUMBER: N_("correct the number of one of the SIMs in config.yaml or sims_file"),
    Reason.OVER_CAP: N_("if bank.modules is too low, set it to the number of modules you own"),
}
"""Reasons that pass by themselves are left out; ports that cannot be opened are in `ports`."""


_UNASKED: Final = frozenset({Reason.UNPLUGGED, Reason.PORT_BUSY, Reason.NO_PERMISSION, Reason.DISABLED})


def check_modules(
    rows: Sequence[Mapping[str, Any]], sims_file: str = "", lines: Mapping[str, int] | None = None
) -> Iterator[Finding]:
    """Findings on `modules` of /api/v1/status in the process's language; none where no module was asked.

    `sims_file` is its path, "" for none; `lines` are those of its SIMs, by `card_key` of the ICCID or by IMSI.
    """
    if not rows:
        return
    names: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        names[str(row["reason"])].append(str(row["name"]))
    live = len(names[Reason.LIVE])
    if live:
        yield good("modules", _("{live} of {total} are live").format(live=live, total=len(rows)))
    else:
        asked = any(row["reason"] not in _UNASKED for row in rows)
        text = _("none of the {n} is live: nothing would be offered")
        fix = _("`simbank-agent scan` shows the reason for each")
        if not asked:
            text = _("none of the {n} could be asked: an agent reports nothing, not even an empty list")
            fix = _(
                "end the program that holds the ports, or see the findings on ports; run one agent for each account"
            )
        yield problem("modules", text.format(n=len(rows)), fix)
    for reason, fix in FIXES.items():
        if reason is Reason.NUMBER_UNKNOWN and sims_file:
            yield from _without_number(rows, sims_file, lines or {})
        elif reason is Reason.NUMBER_INVALID:
            yield from _with_a_bad_number(rows)
        elif names[reason]:
            yield warning("modules", f"{some(names[reason])}: {_text(reason)}", _(fix))


def check_labels(rows: Sequence[Mapping[str, Any]], labels: Iterable[str]) -> Iterator[Finding]:
    """Name the labels that belong to no module and no hub; none where no module is known."""
    known = {str(row["name"]) for row in rows} | {str(row.get("group")) for row in rows}
    lost = [one for one in labels if one not in known]
    if rows and lost:
        fix = _("`simbank-agent modules` lists the names; a hub is called as on the page")
        yield warning("labels", _("no module and no hub is called {names}").format(names=some(lost)), fix)


def _text(reason: Reason) -> str:
    return reason_text(reason, language=current_language())


def _without_number(
    rows: Sequence[Mapping[str, Any]], sims_file: str, lines: Mapping[str, int]
) -> Iterator[Finding]:
    """Two findings at most: SIMs that have a row in the file already, and those that have none."""
    at: list[str] = []
    absent: list[str] = []
    for row in rows:
        if row["reason"] == Reason.NUMBER_UNKNOWN:
            line = lines.get(card_key(str(row.get("iccid") or ""))) or lines.get(str(row.get("imsi") or ""))
            if line is not None:
                at.append(f"{row['name']} ({sims_file}:{line})")
            else:
                absent.append(str(row["name"]))
    text = _text(Reason.NUMBER_UNKNOWN)
    if at:
        yield warning("modules", f"{some(at)}: {text}", _("fill in the column number in that row"))
    if absent:
        fix = _("`simbank-agent sims --write` adds the SIM to {file}; then fill in its number there")
        fix = fix.format(file=sims_file)
        yield warning("modules", f"{some(absent)}: {text}", fix)


def _with_a_bad_number(rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """One finding for each text, which says what is wrong with the number."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["reason"] == Reason.NUMBER_INVALID:
            names[str(row["text"]) or _text(Reason.NUMBER_INVALID)].append(str(row["name"]))
    for text, modules in names.items():
        yield warning("modules", f"{some(modules)}: {text}", _(FIXES[Reason.NUMBER_INVALID]))
