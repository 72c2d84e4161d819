"""The promise "it only asks", held over a whole test run: a pytest plugin.

Every simulator of the run, whether in a test's own process or in another that it started, appends to one wire
log. When the run ends, everything in it that the agent said is held against `drivers.at.commands.allowed`; a
single other text fails the run, whatever the tests say.

Two ways to be somebody else than the agent: a test marked `foreign_client` has other programs alone talk to
its simulated modules (gammu, a client made of bytes); `client_said` takes what a client says through the agent,
so that all the rest on that wire is still held against the list.

Responsible for the log, for who said what in it, and for the verdict. Must not know any one test.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drivers.at.allowlist import allowed
from drivers.simulator.wirelog import ENVIRONMENT, NOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOREIGN = "foreign client: "
"""Begins the note of entries that are not the agent's."""

_SAID = re.compile(rb"[^\r\x1a\x1b]*(?:[\r\x1a\x1b]|$)")
"""One text for a module: up to its CR, or up to the Ctrl-Z or ESC that ends a body (27.005 §3.5.1)."""

_VERDICT = pytest.StashKey["Verdict"]()
_LOG = pytest.StashKey[Path]()


@dataclass(frozen=True, slots=True)
class Breach:
    """The agent said something that is not on its list."""

    test: str
    module: str
    text: str


@dataclass(slots=True)
class Verdict:
    """What a run's log shows: how many texts the agent, clients and foreign programs said, and the breaches."""

    asked: Counter[str] = field(default_factory=Counter)
    clients: int = 0
    foreign: int = 0
    breaches: list[Breach] = field(default_factory=list)


def judge(log: Iterable[str]) -> Verdict:
    """Hold the lines of a wire log against the allow-list.

    The reads in which bytes arrived mean nothing: each port's bytes are put together first.
    """
    streams: defaultdict[tuple[str, str, str], bytearray] = defaultdict(bytearray)
    clients: Counter[tuple[str, str]] = Counter()
    for line in log:
        entry = json.loads(line)
        note = entry.get("note", "")
        if "client" in entry:
            clients[note, entry["client"]] += 1
        elif "in" in entry:
            streams[note, entry["module"], entry["port"]] += entry["in"].encode("latin-1")
    verdict = Verdict()
    for (note, module, _), stream in streams.items():
        for text in (said.decode("latin-1") for said in _SAID.findall(stream) if said):
            if note.startswith(FOREIGN):
                verdict.foreign += 1
            elif clients[note, text]:
                clients[note, text] -= 1
                verdict.clients += 1
            elif allowed(text):
                verdict.asked[text] += 1
            else:
                verdict.breaches.append(Breach(note, module, text))
    return verdict


def pytest_configure(config: pytest.Config) -> None:
    """Open one log for the run; the workers of pytest-xdist inherit it."""
    config.addinivalue_line(
        "markers", "foreign_client: not the agent but other programs talk to this test's simulated modules"
    )
    if hasattr(config, "workerinput"):
        return
    descriptor, path = tempfile.mkstemp(prefix="simbank-wire-", suffix=".jsonl")
    os.close(descriptor)
    config.stash[_LOG] = Path(path)
    os.environ[ENVIRONMENT] = path


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have the simulators that are started from here on say for which test."""
    foreign = item.get_closest_marker("foreign_client") is not None
    os.environ[NOTE] = (FOREIGN if foreign else "") + item.nodeid


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """What is started between tests belongs to none."""
    os.environ.pop(NOTE, None)


@pytest.fixture
def client_said() -> Callable[[str], None]:
    """A function that takes each text a client is about to say, with the CR, Ctrl-Z or ESC that ends it."""

    def note(text: str) -> None:
        entry: dict[str, Any] = {"client": text, "note": os.environ[NOTE]}
        with Path(os.environ[ENVIRONMENT]).open("a") as log:
            log.write(json.dumps(entry) + "\n")

    return note


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hold the promise over everything; after the workers of pytest-xdist are done."""
    path = session.config.stash.get(_LOG, None)
    if path is None:
        return
    with path.open() as log:
        verdict = session.config.stash[_VERDICT] = judge(log)
    if verdict.breaches:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    else:
        path.unlink()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was held against the list, and what should not have been said."""
    verdict = config.stash.get(_VERDICT, None)
    if verdict is None:
        return
    if verdict.breaches:
        terminalreporter.section("the agent said what it never may", red=True)
        for breach, times in Counter(verdict.breaches).items():
            terminalreporter.write_line(
                f"{breach.text!r} to {breach.module}, {times} times, in {breach.test}"
            )
        terminalreporter.write_line(f"all of it: {config.stash[_LOG]}")
    if total := verdict.asked.total():
        terminalreporter.write_line(
            f"it only asks: {total} commands in {len(verdict.asked)} wordings were held against the allow-list"
            f" ({verdict.clients} of clients and {verdict.foreign} of other programs were not)"
        )
