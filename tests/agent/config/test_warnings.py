"""What a good configuration will do that its author may not expect."""

from pathlib import Path

import pytest

from agent.config import load, surprises


def read(text):
    return load(text, file="config.yaml", environment={}, folder=Path("/"))


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("ports: [{path: /dev/ttyUSB3}]", "1:16: ports[0].path: /dev/ttyUSB3 may be another port after"),
        ("ports: [{path: /dev/ttyCH9344USB3}]", "1:16: ports[0].path: /dev/ttyCH9344USB3 may be another"),
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
            "1:31: sims.8946120000005000016: +1202555 has a length",
        ),
        (
            "onlinesim: {server: https://api.example, api_key: k, test: test1}",
            "1:60: onlinesim.test: test reports never count",
        ),
        ("ports: [{path: /dev/ttyS1}, {path: /dev/serial/by-path/*, name: '{path}'}]", None),
        ("", None),
    ],
)
def test_the_text_alone_shows_some(text, warning):
    warnings = [str(found) for found in read(text).warnings]
    assert len(warnings) == (warning is not None)
    assert all(found.startswith(f"config.yaml:{warning}") for found in warnings)


def test_a_cap_above_the_modules_that_are_there():
    config = read("bank:\n  modules: 64\n")
    assert [str(found).partition(";")[0] for found in surprises(config, modules_seen=12)] == [
        "config.yaml:2:12: bank.modules: 64 modules are allowed for, 12 are there"
    ]
    assert "write modules: 12 if these are all you own" in str(surprises(config, modules_seen=12)[0])
    assert surprises(config, modules_seen=64) == ()
    assert surprises(config) == ()


def test_paths_that_match_nothing():
    config = read("ports:\n  - path: /dev/x*\n  - path: /dev/ttyS9\n  - {path: /dev/ttyS8, enabled: false}\n")
    matched = {"/dev/x*": 0, "/dev/ttyS9": 0, "/dev/ttyS8": 0}
    assert [str(found).partition(";")[0] for found in surprises(config, matched=matched)] == [
        "config.yaml:2:11: ports[0].path: /dev/x* matches no port",
        "config.yaml:3:11: ports[1].path: /dev/ttyS9 is not there",
    ]
    assert surprises(config, matched={"/dev/x*": 2}) == ()
