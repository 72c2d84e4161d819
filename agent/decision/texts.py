"""Why a SIM is not live: a sentence for each reason."""

from __future__ import annotations

from typing import Final

from agent.decision.details import detail_in
from agent.decision.verdict import Reason
from agent.language import N_, translation
from agent.numbers.rejected import rejected_text
from agent.onlinesim.refused_numbers import REFUSED_BY

_TEXTS: Final[dict[Reason, str]] = {
    Reason.LIVE: N_("live"),
    Reason.DISABLED: N_("disabled in config.yaml"),
    Reason.UNPLUGGED: N_("the port is gone"),
    Reason.PORT_BUSY: N_("another program holds the port"),
    Reason.NO_PERMISSION: N_("no permission to open the port"),
    Reason.NOT_A_MODEM: N_("nothing on this port answers AT commands"),
    Reason.SILENT: N_("no complete answer lately"),
    Reason.NO_SIM: N_("no SIM"),
    Reason.SIM_NOT_READY: N_("the SIM is not ready"),
    Reason.PIN_REQUIRED: N_("the SIM needs its PIN"),
    Reason.PUK_REQUIRED: N_("the SIM is blocked and needs its PUK"),
    Reason.MODULE_LOCKED: N_("the module, not the SIM, is locked to another network or card"),
    Reason.SIM_ERROR: N_("the SIM cannot be read"),
    Reason.NOT_REGISTERED: N_("not registered on a network"),
    Reason.SEARCHING: N_("searching for a network"),
    Reason.DENIED: N_("the network rejects this SIM"),
    Reason.EMERGENCY_ONLY: N_("emergency calls only"),
    Reason.REGISTRATION_UNKNOWN: N_("the module reports an unknown registration state"),
    Reason.NUMBER_UNKNOWN: N_("the number of this SIM is not known"),
    Reason.NUMBER_INVALID: N_("this is not a possible phone number"),
    Reason.CONTESTED: N_(
        "this module reports SIMs that are in other modules, and is not believed for ten minutes"
    ),
    Reason.DUPLICATE_SIM: N_("two modules report this SIM"),
    Reason.DUPLICATE_NUMBER: N_("another SIM has the same number"),
    Reason.SETTLING: N_("good, waiting for it to settle"),
    Reason.OVER_CAP: N_("more live SIMs than bank.modules"),
}


_PAST: Final[dict[str, str]] = {
    "absent": N_("no such module in the bank"),
    "stopped": N_("the agent did not run"),
}
_LEFT: Final = N_("left the module")

_SAYS_NO_MORE: Final = frozenset({"+CMEERROR:10", "+CMEERROR:SIMnotinserted"})
"""How 3GPP TS 27.007 §9.2 says that there is no SIM, without its blanks: some modules leave them out."""
_REFUSED: Final = N_("Onlinesim refuses this number")


def reason_text(reason: Reason, detail: str = "", language: str = "en") -> str:
    """Return the sentence for a verdict in `language` ("en" or "ru"); `detail` as in `Verdict`."""
    texts = translation(language)
    text = texts.gettext(_TEXTS[reason])
    if not detail or (reason is Reason.NO_SIM and detail.replace(" ", "") in _SAYS_NO_MORE):
        return text
    if reason is Reason.NUMBER_INVALID and f"({REFUSED_BY}" in detail:
        text = texts.gettext(_REFUSED)
    elif reason is Reason.NUMBER_INVALID and (sentence := rejected_text(detail, language)):
        return sentence
    if reason is Reason.NUMBER_UNKNOWN:
        iccid, _, why = detail.partition(" ")
        return _number_unknown(text, iccid, why, language)
    return f"{text}: {detail_in(detail, language)}"


def past_text(reason: str, detail: str, *, of_sim: bool, language: str = "en") -> str:
    """Return the sentence for what history has: a reason of verdicts, `absent` or `stopped`.

    `of_sim`: it is told of a SIM; `detail` of one that is absent is what its module said then.
    """
    texts = translation(language)
    if reason == "absent" and of_sim:
        why = _PAST.get(detail) or (_TEXTS[Reason(detail)] if detail in set(Reason) else None)
        left = texts.gettext(_LEFT)
        return left if why is None else f"{left}: {texts.gettext(why)}"
    if reason in _PAST:
        return texts.gettext(_PAST[reason])
    return reason_text(Reason(reason), detail, language) if reason in set(Reason) else reason


def _number_unknown(text: str, iccid: str, why: str, language: str) -> str:
    """Return what to add to config.yaml; `why` is "(no answer …)", or what the module still tells of another SIM."""
    texts = translation(language)
    line = f'"{iccid}": "+…"'
    if not why or why.startswith("("):
        said = f"{text} ({detail_in(why[1:-1], language)})" if why else text
        return texts.gettext("{text}; add to config.yaml, sims: {line}").format(text=said, line=line)
    return texts.gettext(
        "{text}: the module still reports {number}, the number of another SIM that was in it before; restart the module"
        " (power), or add to config.yaml, sims: {line}"
    ).format(text=text, number=why, line=line)
