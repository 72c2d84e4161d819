"""A test report to the configured server: whether it accepts the key and the numbers that would be sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from agent.check.finding import Finding, good, problem, warning
from agent.config import Onlinesim
from agent.formats.plurals import counted
from agent.onlinesim.advice import advice_for
from agent.onlinesim.messages import Message, NumberEntry, SendNumbersOnline, Test
from agent.onlinesim.outcome import Checked, Failed, Outcome, Refusal, echoes

Send = Callable[[Message], Awaitable[Outcome]]

WHAT: Final = "Onlinesim"


async def check_server(
    onlinesim: Onlinesim, send: Send, entries: Sequence[NumberEntry], *, test2: bool
) -> list[Finding]:
    """Send `entries` as test1 (checked, not saved); with `test2` also compare the server's echo."""
    found = [_where(onlinesim)]
    first = await _ask(send, entries, "test1")
    found.append(first)
    if test2 and not first.fix:
        found.append(await _ask(send, entries, "test2"))
    return found


def _where(onlinesim: Onlinesim) -> Finding:
    if onlinesim.sandboxed:
        fix = "set onlinesim.server to the URL from partner support, and the API key"
        return warning(WHAT, "server is the sandbox: nothing is sold", fix)
    return good(WHAT, f"reports go to {onlinesim.server}")


async def _ask(send: Send, entries: Sequence[NumberEntry], test: Test) -> Finding:
    message = SendNumbersOnline(numbers=tuple(entries), test=test)
    outcome = await send(message)
    match outcome:
        case Refusal(kind=kind):
            return problem(WHAT, f"{test}: {outcome}", advice_for(kind))
        case Failed(kind=kind):
            return problem(WHAT, f"{test}: {outcome}", advice_for(kind))
        case Checked(test="test2", echo=echo) if not echoes(message.body, echo):
            fix = "the server understood something else: show this and `simbank-agent payload` to partner support"
            return problem(WHAT, f"test2: the echo differs from what was sent: {echo}", fix)
        case Checked(test="test2"):
            return good(WHAT, "test2: the server understood exactly what was sent")
        case Checked():
            numbers = counted(len(entries), "number")
            return good(WHAT, f"test1: key and list are accepted ({numbers}), nothing was saved")
        case _:  # a server without test requests would have counted the list as a report
            fix = "tell partner support: this server takes test requests for reports"
            return problem(WHAT, f"{test} was answered as if it were a report", fix)
