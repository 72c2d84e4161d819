"""What was, asked of the running agent, else read from the store, which stays as it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from agent.cli.client import RunningAgent
from agent.cli.config_file import read_asking
from agent.cli.exit import Exit, fail
from agent.formats import instants
from agent.language import current_language
from agent.status.past_json import MOST_ROWS, BadQuestion, Past
from agent.store.past_queries import NoPast
from agent.store.problems import problem_in
from agent.store.read_only import refuse_unreadable

Body = Mapping[str, Any]

ANSWER_WITHIN: Final = 10.0
"""Seconds for the running agent, which may have much to add up."""
SHOWN: Final = 200
"""Rows of a table; JSON and CSV have MOST_ROWS."""


async def ask(
    what: str,
    question: Mapping[str, str | None],
    config_file: Path | None,
    token_file: Path | None,
    form: str,
) -> Body:
    """Return the answer of the running agent, else of the store. Raises ConfigError, OSError, TokenNeeded."""
    config = read_asking(config_file, token_file)
    query = {name: value for name, value in question.items() if value}
    try:
        for name in ("since", "until", "at"):
            if name in query:
                query[name] = str(instants.parse(query[name], time.time(), current_language()))
    except ValueError as why:
        fail(Exit.USAGE, f"{what}: {why}")
    if what != "uptime":
        query["limit"] = str(SHOWN if form == "table" else MOST_ROWS)
    lang = current_language() if form == "table" else "en"  # JSON and CSV are for programs
    agent = RunningAgent(config.status, config.store_file)
    running = await agent.status() is not None
    if running:
        body = await agent.get(f"/api/v1/{what}?{urlencode(query | {'lang': lang})}", within=ANSWER_WITHIN)
        found = json.loads(body) if body is not None else None
        if isinstance(found, dict) and "now" in found:
            return found
    return _read(what, query, config.store_file, running=running, lang=lang)


def _read(what: str, query: Mapping[str, str], path: Path, *, running: bool, lang: str) -> Body:
    refuse_unreadable(path)
    past = Past(path=path, running=running, wall=time.time)
    questions = {"history": past.history, "uptime": past.uptime, "reports": past.reports}
    try:
        return questions[what](query, lang)
    except BadQuestion as why:
        fail(Exit.USAGE, f"{what}: {why}")
    except NoPast as why:
        fail(Exit.PROBLEM, problem_in(str(why), current_language()))
