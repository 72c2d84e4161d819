"""What to do about a module that is not live, or whose number somebody objects to: one next step each."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, NamedTuple

from agent.decision.verdict import Reason
from agent.language import N_, translation
from agent.onlinesim.number_answer import NumberStatus
from agent.status.snapshot import ModuleRow


class Objection(enum.StrEnum):
    """What speaks against a number that is live here."""

    DOUBT = "doubt"
    """Another host of the fleet claims it."""
    NOT_ON_ACCOUNT = "not_on_account"
    SPENT = "spent"
    BANNED = "banned"


class Advice(NamedTuple):
    """The next step, "" where nothing is to be done, and where docs/troubleshooting.md says more, "" for nowhere."""

    text: str
    section: str


_NO_ACCESS: Final = N_(
    "Ask the SIM's operator: it may have expired, not be activated, be barred, or have no roaming here."
)
_TEXTS: Final[Mapping[Reason | Objection, str]] = {
    Reason.LIVE: "",
    Reason.DISABLED: N_(
        "To use it, take `enabled: false` out of the rule of its port, or of the entry of its SIM, in config.yaml."
    ),
    Reason.UNPLUGGED: N_(
        "Check the plug, the cable and the power of its hub; `sudo dmesg | tail -50` shows when and why it went."
        " The module is used again when its port is back."
    ),
    Reason.PORT_BUSY: N_(
        "Stop that program, leave the port to it (a rule with `enabled: false`), or share the port (`share: true`)."
    ),
    Reason.NO_PERMISSION: N_(
        "Run `sudo simbank-agent install`, or add the account to the group of the ports and log in again;"
        " `simbank-agent check` says which group that is."
    ),
    Reason.NOT_A_MODEM: N_(
        "If it is a modem, switch it off and on, or try `baudrate: auto`. If not, leave it out by a rule with"
        " `enabled: false`; the bank's own control port gets `role: control`."
    ),
    Reason.SILENT: N_(
        "If it is this module alone, switch it off and on; if all of a hub are silent, check its power and cable."
        " `simbank-agent trace PORT` shows what the module answers."
    ),
    Reason.NO_SIM: N_(
        "Put a card in, or seat it again. Some modules notice a card only after a restart: use the bank's own"
        " software for that."
    ),
    Reason.SIM_NOT_READY: N_(
        "Wait a minute. If it stays, seat the card again; if the radio is off (CFUN), another program has switched"
        " it off."
    ),
    Reason.PIN_REQUIRED: N_("Take the PIN off with a phone: the agent never sends a PIN."),
    Reason.PUK_REQUIRED: N_("Unblock the card with its PUK in a phone, and take the PIN off."),
    Reason.MODULE_LOCKED: N_("Ask the seller for the module's unlock code, or put in a card of its network."),
    Reason.SIM_ERROR: N_("Clean the card's contacts, seat it again, try another slot."),
    Reason.NOT_REGISTERED: N_(
        "Check the antenna, and whether the radio is off or the network was chosen by hand."
    ),
    Reason.SEARCHING: N_("Wait a minute. If it goes on searching, check the antenna and the signal."),
    Reason.DENIED: _NO_ACCESS,
    Reason.EMERGENCY_ONLY: _NO_ACCESS,
    Reason.REGISTRATION_UNKNOWN: N_("Wait a moment. If it stays, check the antenna."),
    Reason.NUMBER_UNKNOWN: N_(
        "Write the number of this SIM under `sims` in config.yaml. For many SIMs, `simbank-agent sims --write`"
        " writes a file in which only the numbers are missing."
    ),
    Reason.NUMBER_INVALID: N_(
        "Write the number with + and country code under `sims` in config.yaml or in `sims_file`: both count before"
        " what the card says."
    ),
    Reason.CONTESTED: N_(
        "Restart the module. If it happens again, unplug it and check the bank's own software."
    ),
    Reason.DUPLICATE_SIM: N_(
        "Wait while the bank moves SIMs. If it stays, the bank shows one SIM to two modules: restart the bank."
    ),
    Reason.DUPLICATE_NUMBER: N_(
        "Correct the number of one of the two SIMs under `sims` in config.yaml or in `sims_file`."
    ),
    Reason.SETTLING: N_(
        "Wait: the number joins by itself. A SIM that comes and goes waits longer each time, up to ten minutes:"
        " check its contacts."
    ),
    Reason.OVER_CAP: N_(
        "If `bank.modules` is too low, set it to the number of modules that you own; never higher, or Onlinesim"
        " blocks the account."
    ),
    Objection.DOUBT: N_(
        "Another host reports the same card or number, so neither is sold: take the card out of one of the two, or"
        " correct the number there."
    ),
    Objection.NOT_ON_ACCOUNT: N_(
        "Look for another program that reports with the same key: each list replaces the one before. The number"
        " comes back with the next whole list."
    ),
    Objection.SPENT: N_("Replace the SIM: its number was rented out before, and earns no more."),
    Objection.BANNED: N_(
        "Check that this SIM receives messages: a number is banned after three operations without one. The ban ends"
        " within 24 hours."
    ),
}
_SECTIONS: Final[Mapping[Reason | Objection, str]] = {
    **{reason: reason.value for reason in Reason if reason is not Reason.LIVE},
    Objection.NOT_ON_ACCOUNT: Objection.NOT_ON_ACCOUNT.value,
}


def advice_for(row: ModuleRow, lang: str = "en") -> Advice:
    """Return what to do about a module."""
    about = objection_to(row) or Reason(row.reason)
    return Advice(translation(lang).gettext(_TEXTS[about]), _SECTIONS.get(about, ""))


def objection_to(row: ModuleRow) -> Objection | None:
    """Return what speaks against the number of a live module; None where nothing does."""
    if row.doubt is not None:
        return Objection.DOUBT
    if row.onlinesim is None:
        return None
    if row.onlinesim.status in {NumberStatus.NOT_ON_ACCOUNT, NumberStatus.SPENT}:
        return Objection(row.onlinesim.status)
    return Objection.BANNED if row.onlinesim.banned else None
