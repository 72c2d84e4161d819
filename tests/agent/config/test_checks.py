"""Keys that conflict, and good settings that may surprise."""

from pathlib import Path

import pytest

from agent.config import ConfigError, load, warnings

FOLDER = Path("/srv/bank")


def read(text, environment=None, **more):
    return load(text, file="config.yaml", environment=environment or {}, folder=FOLDER, **more)


def problems_of(text, environment=None, **more):
    with pytest.raises(ConfigError) as caught:
        read(text, environment, **more)
    return [str(problem) for problem in caught.value.problems]


LONG = "x" * 99
REAL = "onlinesim: {server: https://api.example, api_key: k3y}\n"
CONFLICTS = [
    (
        "onlinesim: {server: https://api.example}",
        "1:21: onlinesim.server: api_key is missing: only the sandbox needs none; write",
    ),
    (
        "onlinesim: {api_key: k, api_key_file: f}",
        "1:39: onlinesim.api_key_file: api_key is given too; keep one of them",
    ),
    (
        "bank: {lease: 24s}",
        "1:15: bank.lease: the lease (24s) is shorter than two polls and an answer_timeout (25s); one missed",
    ),
    (
        "bank: {poll: 20s}",
        "1:14: bank.poll: the lease (30s) is shorter than two polls and an answer_timeout (45s); one missed",
    ),
    (
        REAL + "ports: [{path: simulated}]",
        "2:16: ports[0].path: simulated ports must not be offered to a real server; configure real ports, or",
    ),
    (
        "ports: [{path: /dev/ttyS*, name: A}]",
        "1:34: ports[0].name: is one name for every port that /dev/ttyS* matches; add one of {n}, {path},",
    ),
    (
        f'ports: [{{path: /dev/{LONG}, name: "my {{path}}"}}]',
        "1:128: ports[0].name: gives more than 100 characters, Onlinesim's limit for a port_id",
    ),
    (
        "ports: [{path: /dev/ttyS1}, {path: /dev/ttyS1}]",
        "1:36: ports[1].path: ports[0] has the same path, /dev/ttyS1; keep one of them",
    ),
    (
        "ports: [{path: /dev/ttyS1, name: A}, {path: /dev/ttyS2, name: A}]",
        '1:63: ports[1].name: ports[0] is named "A" too; a port_id must be unique',
    ),
    (
        "ports: [{path: usb, module: A}]",
        "1:29: ports[0].module: is for ports without a USB place; these are grouped by theirs; remove it",
    ),
    (
        "ports: [{path: /dev/ttyUSB3, module: A}]",
        "1:38: ports[0].module: is for ports without a USB place; these are grouped by theirs; remove it",
    ),
    (
        "ports: [{path: /dev/ttyS1, role: control, share: true}]",
        "1:50: ports[0].share: a control port is never opened, so it cannot be shared",
    ),
    (
        "ports: [{path: usb, driver: simcmo}]",
        '1:29: ports[0].driver: is not a driver; did you mean "simcom"?',
    ),
    (
        'sims: {"8946120000005000016": "+46701740000", "89461200000050000163": "+46701740001"}',
        "1:71: sims.89461200000050000163: is the same card as 8946120000005000016; keep one of them",
    ),
    (
        'status: {listen: "0.0.0.0:80"}',
        "1:18: status.listen: any address that is not loopback needs a token; set status.token or",
    ),
]


@pytest.mark.parametrize(("text", "line"), CONFLICTS, ids=[text[:40] for text, _ in CONFLICTS])
def test_a_conflict_is_reported_at_the_key_to_blame(text, line):
    [problem] = problems_of(text, drivers=lambda: ["simcom", "quectel"])
    assert problem.startswith(f"config.yaml:{line}")


def test_a_wrong_value_makes_no_conflict_of_its_default():
    assert problems_of("bank: {lease: long, poll: 20s}") == [
        "config.yaml:1:15: bank.lease: must be a duration; write 250ms, 10s, 4m, 1h or a number of seconds"
    ]


def test_ports_of_one_module_may_share_its_name():
    text = "ports: [{path: /dev/ttyS1, name: A, module: A}, {path: /dev/ttyS2, name: A, module: A}]"
    assert [rule.module for rule in read(text).ports] == ["A", "A"]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("ports: [{path: /dev/ttyUSB3}]", "1:16: ports[0].path: /dev/ttyUSB3 may be a different port after"),
        ("ports: [{path: /dev/ttyCH9344USB3}]", "1:16: ports[0].path: /dev/ttyCH9344USB3 may be a different"),
        (
            "ports: [{path: /dev/ttyUSB*, name: 'P{path}'}]",
            "1:36: ports[0].name: names made of {path} change",
        ),
        (
            'sims: {"8946120000005000016": "+46701740000", "8946120000005000024": "+46701740000"}',
            "1:70: sims.8946120000005000024: +46701740000 belongs to 8946120000005000016 too",
        ),
        ('sims: {"8946120000005000016": "+461234567"}', None),
        (
            'sims: {"8946120000005000016": "+1202555"}',
            "1:31: sims.8946120000005000016: +1202555 has the wrong length",
        ),
        (
            "onlinesim: {server: https://api.example, api_key: k, test: test1}",
            "1:60: onlinesim.test: test reports never count",
        ),
        ("ports: [{path: /dev/ttyS1}, {path: /dev/serial/by-path/*, name: '{path}'}]", None),
        ("", None),
    ],
)
def test_the_text_alone_gives_some_warnings(text, warning):
    found = [str(problem) for problem in read(text).warnings]
    assert len(found) == (warning is not None)
    assert all(line.startswith(f"config.yaml:{warning}") for line in found)


def test_a_cap_above_the_modules_that_are_there():
    config = read("bank:\n  modules: 64\n")
    assert [str(found).partition(";")[0] for found in warnings(config, modules_seen=12)] == [
        "config.yaml:2:12: bank.modules: 64 modules are configured, present: 12"
    ]
    assert "write modules: 12 if you own no more" in str(warnings(config, modules_seen=12)[0])
    assert warnings(config, modules_seen=64) == ()
    assert warnings(config) == ()


def test_paths_that_match_nothing():
    config = read("ports:\n  - path: /dev/x*\n  - path: /dev/ttyS9\n  - {path: /dev/ttyS8, enabled: false}\n")
    matched = {"/dev/x*": 0, "/dev/ttyS9": 0, "/dev/ttyS8": 0}
    assert [str(found).partition(";")[0] for found in warnings(config, matched=matched)] == [
        "config.yaml:2:11: ports[0].path: /dev/x* matches no port",
        "config.yaml:3:11: ports[1].path: /dev/ttyS9 does not exist",
    ]
    assert warnings(config, matched={"/dev/x*": 2}) == ()
