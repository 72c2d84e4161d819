"""Why a SIM is not live: a sentence for each reason, in English and Russian."""

from __future__ import annotations

from typing import Final

from agent.decision.verdict import Reason
from agent.numbers.rejected import rejected_text
from agent.onlinesim.refused_numbers import REFUSED_BY

_TEXTS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.LIVE: ("live", "онлайн"),
    Reason.DISABLED: ("disabled in config.yaml", "выключено в config.yaml"),
    Reason.UNPLUGGED: ("the port is gone", "порт пропал"),
    Reason.PORT_BUSY: ("another program holds the port", "порт занят другой программой"),
    Reason.NO_PERMISSION: ("no permission to open the port", "нет прав на открытие порта"),
    Reason.NOT_A_MODEM: ("nothing on this port answers AT commands", "порт не отвечает на AT-команды"),
    Reason.SILENT: ("no complete answer lately", "давно нет полного ответа"),
    Reason.NO_SIM: ("no SIM", "нет SIM-карты"),
    Reason.SIM_NOT_READY: ("the SIM is not ready", "SIM-карта не готова"),
    Reason.PIN_REQUIRED: ("the SIM needs its PIN", "SIM-карта требует PIN-код"),
    Reason.PUK_REQUIRED: ("the SIM is blocked and needs its PUK", "SIM-карта заблокирована, нужен PUK-код"),
    Reason.MODULE_LOCKED: (
        "the module, not the SIM, is locked to another network or card",
        "модуль, а не SIM-карта, заблокирован под другую сеть или карту",
    ),
    Reason.SIM_ERROR: ("the SIM cannot be read", "SIM-карта не читается"),
    Reason.NOT_REGISTERED: ("not registered on a network", "нет регистрации в сети"),
    Reason.SEARCHING: ("searching for a network", "ищет сеть"),
    Reason.DENIED: ("the network rejects this SIM", "сеть отказала SIM-карте в регистрации"),
    Reason.EMERGENCY_ONLY: ("emergency calls only", "только экстренные вызовы"),
    Reason.REGISTRATION_UNKNOWN: (
        "the module reports an unknown registration state",
        "состояние регистрации неизвестно",
    ),
    Reason.NUMBER_UNKNOWN: ("the number of this SIM is not known", "номер этой SIM-карты неизвестен"),
    Reason.NUMBER_INVALID: ("this is not a possible phone number", "такого номера телефона быть не может"),
    Reason.CONTESTED: (
        "this module tells SIMs that other modules hold, and is not believed for ten minutes",
        "модуль называет SIM-карты, которые стоят в других модулях; десять минут его данные не учитываются",
    ),
    Reason.DUPLICATE_SIM: ("two modules report this SIM", "эту SIM-карту видят сразу два модуля"),
    Reason.DUPLICATE_NUMBER: ("another SIM has the same number", "такой же номер у другой SIM-карты"),
    Reason.SETTLING: ("good, waiting for it to settle", "всё в порядке, ждём стабилизации"),
    Reason.OVER_CAP: ("more live SIMs than bank.modules", "SIM-карт онлайн больше, чем bank.modules"),
}


_PAST: Final[dict[str, tuple[str, str]]] = {
    "absent": ("no such module in the bank", "такого модуля в банке нет"),
    "stopped": ("the agent did not run", "агент не работал"),
}
_LEFT: Final = ("left the module", "больше не в модуле")

_SAYS_NO_MORE: Final = frozenset({"+CME ERROR: 10", "+CME ERROR: SIM not inserted"})
"""How 3GPP TS 27.007 §9.2 says that there is no SIM."""
_REFUSED: Final = ("Onlinesim refuses this number", "Onlinesim не принимает этот номер")


def reason_text(reason: Reason, detail: str = "", language: str = "en") -> str:
    """Return the sentence for a verdict in `language` ("en" or "ru"); `detail` as in `Verdict`."""
    russian = language == "ru"
    text = _TEXTS[reason][1 if russian else 0]
    if not detail or (reason is Reason.NO_SIM and detail in _SAYS_NO_MORE):
        return text
    if reason is Reason.NUMBER_INVALID and f"({REFUSED_BY}" in detail:
        text = _REFUSED[1 if russian else 0]
    elif reason is Reason.NUMBER_INVALID and (sentence := rejected_text(detail, language)):
        return sentence
    if reason is Reason.NUMBER_UNKNOWN:
        iccid, _, why = detail.partition(" ")
        unanswered = why.startswith("(")
        return _number_unknown(
            f"{text} {why}" if unanswered else text, iccid, "" if unanswered else why, russian=russian
        )
    return f"{text}: {detail}"


def past_text(reason: str, detail: str, *, of_sim: bool, language: str = "en") -> str:
    """Return the sentence for what history has: a reason of verdicts, `absent` or `stopped`.

    `of_sim`: it is told of a SIM; `detail` of one that is absent is what its module said then.
    """
    russian = language == "ru"
    if reason == "absent" and of_sim:
        why = _PAST.get(detail) or (_TEXTS[Reason(detail)] if detail in set(Reason) else None)
        left = _LEFT[russian]
        return left if why is None else f"{left}: {why[russian]}"
    if reason in _PAST:
        return _PAST[reason][russian]
    return reason_text(Reason(reason), detail, language) if reason in set(Reason) else reason


def _number_unknown(text: str, iccid: str, stale: str, *, russian: bool) -> str:
    """Return what to add to config.yaml; `stale` is what the module still tells of another SIM, if anything."""
    line = f'"{iccid}": "+…"'
    if not stale:
        add = "впишите в config.yaml, sims:" if russian else "add to config.yaml, sims:"
        return f"{text}; {add} {line}"
    if russian:
        return (
            f"{text}: модуль всё ещё называет {stale}, номер другой SIM-карты, которая стояла в нём раньше;"
            f" перезапустите модуль (питание) или впишите в config.yaml, sims: {line}"
        )
    return (
        f"{text}: the module still tells {stale}, which it told for another SIM before; restart the module"
        f" (power), or add to config.yaml, sims: {line}"
    )
