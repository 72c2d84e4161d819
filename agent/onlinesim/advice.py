"""What to do about each refusal and failure: one next step each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent.language import N_, translation
from agent.onlinesim.outcome import FailureKind, RefusalKind

_NEW_KEY: Final = N_(
    "copy the key from your partner account into config.yaml (onlinesim.api_key) or the key file"
)
_ADVICE: Final[Mapping[RefusalKind | FailureKind, str]] = {
    RefusalKind.WRONG_KEY: _NEW_KEY,
    RefusalKind.NO_KEY: _NEW_KEY,
    RefusalKind.BLOCKED: N_(
        "wait 30 minutes and compare bank.modules with the number of modules that partner support has on record:"
        " more numbers than modules block the account; if it persists, write to partner support"
    ),
    RefusalKind.API_DISABLED: N_("ask partner support to switch the API on for your account"),
    RefusalKind.IP: N_(
        "give partner support the public address of this host: the key works from listed addresses only"
    ),
    RefusalKind.NOT_FOUND: N_("compare onlinesim.server with the URL that partner support gave you"),
    RefusalKind.NUMBER_FORMAT: N_(
        "the agent looks for the number that Onlinesim refuses and reports the others; correct it under sims or in"
        " sims_file"
    ),
    RefusalKind.DATE: N_(
        "the agent looks for the number whose date_start Onlinesim refuses and reports the others; check this"
        " host's clock, and show `simbank-agent payload` to partner support"
    ),
    RefusalKind.BAD_REQUEST: N_(
        "see `simbank-agent payload` for what was sent; the server's text names the field"
    ),
    RefusalKind.TEXT: N_("the server's text says what it wants; partner support can explain it"),
    RefusalKind.OTHER: N_("show the server's text to partner support"),
    FailureKind.NETWORK: N_("check that this host reaches the internet and that no firewall blocks it"),
    FailureKind.DNS: N_("check onlinesim.server for a typo, then /etc/resolv.conf"),
    FailureKind.TLS: N_(
        "check the clock and that ca-certificates is installed; a proxy that intercepts TLS does not work"
    ),
    FailureKind.SLOW: N_("try again; if it persists, test the connection with `curl -v` from this host"),
    FailureKind.SERVER: N_("try again later: the server has an internal problem"),
    FailureKind.BUSY: N_("try again in a minute: the server wants fewer requests"),
    FailureKind.ANSWER: N_("check that onlinesim.server is Onlinesim's API and not a network's login page"),
    FailureKind.REDIRECT: N_("set onlinesim.server to the address that the server names"),
    FailureKind.GIVEN_UP: N_(
        "the newest list goes out next; if it persists, test the connection with `curl -v` from this host"
    ),
    FailureKind.FENCED: N_(
        "nothing, once; if it persists, see with `simbank-agent check` how fast the fleet's engine answers"
    ),
}


NOT_TAKEN: Final = N_(
    "check this number under sims or in sims_file, and on your partner page; partner support can say why"
)
"""What to do about a number that is in the list but has no id at Onlinesim."""


HELD_BACK: Final = N_(
    "correct it under sims or in sims_file; it is tried again after six hours and after a reload"
)
"""What to do about a number that Onlinesim refuses."""


SET_CLOCK: Final = N_("set it with `sudo timedatectl set-ntp true`, for date_start is taken from it")
"""What to do about a clock that is wrong."""


def advice_for(kind: RefusalKind | FailureKind, language: str = "en") -> str:
    """Return the next step; `language` is "en" or "ru"."""
    return translation(language).gettext(_ADVICE[kind])
