"""docs/api.md has every path, and each of its examples is what is really answered."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import closing

import aiohttp
import pytest

from agent.bank.at_log import Answer, Sender, TraceLine
from agent.status.past_json import Past
from agent.status.past_routes import PastRoutes
from agent.status.snapshot import ModuleDetails, VerdictChange
from agent.store.past import OF_MODULE, OF_SIM, Happened, SentReport
from agent.store.store import Store
from tests.agent.shown_bank import NOW, WALL, ShownBank, row, sentence, serve
from tests.docs.pages import DOCS, Page, quoted

PAGE = Page(DOCS / "api.md")
EXAMPLES = {code.label.removeprefix("GET "): code for code in PAGE.codes if code.label.startswith("GET ")}
FIRST = row(1)


class TalkingBank(ShownBank):
    """Each reader of a trace hears the same."""

    def trace(self, ports):
        """Hand out one question and its answer."""
        return self._talk()

    async def _talk(self):
        for sender, text in ((Sender.AGENT, "AT+CPIN?\\r"), (Sender.MODULE, "\\r\\n+CPIN: READY\\r\\n")):
            yield TraceLine(at=WALL, sender=sender, text=text, module="Port1")
        await asyncio.Event().wait()


def bank():
    """One module, live for an hour, with a report just accepted."""
    shown = TalkingBank(1)
    shown.reports = (shown.report(age=83.0, numbers=1),)
    shown.more = ModuleDetails(
        answers=(Answer(at=NOW - 4, command="AT+CPIN?", lines=("+CPIN: READY", "OK"), took_s=0.012),),
        verdicts=(VerdictChange(at=WALL - 3660, reason="live", text=sentence("live"), number=FIRST.number),),
    )
    shown.day.record(WALL - 60, 1, 1)
    shown.day.record(WALL, 1, 1)
    return shown


def past_of(path):
    """Keep an hour and a minute of that module: it searched, then it was live, and Onlinesim was told."""
    now = [WALL - 3660]
    store = Store(path, wall=lambda: now[0])
    store.past.note_alive()
    both = OF_MODULE | OF_SIM
    store.past.note([Happened(both, "Port1", FIRST.iccid, FIRST.number, "searching", hub=FIRST.group)])
    for _ in range(1, 3661):
        now[0] += 1
        store.past.note_alive()
        if now[0] == WALL - 3600:
            store.past.note([Happened(both, "Port1", FIRST.iccid, FIRST.number, "live", hub=FIRST.group)])
        if now[0] == WALL - 83:
            store.past.note_report(
                SentReport(
                    at=now[0], method="sendNumbersOnline", outcome="accepted", status=200, numbers=1,
                    took_s=0.214, message="", came=[FIRST.number], went=[],
                )
            )  # fmt: skip
    return store


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """What is really answered to each example, by its path: status, type and text."""
    path = tmp_path_factory.mktemp("api") / "simbank.db"
    with closing(past_of(path)) as store:
        return asyncio.run(_answers(store, path))


def server_of(store, path):
    shown = bank()
    past = Past(path=path, running=True, wall=shown.wall_clock)
    routes = PastRoutes(past, store.flush, shown.history)
    metrics = b'simbank_live 1.0\nsimbank_module_live{module="Port1"} 1.0\n'
    return serve(shown, metrics=metrics, past=routes)


async def _answers(store, path):
    server = server_of(store, path)
    found = {}
    async with server, aiohttp.ClientSession(server.url, timeout=aiohttp.ClientTimeout(20)) as http:
        for example, code in EXAMPLES.items():
            async with http.get(example) as answer:
                lines = code.text.count("\n")
                stream = "/events" in example or "/trace" in example
                text = (
                    b"".join([await answer.content.readline() for _ in range(lines)]).decode()
                    if stream
                    else await answer.text()
                )
                found[example] = (answer.status, answer.content_type, text)
    return found


def paths_of(server):
    return {re.sub(r"\{(\w+)(:[^}]*)?\}", r"{\1}", route.path) for route in server._routes()}


def test_every_path_has_its_row_and_its_example(tmp_path):
    with closing(Store(None)) as store:
        paths = paths_of(server_of(store, None))
    assert {name for line in PAGE.table("Paths") for name in quoted(line[0])} == paths
    shown = {example.partition("?")[0] for example in EXAMPLES}
    patterns = {path: re.compile(re.sub(r"\\\{\w+\\\}", "[^/].*", re.escape(path))) for path in paths}
    assert [path for path, form in patterns.items() if not any(map(form.fullmatch, shown))] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_what_is_answered(answered, example):
    code = EXAMPLES[example]
    status, kind, text = answered[example]
    assert status == 200
    if code.language == "json":
        assert json.loads(code.text) == json.loads(text)
        return
    assert kind in PAGE.section("Paths")
    for said, real in zip(code.text.splitlines(), text.splitlines(), strict=False):
        head, dots, tail = said.partition("…")
        assert real.startswith(head)
        assert real.endswith(tail) if dots else real == said
