"""The key from the configuration or from its file, and what is wrong with that."""

from __future__ import annotations

import json
import os
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


@pytest.mark.parametrize("content", [b"", b" \n", "ключ".encode(), b"a\nb", b"a\x00b", b"\xff\xfe"])
async def test_a_file_that_holds_no_key_is_named(tmp_path, content):
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(ConfigError, match="key: the API key is empty or has characters outside ASCII"):
        await read_key(config(tmp_path, api_key_file="key"))


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null", "/dev/ptmx", "/"])
async def test_a_device_is_no_key(tmp_path, device):
    with pytest.raises(ConfigError, match=r"the API key cannot be read: (it is a device|Is a directory)"):
        await read_key(config(tmp_path, api_key_file=device))


async def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "key")
    with pytest.raises(ConfigError, match="key: the API key cannot be read: it is a device, a pipe"):
        await read_key(config(tmp_path, api_key_file="key"))


async def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match="key: the API key cannot be read: No such file"):
        await read_key(config(tmp_path, api_key_file="key"))
    (tmp_path / "key").write_bytes(b"k" * 1_000_000)
    with pytest.raises(ConfigError, match="it is larger than 4 kB"):
        await read_key(config(tmp_path, api_key_file="key"))


async def test_a_key_that_notepad_saved_is_taken(tmp_path):
    (tmp_path / "key").write_bytes(b"\xef\xbb\xbfabc\r\n")
    assert await read_key(config(tmp_path, api_key_file="key")) == "abc"


async def test_a_disk_that_hangs_is_not_waited_for(tmp_path, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(api_key, "READ_WITHIN", 0.05)
    monkeypatch.setattr(api_key, "read_secret", lambda *_: released.wait(30))
    try:
        with pytest.raises(TimeoutError, match="does not answer"):  # it may answer after a restart
            await read_key(config(tmp_path, api_key_file="key"))
    finally:
        released.set()
