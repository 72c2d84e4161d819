"""Why a SIM is not live, in words for the operator, in English and Russian.

Responsible for one sentence per reason, which names the fact and, where there is one, the next step.
Must not know how a reason was found. No I/O.
"""

from __future__ import annotations

from typing import Final

from agent.decision.verdict import Reason

LANGUAGES: Final = ("en", "ru")

_TEXTS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.LIVE: ("live", "онлайн"),
    Reason.DISABLED: ("switched off in config.yaml", "выключено в config.yaml"),
    Reason.UNPLUGGED: ("the port is gone", "порт пропал"),
    Reason.PORT_BUSY: ("another program holds the port", "порт занят другой программой"),
    Reason.NO_PERMISSION: ("no right to open the port", "нет прав открыть порт"),
    Reason.NOT_A_MODEM: ("nothing here answers AT commands", "здесь никто не отвечает на AT-команды"),
    Reason.SILENT: ("no complete answer lately", "давно нет полного ответа"),
    Reason.NO_SIM: ("no SIM", "нет SIM-карты"),
    Reason.SIM_NOT_READY: ("the SIM is not ready", "SIM-карта не готова"),
    Reason.PIN_REQUIRED: ("the SIM asks for its PIN", "SIM-карта просит PIN"),
    Reason.PUK_REQUIRED: ("the SIM is blocked and asks for its PUK", "SIM-карта заблокирована, нужен PUK"),
    Reason.SIM_ERROR: ("the SIM cannot be read", "SIM-карта не читается"),
    Reason.NOT_REGISTERED: ("not registered in a network", "нет регистрации в сети"),
    Reason.SEARCHING: ("searching for a network", "ищет сеть"),
    Reason.DENIED: ("the network refuses this SIM", "сеть отказала SIM-карте"),
    Reason.EMERGENCY_ONLY: ("emergency calls only", "только экстренные вызовы"),
    Reason.REGISTRATION_UNKNOWN: (
        "the module does not know its registration",
        "модуль не знает, есть ли регистрация",
    ),
    Reason.NUMBER_UNKNOWN: ("the number of this SIM is not known", "номер этой SIM-карты неизвестен"),
    Reason.NUMBER_INVALID: ("this is no possible phone number", "это не похоже на номер телефона"),
    Reason.DUPLICATE_SIM: ("two modules say they hold this SIM", "два модуля говорят, что SIM-карта у них"),
    Reason.DUPLICATE_NUMBER: ("another SIM has the same number", "такой же номер у другой SIM-карты"),
    Reason.SETTLING: ("good, waiting until it has settled", "всё хорошо, ждём, пока устоится"),
    Reason.OVER_CAP: ("more live SIMs than bank.modules", "SIM-карт онлайн больше, чем bank.modules"),
}


def reason_text(reason: Reason, detail: str = "", language: str = "en") -> str:
    """Return the sentence for a verdict. `detail` is the fact behind it (see `Verdict.detail`)."""
    russian = language == "ru"
    text = _TEXTS[reason][1 if russian else 0]
    if not detail:
        return text
    if reason is Reason.NUMBER_UNKNOWN:
        line = f'"{detail}": "+…"'
        return (
            f"{text}; впишите в config.yaml, sims: {line}"
            if russian
            else f"{text}; add to config.yaml, sims: {line}"
        )
    return f"{text}: {detail}"
