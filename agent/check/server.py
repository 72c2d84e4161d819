"""A test report to the configured server: whether it accepts the key and the numbers that would be sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from agent.check.finding import Finding, good, problem, some, warning
from agent.config import Onlinesim
from agent.language import _, current_language, ngettext
from agent.onlinesim.advice import NOT_TAKEN, SET_CLOCK, advice_for
from agent.onlinesim.messages import Message, NumberEntry, SendNumbersOnline
from agent.onlinesim.outcome import Checked, Failed, Outcome, Refusal, echoes, not_taken
from agent.onlinesim.server_date import CLOCK_IS_OFF, DATES_ARE_WRONG, off_by

Send = Callable[[Message], Awaitable[Outcome]]

WHAT: Final = "Onlinesim"
CLOCK: Final = "clock"


async def check_server(
    onlinesim: Onlinesim, send: Send, entries: Sequence[NumberEntry], *, test2: bool
) -> list[Finding]:
    """Send `entries` as test1 (checked, not saved); with `test2` also compare the server's echo."""
    found = [_where(onlinesim)]
    message = SendNumbersOnline(numbers=tuple(entries), test="test1")
    outcome = await send(message)
    first = _judge(message, outcome)
    found.append(first)
    found += _missing_ids(message, outcome)
    if test2 and not first.fix:
        message = SendNumbersOnline(numbers=tuple(entries), test="test2")
        found.append(_judge(message, await send(message)))
    return found


def _where(onlinesim: Onlinesim) -> Finding:
    if onlinesim.sandboxed:
        fix = _("set onlinesim.server to the URL from partner support, and the API key")
        return warning(WHAT, _("server is the sandbox: nothing is sold"), fix)
    return good(WHAT, _("reports go to {server}").format(server=onlinesim.server))


def _missing_ids(message: SendNumbersOnline, outcome: Outcome) -> list[Finding]:
    """Warn of numbers without an id although others have one. A test saves nothing, so a number may just be new."""
    ids = outcome.ids if isinstance(outcome, Checked) else {}
    missing = not_taken((entry.number for entry in message.numbers), ids)
    if not missing:
        return []
    text = _("Onlinesim did not take {numbers}, or it is new: others have an id there")
    return [warning(WHAT, text.format(numbers=some(missing)), _(NOT_TAKEN))]


def _judge(message: SendNumbersOnline, outcome: Outcome) -> Finding:
    test, language = message.test, current_language()
    match outcome:
        case Refusal(kind=kind) | Failed(kind=kind):
            return problem(WHAT, f"{test}: {outcome.localized(language)}", advice_for(kind, language))
        case Checked(test="test2", echo=echo) if not echoes(message.body, echo):
            text = _("the echo differs from what was sent: {echo}").format(echo=echo)
            fix = _(
                "the server understood something else: show this and `simbank-agent payload` to partner support"
            )
            return problem(WHAT, f"test2: {text}", fix)
        case Checked(test="test2"):
            return good(WHAT, "test2: " + _("the server understood exactly what was sent"))
        case Checked():
            text = ngettext(
                "key and list are accepted ({n} number), nothing was saved",
                "key and list are accepted ({n} numbers), nothing was saved",
                len(message.numbers),
            )
            return good(WHAT, f"test1: {text.format(n=len(message.numbers))}")
        case _:  # a server without test requests would have counted the list as a report
            fix = _("tell partner support: this server takes test requests for reports")
            text = _("{test} was answered as if it were a report").format(test=test)
            return problem(WHAT, text, fix)


def check_server_date(ahead: float | None) -> Iterator[Finding]:
    """This host's clock beside the server's, `ahead` of it by so many seconds; None: the server told no date."""
    if ahead is None:
        return
    if abs(ahead) < CLOCK_IS_OFF:
        yield good(CLOCK, _("agrees with Onlinesim's"))
        return
    text = _("is {off} Onlinesim's").format(off=off_by(ahead, current_language()))
    report = problem if abs(ahead) >= DATES_ARE_WRONG else warning
    yield report(CLOCK, text, _(SET_CLOCK))


def check_rival(process: int | None) -> Iterator[Finding]:
    """Another agent of this machine with this account: its process id, 0 for an unknown one, None for no agent."""
    if process is None:
        return
    text = _("another agent of this machine reports to this account: `run` would end with 75")
    if process:
        text = _(
            "another agent of this machine (process {id}) reports to this account: `run` would end with 75"
        )
    fix = _("run one agent for each account: stop the other, or put its ports into this config.yaml")
    yield problem(WHAT, text.format(id=process), fix)
