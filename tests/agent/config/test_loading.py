"""config.yaml: values out, or every mistake at once with its place and what was meant."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import ConfigError, load

FOLDER = Path("/srv/bank")
REAL = "onlinesim: {server: https://api.example, api_key: k3y}\n"


def read(text, environment=None, **more):
    return load(text, file="config.yaml", environment=environment or {}, folder=FOLDER, **more)


def problems_of(text, environment=None, **more):
    with pytest.raises(ConfigError) as caught:
        read(text, environment, **more)
    return [str(problem) for problem in caught.value.problems]


MISTAKES = [
    ("bank: {modlues: 3}", '1:8: bank.modlues: unknown key; did you mean "modules"?'),
    ("bank: {xyzzy: 3}", "1:8: bank.xyzzy: unknown key"),
    ("api_key: k", "1:1: api_key: unknown key; it belongs under onlinesim"),
    ("lease: 3s", "1:1: lease: unknown key; it belongs under bank"),
    ("directory: /run/x", "1:1: directory: unknown key; it belongs under shared_ports"),
    ("guests: {directory: /run/x}", '1:1: guests: unknown key; it is now called "shared_ports"'),
    ("shared_ports: {dir: /run/x}", "1:16: shared_ports.dir: unknown key; known keys: directory"),
    ("ports: [{path: usb, nmae: x}]", '1:21: ports[0].nmae: unknown key; did you mean "name"?'),
    ("version: 2", "1:10: version: must be 1"),
    ("bank: 5", "1:7: bank: must be a group of keys"),
    ("bank: [5]", '1:7: bank: must be a group of keys; each in a line of its own: "key: value"'),
    ("- a", '1:1: must be a group of keys; each in a line of its own: "key: value"'),
    ("bank:\n  poll:\n  lease: 30s", "2:3: bank.poll: has no value; remove the key to use its default"),
    ("ports: [/dev/ttyS1]", '1:9: ports[0]: must be a group of keys; write "path: /dev/ttyS1"'),
    ("ports: /dev/ttyS1", '1:8: ports: must be a list; each entry begins with "- "'),
    ("ports: [{name: a}]", "1:9: ports[0].path: is missing"),
    ('ussd: {"24012": {}}', "1:17: ussd.24012.code: is missing"),
    ("store:", "1:1: store: has no value; remove the key to use its default"),
    ("bank: {poll: 3s, poll: 4s}", "1:18: bank.poll: is given twice, first in line 1"),
]


@pytest.mark.parametrize(("text", "line"), MISTAKES, ids=[text[:40] for text, _ in MISTAKES])
def test_a_mistake_in_a_key_is_reported_with_its_place_and_what_was_meant(text, line):
    [problem] = problems_of(text)
    assert problem.startswith(f"config.yaml:{line}")


HINTS = [
    ("version: 2", "this program knows version 1 of the keys"),
    ("bank: {poll: 3s, poll: 4s}", "keep one of them"),
    ("status: {listen: 8466}", 'write "127.0.0.1:8466"'),
    ("ports: [{path: usb, share: ja}]", "write true or false"),
    ("bank: {modules: 0}", "must be 1 to 1024"),
    ("bank: {modules: 5000}", "must be 1 to 1024"),
    ("bank: {lease: 6m}", "write 5m or less"),
    ("onlinesim: {on_stop: vanish}", "write keep or withdraw"),
    ("ports: [{path: rfc2217://1.2.3.4:99999}]", "outside 1 to 65535: 99999; write rfc2217://1.2.3.4:PORT"),
    ("ports: [{path: rfc2217://1.2.3.4}]", "write rfc2217://HOST:PORT"),
    ("ports: [{path: ttyUSB0}]", 'did you mean "/dev/ttyUSB0"?'),
    ("bank: {xyzzy: 3}", "known keys: modules, settle"),
]


@pytest.mark.parametrize(("text", "hint"), HINTS, ids=[text for text, _ in HINTS])
def test_a_mistake_is_reported_with_what_to_write_instead(text, hint):
    [problem] = problems_of(text)
    assert hint in problem


@pytest.mark.parametrize("text", [text for text, _ in (*MISTAKES, *HINTS)])
def test_no_mistake_is_left_without_a_hint(text):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert all(problem.hint for problem in caught.value.problems)


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file():
    text = (
        "onlinesim:\n  server: https://api.example\n  heartbeat: 5m\nbank:\n  modlues: 8\n  lease: 10s\n"
        "ports:\n  - path: simulated\n    baudrate: fast\n  - name: x\n"
        "sims:\n  12: 34\nstatus:\n  token: ${TOKEN}\n"
    )
    places = [line.split(": ")[:2] for line in problems_of(text)]
    assert places == [
        ["config.yaml:2:11", "onlinesim.server"],
        ["config.yaml:3:14", "onlinesim.heartbeat"],
        ["config.yaml:5:3", "bank.modlues"],
        ["config.yaml:6:10", "bank.lease"],
        ["config.yaml:8:11", "ports[0].path"],
        ["config.yaml:9:15", "ports[0].baudrate"],
        ["config.yaml:10:5", "ports[1].path"],
        ["config.yaml:12:3", "sims.12"],
        ["config.yaml:14:10", "status.token"],
    ]


def test_systemds_credential_is_the_key_of_a_real_server():
    credentials = {"CREDENTIALS_DIRECTORY": "/run/credentials/x"}
    config = read("onlinesim: {server: https://api.example}", credentials)
    assert config.onlinesim.api_key_file == Path("/run/credentials/x/api_key")
    assert read(REAL, credentials).onlinesim.api_key_file is None
    assert read("", credentials).onlinesim.api_key_file is None


SECRET = "s3cr3t-0815"


@pytest.mark.parametrize(
    "text",
    [
        f"onlinesim: {{api_key: {SECRET}, server: https://api.example, mode: x}}",
        f"onlinesim: {{api_key: [{SECRET}]}}",
        f'onlinesim: {{api_key: "{SECRET} x"}}',
        f"onlinesim: {{api_kye: {SECRET}}}",
        f"onlinesim: {{api_key: {SECRET}, api_key_file: x}}",
        f"status: {{token: {{a: {SECRET}}}}}",
        f"onlinesim:\n  api_key: {SECRET}: x\n",
        f"onlinesim:\n  api_key: {SECRET}${{NONE}}\n",
        f"onlinesim:\n  api_key: !key {SECRET}\n",
        f"onlinesim: {{server: 'https://{SECRET}@api.example'}}",
    ],
)
def test_no_error_shows_a_secret(text):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert SECRET not in repr(caught.value) + str(caught.value)
    assert caught.value.__cause__ is None
    if "server: 'https" not in text:
        assert SECRET not in repr(caught.value.problems)


PIECES = st.sampled_from(
    [
        "bank:", "  modules: 8", "  lease: 1s", "ports:", "  - path: usb", "  - path: simulated",
        "    name: x",
        "sims: {", "}", "[", "]", '"8946120000005000016": +46', "8946120000005000016: 1",
        "status:",
        "  listen: 0.0.0.0:80", "${A}", "$${", "&a", "*a", "<<: *a", "!!int x", "\t",
        "- ", ": ", "|", ">",
        "'", '"', "#", "version: 1", "%YAML 1.1", "---", "...", "? ", "fleet: 1",
        "ussd: {1: {code: '*21#'}}",
        "usb: {a: b}", "log: null", "\ufeff", "\x85", "\u2028", "1e999", "0x1F", "-0",
        "2024-01-01", "~", "\\",
    ]
)  # fmt: skip


@given(
    st.text(max_size=60)
    | st.lists(PIECES | st.text(max_size=4), max_size=14).map("\n".join)
    | st.lists(PIECES, max_size=8).map(" ".join)
)
def test_no_text_raises_anything_but_a_config_error_with_places_inside_the_file(text):
    with contextlib.suppress(ConfigError):
        read(text, {"A": "1"})
        return
    with pytest.raises(ConfigError) as caught:
        read(text, {"A": "1"})
    problems = caught.value.problems
    lines = text.splitlines() or [""]
    assert problems
    for problem in problems:
        assert 1 <= problem.line <= len(lines) + 1
        assert 1 <= problem.column <= max(map(len, text.split("\n"))) + 2
        assert problem.message
