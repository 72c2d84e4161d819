"""Single values in the text of config.yaml: the value is there, and every other byte stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import ConfigError, load
from agent.config.edit import set_value, without_secrets
from agent.config.source import read

SHIPPED = (Path(__file__).parents[3] / "config.yaml").read_text(encoding="utf-8")
SERVER = ("onlinesim", "server")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", 'onlinesim:\n  server: "x"\n'),
        ("version: 1\n", 'onlinesim:\n  server: "x"\nversion: 1\n'),
        ("onlinesim:\n  server: sandbox  # here\n", 'onlinesim:\n  server: "x"  # here\n'),
        ("onlinesim:\n  server:   # here\n", 'onlinesim:\n  server: "x"   # here\n'),
        ("onlinesim:\nbank: {}\n", 'onlinesim:\n  server: "x"\nbank: {}\n'),
        ("onlinesim:\n    mode: list\n", 'onlinesim:\n    server: "x"\n    mode: list\n'),
        ("onlinesim: {mode: list}\n", 'onlinesim: {server: "x", mode: list}\n'),
        ("onlinesim: {}\n", 'onlinesim: {server: "x"}\n'),
        ("{version: 1}\n", '{onlinesim: {server: "x"}, version: 1}\n'),
        ("# a\r\nversion: 1\r\n", '# a\r\nonlinesim:\r\n  server: "x"\r\nversion: 1\r\n'),
        ("onlinesim:\n  # note\n\n  server: 'a b'\n", 'onlinesim:\n  # note\n\n  server: "x"\n'),
    ],
)
def test_a_value_is_changed_or_added_where_it_belongs(text, after):
    assert set_value(text, SERVER, "x") == after
    assert read(after, "", {}).data["onlinesim"]["server"] == "x"


def test_in_the_shipped_file_one_word_changes():
    changed = set_value(SHIPPED, ("bank", "modules"), 16)
    assert changed == SHIPPED.replace("  modules: 64 ", "  modules: 16 ")
    changed = set_value(SHIPPED, ("onlinesim", "api_key_file"), "api_key")
    assert changed == SHIPPED.replace("api_key_file: null ", 'api_key_file: "api_key" ')


@pytest.mark.parametrize(
    "text", ["onlinesim: [a]\n", "onlinesim: {server: {a: 1}}\n", "onlinesim: x\n", "- a\n"]
)
def test_what_stands_in_the_way_is_not_overwritten(text):
    with pytest.raises(ConfigError, match="not changed"):
        set_value(text, SERVER, "x")


def test_secrets_are_left_out_wherever_they_are_written():
    text = (
        "onlinesim: {server: 'https://a.example/', api_key: 'K-secret'}  # mine\n"
        "status: {listen: '127.0.0.1:1', token: '${T}'}\n"
    )
    config = load(text, file="", environment={"T": "T-secret"}, folder=Path("/"))
    bare, keys = without_secrets(text, config)
    assert bare == text.replace("'K-secret'", "null")
    assert keys == ("onlinesim.api_key",)
    same = text.replace("'${T}'", "T-secret")
    bare, keys = without_secrets(same, load(same, file="", environment={}, folder=Path("/")))
    assert "secret" not in bare
    assert keys == ("onlinesim.api_key", "status.token")


@pytest.mark.parametrize(
    ("key", "written", "stays"),
    [
        ("alerts.urls", "mailto://user:hunter2@${B}", False),
        ("alerts.urls", "mailto://${A}:1234@b.example", False),
        ("alerts.urls", "tgram://123456:hunter2/${B}", False),
        ("alerts.urls", "mailto://user:${A}@b.example", True),
        ("alerts.urls", "tgram://${A}/123456", True),
        ("alerts.urls", "${A}", True),
        ("alerts.heartbeat_url", "https://b.example/hunter2/${A}", False),
        ("alerts.heartbeat_url", "https://b.example/${A}", True),
        ("fleet.redis", "rediss://:hunter2@${B}:6379", False),
        ("fleet.redis", "rediss://bank:${A}@10.0.0.5:6379", True),
        ("fleet.redis", "rediss://${B}:6379", True),
        ("onlinesim.api_key", "hunter2-${A}", False),
        ("onlinesim.api_key", "hunter2-$${A}", False),
    ],
)
def test_a_secret_beside_a_variable_is_left_out(key, written, stays):
    variables = {"A": "tgram://x/y" if written == "${A}" else "x", "B": "b.example"}
    group, _, name = key.partition(".")
    text = f"{group}: {{{name}: '{written}'}}\n"
    config = load(text, file="", environment=variables, folder=Path("/"), machine=lambda: "a")
    bare, keys = without_secrets(text, config)
    assert (bare == text) is stays
    assert keys == (() if stays else (key,))
