"""A test report to the configured server, which shows whether it takes the key and the set that would be sent.

Responsible for one question (test1: checked, not saved), for comparing the echo of test2, and for a mend for each
answer. Must not know HTTP, nor send anything that counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.doctor.finding import Finding, counted, good, problem, warning
from agent.onlinesim.answers import Checked, Refusal, RefusalKind, Trouble, TroubleKind, echoes
from agent.onlinesim.messages import SendNumbersOnline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from agent.config import Onlinesim
    from agent.onlinesim.answers import Outcome
    from agent.onlinesim.messages import Message, NumberEntry, Test

    Post = Callable[[Message], Awaitable[Outcome]]

WHAT: Final = "Onlinesim"

_NEW_KEY = "copy the key from your partner account into config.yaml (onlinesim.api_key) or the key file"
_REFUSALS: Final = {
    RefusalKind.WRONG_KEY: _NEW_KEY,
    RefusalKind.NO_KEY: _NEW_KEY,
    RefusalKind.BLOCKED: (
        "wait 30 minutes and compare bank.modules with the modules that partner support knows: more numbers than"
        " modules block; if it stays, write to partner support"
    ),
    RefusalKind.API_DISABLED: "ask partner support to switch the API on for your account",
    RefusalKind.IP: "tell partner support the public address of this host: the key works from listed addresses only",
    RefusalKind.NOT_FOUND: "compare onlinesim.server with the URL that partner support gave you",
    RefusalKind.BAD_REQUEST: "see `simbank-agent payload` for what was sent; the server's words name the field",
    RefusalKind.TEXT: "the server's words say what it wants; partner support explains them",
    RefusalKind.OTHER: "show the server's words to partner support",
}
_TROUBLES: Final = {
    TroubleKind.NETWORK: "see whether this host reaches the internet, and whether a firewall is between",
    TroubleKind.DNS: "look for a typing mistake in onlinesim.server; else see /etc/resolv.conf",
    TroubleKind.TLS: (
        "see that the clock is right and that ca-certificates is installed; a proxy that opens TLS will not do"
    ),
    TroubleKind.SLOW: "try again; if it stays, see the way there with `curl -v` from this host",
    TroubleKind.SERVER: "try again later: the server itself has trouble",
    TroubleKind.BUSY: "try again in a minute: the server wants fewer requests",
    TroubleKind.ANSWER: "see that onlinesim.server is Onlinesim's API, and no login page of a network in between",
    TroubleKind.REDIRECT: "write the address that the server names into onlinesim.server",
}


async def judge(told: Onlinesim, post: Post, entries: Sequence[NumberEntry], *, test2: bool) -> list[Finding]:
    """Ask the server; with `test2` ask also what it understood. `entries` is the set that would be sent."""
    found = [_where(told)]
    first = await _ask(post, entries, "test1")
    found.append(first)
    if test2 and not first.mend:
        found.append(await _ask(post, entries, "test2"))
    return found


def _where(told: Onlinesim) -> Finding:
    if told.sandboxed:
        text = "server is the sandbox: nothing is sold"
        return warning(WHAT, text, "set onlinesim.server to the URL from partner support, and the key")
    return good(WHAT, f"reports go to {told.server}")


async def _ask(post: Post, entries: Sequence[NumberEntry], test: Test) -> Finding:
    message = SendNumbersOnline(numbers=tuple(entries), test=test)
    outcome = await post(message)
    match outcome:
        case Refusal(kind=kind):
            return problem(WHAT, f"{test}: {outcome}", _REFUSALS[kind])
        case Trouble(kind=kind):
            return problem(WHAT, f"{test}: {outcome}", _TROUBLES[kind])
        case Checked(test="test2", echo=echo) if not echoes(message.body(), echo):
            mend = (
                "the server understood something else: show partner support `simbank-agent payload` and this"
            )
            return problem(WHAT, f"test2: the echo differs from what was sent: {echo}", mend)
        case Checked(test="test2"):
            return good(WHAT, "test2: the server understood exactly what was sent")
        case Checked():
            return good(
                WHAT,
                f"test1: key and list are accepted ({counted(len(entries), 'number')}), nothing was saved",
            )
        case _:  # a server that knows no tests would have taken the list for a report
            mend = "tell partner support: this server takes test requests for reports"
            return problem(WHAT, f"{test} was answered as if it were a report", mend)
