"""The key from the configuration or from its file, and what is wrong with that."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from agent.app import api_key
from agent.app.api_key import read_key
from agent.config import ConfigError, load


def config(folder: Path, **onlinesim):
    text = {"version": 1, "onlinesim": onlinesim}
    return load(json.dumps(text), file="config.yaml", environment={}, folder=folder)


async def test_the_key_of_config_yaml_is_taken_as_it_is(tmp_path):
    assert await read_key(config(tmp_path, api_key="abc")) == "abc"
    assert await read_key(config(tmp_path)) is None


async def test_the_key_of_a_file_is_taken_without_what_an_editor_put_around_it(tmp_path):
    (tmp_path / "key").write_text(" abc\n")
    assert await read_key(config(tmp_path, api_key_file="key")) == "abc"


@pytest.mark.parametrize("content", [b"", b" \n", "ключ".encode(), b"a\nb", b"a\x00b"])
async def test_a_file_that_holds_no_key_is_named(tmp_path, content):
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(ConfigError, match="key: the API key is empty or has characters outside ASCII"):
        await read_key(config(tmp_path, api_key_file="key"))


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
async def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(ConfigError, match="key: the API key cannot be read: "):
        await read_key(config(tmp_path, api_key_file="key"))


async def test_a_disk_that_hangs_is_not_waited_for(tmp_path, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(api_key, "READ_WITHIN", 0.05)
    read_text = Path.read_text

    def hang(path, **how):
        return released.wait(30) if path.name == "key" else read_text(path, **how)

    monkeypatch.setattr(Path, "read_text", hang)
    try:
        with pytest.raises(ConfigError, match="cannot be read"):
            await read_key(config(tmp_path, api_key_file="key"))
    finally:
        released.set()
