"""The token of the page from config.yaml, its file or the credential, and what a bad file does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agent.app.process_limits import connections_beside
from agent.app.secret_file import LARGEST, read_secret
from agent.app.status_token import read_token
from agent.config import ConfigError, load

ELSEWHERE = "0.0.0.0:8340"


def config(folder: Path, *, credentials=(), **status):
    environment = {"CREDENTIALS_DIRECTORY": str(folder)} if credentials else {}
    return load(
        json.dumps({"status": status}),
        file="config.yaml",
        environment=environment,
        folder=folder,
        credentials=credentials,
    )


async def test_the_token_of_config_yaml_or_of_its_file_is_taken(tmp_path):
    (tmp_path / "token").write_text(" from-file\n")
    assert await read_token(config(tmp_path, token="abc")) == "abc"
    assert await read_token(config(tmp_path, token_file="token")) == "from-file"
    assert await read_token(config(tmp_path)) is None


async def test_the_credential_is_used_by_itself_and_opens_any_address(tmp_path):
    (tmp_path / "status_token").write_text("from-systemd")
    given = config(tmp_path, credentials=("api_key", "status_token"), listen=ELSEWHERE)
    assert await read_token(given) == "from-systemd"
    named = config(tmp_path, credentials=("status_token",), token="own")
    assert await read_token(named) == "own"


def test_other_credentials_are_no_token(tmp_path):
    assert not config(tmp_path, credentials=("api_key",)).status.has_token
    with pytest.raises(ConfigError, match="needs a token"):
        config(tmp_path, credentials=("api_key",), listen=ELSEWHERE)


def test_two_tokens_are_one_too_many(tmp_path):
    with pytest.raises(ConfigError, match=r"status.token_file: token is given too; keep one of them"):
        config(tmp_path, token="a", token_file="b")


@pytest.mark.parametrize("content", [None, b"", b"\n", "ж".encode(), b"a\nb", b"a" * (LARGEST + 1)])
async def test_a_file_that_holds_no_token_closes_the_page_and_ends_nothing(tmp_path, caplog, content):
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    one, two = [await read_token(config(tmp_path, token_file="token")) for _ in range(2)]
    assert one != two
    assert len(one) > 20
    assert "status.token_file cannot be used, so nobody can open the page: " in caplog.text
    assert one not in caplog.text


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir])
def test_what_is_no_file_is_not_waited_for(tmp_path, make):
    make(tmp_path / "secret")
    with pytest.raises(OSError, match=r"it is a device, a pipe|Is a directory"):
        read_secret(tmp_path / "secret")


@pytest.mark.parametrize(
    ("modules", "share", "limit", "connections"),
    [
        (64, False, None, 256),
        (64, True, 65536, 256),
        (64, False, 300, 300 - 128 - 64),
        (64, True, 300, 300 - 128 - 64 - 64),
        (64, False, 200, 16),
        (1024, False, 1024, 16),
        (1024, True, 4096, 256),
    ],
)
def test_the_ports_have_their_descriptors_before_the_page(tmp_path, modules, share, limit, connections):
    written = {"bank": {"modules": modules}, "ports": [{"path": "usb", "share": share}]}
    given = load(json.dumps(written), file="config.yaml", environment={}, folder=tmp_path)
    assert connections_beside(given, limit) == connections
