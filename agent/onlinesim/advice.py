"""What to do about each refusal and failure: one next step each, in English and Russian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent.onlinesim.outcome import FailureKind, RefusalKind

_NEW_KEY: Final = (
    "copy the key from your partner account into config.yaml (onlinesim.api_key) or the key file",
    "скопируйте ключ из кабинета партнёра в config.yaml (onlinesim.api_key) или в файл ключа",
)
_ADVICE: Final[Mapping[RefusalKind | FailureKind, tuple[str, str]]] = {
    RefusalKind.WRONG_KEY: _NEW_KEY,
    RefusalKind.NO_KEY: _NEW_KEY,
    RefusalKind.BLOCKED: (
        (
            "wait 30 minutes and compare bank.modules with the number of modules that partner support has on record:"
            " more numbers than modules block the account; if it persists, write to partner support"
        ),
        (
            "подождите 30 минут и сравните bank.modules и число модулей, известное поддержке партнёров: если номеров"
            " больше, чем модулей, учётную запись блокируют; если не поможет, напишите в поддержку"
        ),
    ),
    RefusalKind.API_DISABLED: (
        "ask partner support to switch the API on for your account",
        "попросите поддержку партнёров включить API для вашей учётной записи",
    ),
    RefusalKind.IP: (
        "give partner support the public address of this host: the key works from listed addresses only",
        "сообщите поддержке партнёров внешний адрес этой машины: ключ действует только для адресов из списка",
    ),
    RefusalKind.NOT_FOUND: (
        "compare onlinesim.server with the URL that partner support gave you",
        "сравните onlinesim.server и адрес, который дала поддержка партнёров",
    ),
    RefusalKind.NUMBER_FORMAT: (
        (
            "the agent looks for the number that Onlinesim refuses and reports the others; correct it under sims or in"
            " sims_file"
        ),
        (
            "агент ищет номер, который не принимает Onlinesim, и сообщает остальные; исправьте этот номер в sims"
            " или sims_file"
        ),
    ),
    RefusalKind.DATE: (
        (
            "the agent looks for the number whose date_start Onlinesim refuses and reports the others; check this"
            " host's clock, and show `simbank-agent payload` to partner support"
        ),
        (
            "агент ищет номер, чей date_start не принимает Onlinesim, и сообщает остальные; проверьте часы этой машины"
            " и покажите поддержке партнёров вывод `simbank-agent payload`"
        ),
    ),
    RefusalKind.BAD_REQUEST: (
        "see `simbank-agent payload` for what was sent; the server's text names the field",
        "`simbank-agent payload` покажет, что было отправлено; в ответе сервера названо поле",
    ),
    RefusalKind.TEXT: (
        "the server's text says what it wants; partner support can explain it",
        "причина указана в ответе сервера; пояснит её поддержка партнёров",
    ),
    RefusalKind.OTHER: (
        "show the server's text to partner support",
        "покажите ответ сервера поддержке партнёров",
    ),
    FailureKind.NETWORK: (
        "check that this host reaches the internet and that no firewall blocks it",
        "проверьте, есть ли на этой машине интернет и не мешает ли межсетевой экран",
    ),
    FailureKind.DNS: (
        "check onlinesim.server for a typo, then /etc/resolv.conf",
        "проверьте, нет ли опечатки в onlinesim.server, затем /etc/resolv.conf",
    ),
    FailureKind.TLS: (
        "check the clock and that ca-certificates is installed; a proxy that intercepts TLS does not work",
        "проверьте часы и установлен ли ca-certificates; прокси, который вскрывает TLS, не подойдёт",
    ),
    FailureKind.SLOW: (
        "try again; if it persists, test the connection with `curl -v` from this host",
        "попробуйте ещё раз; если не поможет, проверьте соединение: `curl -v` на этой машине",
    ),
    FailureKind.SERVER: (
        "try again later: the server has an internal problem",
        "попробуйте позже: неполадки на самом сервере",
    ),
    FailureKind.BUSY: (
        "try again in a minute: the server wants fewer requests",
        "попробуйте через минуту: сервер просит меньше запросов",
    ),
    FailureKind.ANSWER: (
        "check that onlinesim.server is Onlinesim's API and not a network's login page",
        "проверьте, что onlinesim.server — это API Onlinesim, не страница входа в сеть",
    ),
    FailureKind.REDIRECT: (
        "set onlinesim.server to the address that the server names",
        "укажите в onlinesim.server адрес, который назвал сервер",
    ),
    FailureKind.GIVEN_UP: (
        "the newest list goes out next; if it persists, test the connection with `curl -v` from this host",
        "следующим уйдёт новый список; если повторяется, проверьте соединение: `curl -v` на этой машине",
    ),
    FailureKind.FENCED: (
        "nothing, once; if it persists, see with `simbank-agent check` how fast the fleet's engine answers",
        "один раз — ничего; если повторяется, проверьте `simbank-agent check`, как быстро отвечает Redis флота",
    ),
}


NOT_TAKEN: Final = (
    "check this number under sims or in sims_file, and on your partner page; partner support can say why",
    "проверьте этот номер в sims или в sims_file и в кабинете партнёра; причину знает поддержка партнёров",
)
"""What to do about a number that is in the list but has no id at Onlinesim."""


HELD_BACK: Final = (
    "correct it under sims or in sims_file; it is tried again after six hours and after a reload",
    "исправьте номер в sims или sims_file; повтор через шесть часов или после перечитывания config.yaml",
)
"""What to do about a number that Onlinesim refuses."""


SET_CLOCK: Final = (
    "set it with `sudo timedatectl set-ntp true`, for date_start is taken from it",
    "исправьте их: `sudo timedatectl set-ntp true`; по ним ставится date_start",
)
"""What to do about a clock that is wrong."""


def advice_for(kind: RefusalKind | FailureKind, language: str = "en") -> str:
    """Return the next step; `language` is "en" or "ru"."""
    return _ADVICE[kind][1 if language == "ru" else 0]
