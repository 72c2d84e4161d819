"""What to do about each answer of Onlinesim that is no yes, in English and Russian.

Responsible for one next step per kind of refusal and trouble, the same in `check`, the log and the banners. Must not
know how an answer was read, nor where the step is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent.onlinesim.outcome import RefusalKind, TroubleKind

_NEW_KEY: Final = (
    "copy the key from your partner account into config.yaml (onlinesim.api_key) or the key file",
    "скопируйте ключ из кабинета партнёра в config.yaml (onlinesim.api_key) или в файл ключа",
)
MENDS: Final[Mapping[RefusalKind | TroubleKind, tuple[str, str]]] = {
    RefusalKind.WRONG_KEY: _NEW_KEY,
    RefusalKind.NO_KEY: _NEW_KEY,
    RefusalKind.BLOCKED: (
        (
            "wait 30 minutes and compare bank.modules with the modules that partner support knows: more numbers than"
            " modules block; if it stays, write to partner support"
        ),
        (
            "подождите 30 минут и сравните bank.modules и число модулей, которое знает поддержка партнёров: больше"
            " номеров, чем модулей, ведёт к блокировке; если не пройдёт, напишите в поддержку"
        ),
    ),
    RefusalKind.API_DISABLED: (
        "ask partner support to switch the API on for your account",
        "попросите поддержку партнёров включить API для вашей учётной записи",
    ),
    RefusalKind.IP: (
        "tell partner support the public address of this host: the key works from listed addresses only",
        "сообщите поддержке партнёров внешний адрес этой машины: ключ действует только для адресов из списка",
    ),
    RefusalKind.NOT_FOUND: (
        "compare onlinesim.server with the URL that partner support gave you",
        "сравните onlinesim.server и адрес, который дала поддержка партнёров",
    ),
    RefusalKind.BAD_REQUEST: (
        "see `simbank-agent payload` for what was sent; the server's words name the field",
        "`simbank-agent payload` покажет, что было отправлено; слова сервера называют поле",
    ),
    RefusalKind.TEXT: (
        "the server's words say what it wants; partner support explains them",
        "слова сервера говорят, чего он хочет; их пояснит поддержка партнёров",
    ),
    RefusalKind.OTHER: (
        "show the server's words to partner support",
        "покажите слова сервера поддержке партнёров",
    ),
    TroubleKind.NETWORK: (
        "see whether this host reaches the internet, and whether a firewall is between",
        "проверьте, есть ли на этой машине интернет и не мешает ли межсетевой экран",
    ),
    TroubleKind.DNS: (
        "look for a typing mistake in onlinesim.server; else see /etc/resolv.conf",
        "поищите опечатку в onlinesim.server; если её нет, проверьте /etc/resolv.conf",
    ),
    TroubleKind.TLS: (
        "see that the clock is right and that ca-certificates is installed; a proxy that opens TLS will not do",
        "проверьте часы и установлен ли ca-certificates; прокси, который вскрывает TLS, не годится",
    ),
    TroubleKind.SLOW: (
        "try again; if it stays, see the way there with `curl -v` from this host",
        "попробуйте ещё раз; если не пройдёт, проверьте путь до сервера: `curl -v` на этой машине",
    ),
    TroubleKind.SERVER: (
        "try again later: the server itself has trouble",
        "попробуйте позже: неполадки на самом сервере",
    ),
    TroubleKind.BUSY: (
        "try again in a minute: the server wants fewer requests",
        "попробуйте через минуту: сервер просит меньше запросов",
    ),
    TroubleKind.ANSWER: (
        "see that onlinesim.server is Onlinesim's API, and no login page of a network in between",
        "проверьте, что onlinesim.server — это API Onlinesim, не страница входа в сеть по дороге",
    ),
    TroubleKind.REDIRECT: (
        "write the address that the server names into onlinesim.server",
        "впишите в onlinesim.server адрес, который называет сервер",
    ),
}


def mend(kind: RefusalKind | TroubleKind, language: str = "en") -> str:
    """Return the next step."""
    return MENDS[kind][1 if language == "ru" else 0]
