"""The promise "it only asks", checked over a whole test run: a pytest plugin.

Every simulator of the run, whether in a test's own process or in another that it started, appends to one wire log.
When the run ends, everything in it that the agent sent is checked against `drivers.at.allowlist.allowed`; a single
other text fails the run, whatever the tests say.

Two ways to send something else: in a test marked `foreign_client`, other programs alone use its simulated modules
(gammu, a raw client); `client_sends` notes what a shared port's client sends, so that the rest is still checked.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.at.allowlist import allowed
from drivers.simulator.wirelog import ENVIRONMENT, NOTE

FOREIGN = "foreign client: "
"""Begins the note of entries that are not the agent's."""

_TEXT = re.compile(rb"[^\r\x1a\x1b]*(?:[\r\x1a\x1b]|$)")
"""One text for a module: up to its CR, or up to the Ctrl-Z or ESC that ends a message text (27.005 §3.5.1)."""

_TALLY = pytest.StashKey["Tally"]()
_LOG = pytest.StashKey[Path]()


@dataclass(frozen=True, slots=True)
class Breach:
    """A text of the agent that is not on the allow-list."""

    test: str
    module: str
    text: str


@dataclass(slots=True)
class Tally:
    """A run's log: the agent's texts, how many others there were, and the breaches."""

    sent: Counter[str] = field(default_factory=Counter)
    clients: int = 0
    foreign: int = 0
    breaches: list[Breach] = field(default_factory=list)


def check_log(log: Iterable[str]) -> Tally:
    """Check the lines of a wire log against the allow-list; each port's reads are joined first."""
    streams: defaultdict[tuple[str, str, str], bytearray] = defaultdict(bytearray)
    clients: Counter[tuple[str, str]] = Counter()
    for line in log:
        entry = json.loads(line)
        note = entry.get("note", "")
        if "client" in entry:
            clients[note, entry["client"]] += 1
        elif "in" in entry:
            streams[note, entry["module"], entry["port"]] += entry["in"].encode("latin-1")
    tally = Tally()
    for (note, module, _), stream in streams.items():
        for text in (sent.decode("latin-1") for sent in _TEXT.findall(stream) if sent):
            if note.startswith(FOREIGN):
                tally.foreign += 1
            elif clients[note, text]:
                clients[note, text] -= 1
                tally.clients += 1
            elif allowed(text):
                tally.sent[text] += 1
            else:
                tally.breaches.append(Breach(note, module, text))
    return tally


def pytest_configure(config: pytest.Config) -> None:
    """Open one log for the run; the workers of pytest-xdist inherit it."""
    config.addinivalue_line(
        "markers", "foreign_client: other programs, not the agent, use this test's simulated modules"
    )
    if hasattr(config, "workerinput"):
        return
    descriptor, path = tempfile.mkstemp(prefix="simbank-wire-", suffix=".jsonl")
    os.close(descriptor)
    config.stash[_LOG] = Path(path)
    os.environ[ENVIRONMENT] = path


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have the simulators that are started from here on note the test."""
    foreign = item.get_closest_marker("foreign_client") is not None
    os.environ[NOTE] = (FOREIGN if foreign else "") + item.nodeid


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """What is started between tests belongs to no test."""
    os.environ.pop(NOTE, None)


@pytest.fixture
def client_sends() -> Callable[[str], None]:
    """A function that notes each text a client is about to send, with the CR, Ctrl-Z or ESC that ends it."""

    def note(text: str) -> None:
        entry: dict[str, Any] = {"client": text, "note": os.environ[NOTE]}
        with Path(os.environ[ENVIRONMENT]).open("a") as log:
            log.write(json.dumps(entry) + "\n")

    return note


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Check the whole log, after the workers of pytest-xdist are done."""
    path = session.config.stash.get(_LOG, None)
    if path is None:
        return
    with path.open() as log:
        tally = session.config.stash[_TALLY] = check_log(log)
    if tally.breaches:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    else:
        path.unlink()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report what was checked against the list, and what should not have been sent."""
    tally = config.stash.get(_TALLY, None)
    if tally is None:
        return
    if tally.breaches:
        terminalreporter.section("the agent sent what it must not", red=True)
        for breach, times in Counter(tally.breaches).items():
            terminalreporter.write_line(
                f"{breach.text!r} to {breach.module}, {times} times, in {breach.test}"
            )
        terminalreporter.write_line(f"the whole log: {config.stash[_LOG]}")
    if total := tally.sent.total():
        terminalreporter.write_line(
            f"it only asks: {total} commands ({len(tally.sent)} distinct) were checked against the allow-list;"
            f" {tally.clients} of clients and {tally.foreign} of other programs were not"
        )
