"""How commands come to the token of a running agent, and what they say without it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from agent.cli.client import RunningAgent, TokenNeeded
from agent.cli.config_file import read_asking, read_status
from agent.cli.process import handle_errors
from agent.config import Status
from tests.agent.shown_bank import ShownBank, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOKEN = "correct-horse-battery"


@pytest.fixture
async def listen() -> AsyncIterator[str]:
    bank = ShownBank(3)
    async with serve(bank, TOKEN) as server:
        yield server.url.removeprefix("http://").strip("/")


async def asked(status: Status) -> int | str:
    """How many modules the agent tells, or how it wants its token."""
    agent = RunningAgent(status)
    try:
        return len((await agent.status())["modules"])
    except TokenNeeded as why:
        return str(why)


async def test_the_token_is_taken_from_the_configuration_or_its_file(listen, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert await asked(Status(listen=listen, token=SecretStr(TOKEN))) == 3
    assert await asked(Status(listen=listen, token_file=tmp_path / "token")) == 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({}, "asks for its token: give --token-file FILE, set $SIMBANK_TOKEN"),
        ({"token": SecretStr("wrong")}, "does not accept this token: give --token-file FILE"),
        ({"token_file": "/nowhere/token"}, "/nowhere/token: No such file or directory; give --token-file"),
        ({"token_file": "/dev/zero"}, "/dev/zero: "),
    ],
)
async def test_without_it_the_way_to_give_it_is_said(listen, status, words):
    assert words in await asked(Status.model_validate({"listen": listen} | status))


def test_that_ends_with_77(capsys):
    with pytest.raises(SystemExit) as end, handle_errors():
        raise TokenNeeded("give it")
    assert end.value.code == 77
    assert capsys.readouterr().err == "give it\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("status: {token: of-the-file}\n")
    (tmp_path / "given").write_text("of-the-option\n")
    (tmp_path / "empty").write_text("")
    return tmp_path


def found(token_file: Path | None) -> str:
    one = read_asking(None, token_file).status.token.get_secret_value()
    assert read_status(None, token_file)[0].token.get_secret_value() == one
    return one


def test_the_option_counts_before_the_variable_and_that_before_the_file(folder, monkeypatch):
    assert found(None) == "of-the-file"
    monkeypatch.setenv("SIMBANK_TOKEN", " of-the-variable\n")
    assert found(None) == "of-the-variable"
    assert found(folder / "given") == "of-the-option"


def test_a_configuration_that_is_wrong_or_secret_still_has_the_token_of_the_user(folder, monkeypatch):
    monkeypatch.setenv("SIMBANK_TOKEN", "of-the-variable")
    (folder / "config.yaml").write_text("bank: [\n")
    assert read_status(None)[0].token.get_secret_value() == "of-the-variable"


def test_a_token_file_that_holds_none_is_said(folder, capsys):
    with pytest.raises(SystemExit) as end:
        read_asking(None, folder / "empty")
    assert end.value.code == 2
    assert "empty is empty or has characters outside ASCII" in capsys.readouterr().err
    with pytest.raises(FileNotFoundError):
        read_asking(None, folder / "nowhere")


async def test_a_stream_needs_the_token_too(listen):
    agent = RunningAgent(Status(listen=listen))
    with contextlib.suppress(TokenNeeded):
        async with asyncio.timeout(5):
            assert [line async for line in agent.lines("/api/v1/trace/Port1")] == []
