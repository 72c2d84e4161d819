"""A test report to the configured server, which shows whether it takes the key and the set that would be sent.

Responsible for one question (test1: checked, not saved), for comparing the echo of test2, and for saying the
mend of each answer. Must not know HTTP, nor send anything that counts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from agent.check.finding import Finding, counted, good, problem, warning
from agent.config import Onlinesim
from agent.onlinesim.advice import mend
from agent.onlinesim.messages import Message, NumberEntry, SendNumbersOnline, Test
from agent.onlinesim.outcome import Checked, Failed, Outcome, Refusal, echoes

Post = Callable[[Message], Awaitable[Outcome]]

WHAT: Final = "Onlinesim"


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
            return problem(WHAT, f"{test}: {outcome}", mend(kind))
        case Failed(kind=kind):
            return problem(WHAT, f"{test}: {outcome}", mend(kind))
        case Checked(test="test2", echo=echo) if not echoes(message.body(), echo):
            advice = (
                "the server understood something else: show partner support `simbank-agent payload` and this"
            )
            return problem(WHAT, f"test2: the echo differs from what was sent: {echo}", advice)
        case Checked(test="test2"):
            return good(WHAT, "test2: the server understood exactly what was sent")
        case Checked():
            return good(
                WHAT,
                f"test1: key and list are accepted ({counted(len(entries), 'number')}), nothing was saved",
            )
        case _:  # a server that knows no tests would have taken the list for a report
            advice = "tell partner support: this server takes test requests for reports"
            return problem(WHAT, f"{test} was answered as if it were a report", advice)
