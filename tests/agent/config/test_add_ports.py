"""Port rules added to a text that people keep."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import ConfigError, NewPort, add_ports, load

PATH = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0"
NEW = NewPort(path=PATH, comment="Quectel EC25, IMEI 86…42")
RULE = f'path: "{PATH}"  # Quectel EC25, IMEI 86…42'
SHIPPED = Path(__file__).parents[3] / "config.yaml"


def paths(text):
    config = load(text, file="config.yaml", environment={}, folder=Path("/"))
    return [rule.path for rule in config.ports]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# us\nports:\n  - path: /dev/a  # first\n    # share: x\n\n# rest\nsims: {}\n",
            "# us\nports:\n  - path: /dev/a  # first\n    # share: x\n  - {rule}\n\n# rest\nsims: {}\n",
        ),
        ("ports:\n- path: /dev/a", "ports:\n- path: /dev/a\n- {rule}\n"),
        ("ports: [{path: /dev/a}]  # one\n", 'ports: [{path: /dev/a}, {path: "{new}"}]  # one\n'),
        ("ports: [{path: /dev/a},]\n", 'ports: [{path: /dev/a},{path: "{new}"}]\n'),
        ("ports: [] # none\nlog: {}\n", 'ports: [{path: "{new}"}] # none\nlog: {}\n'),
        (
            "ports:  # none yet\nlog: {}\n",
            "ports:  # none yet\n  - {rule}\nlog: {}\n",
        ),
        ("ports: null\n", "ports:\n  - {rule}\n"),
        ("version: 1", "version: 1\nports:\n  - {rule}\n"),
        ("", "ports:\n  - {rule}\n"),
        (
            "ports:\r\n  - path: /dev/a\r\n",
            "ports:\r\n  - path: /dev/a\r\n  - {rule}\r\n",
        ),
    ],
)
def test_a_new_rule_stands_behind_the_last_and_the_rest_stays_to_the_byte(before, after):
    added = add_ports(before, [NEW])
    assert added == after.replace("{rule}", RULE).replace("{new}", PATH)
    assert paths(added)[-1] == PATH
    assert add_ports(added, [NEW]) == added


def test_unquoted_numbers_keep_their_plus():
    text = "sims:\n  8946120000005000016: +46701740000\nports:\n  - path: /dev/a\n"
    assert add_ports(text, [NEW]).startswith(text)


def test_known_ports_change_nothing():
    text = f"ports: [{{path: '{PATH}'}}]\n"
    assert add_ports(text, [NEW, NEW]) == text


def test_every_key_of_a_new_rule_is_read_back():
    new = NewPort(path="/dev/ttyS1", name='a "quoted": #name', role="control", driver="simcom", baudrate=9600)
    config = load(add_ports("", [new]), file="c", environment={}, folder=Path("/"))
    rule = config.ports[0]
    assert (rule.path, rule.name, rule.role, rule.driver, rule.baudrate) == (
        "/dev/ttyS1", 'a "quoted": #name', "control", "simcom", 9600,
    )  # fmt: skip


def test_the_shipped_file_takes_new_ports_and_keeps_every_line():
    text = SHIPPED.read_text(encoding="utf-8")
    added = add_ports(text, [NewPort(path=f"/dev/ttyS{number}") for number in range(3)])
    assert paths(added) == ["simulated", "/dev/ttyS0", "/dev/ttyS1", "/dev/ttyS2"]
    assert [line for line in added.splitlines() if "/dev/ttyS" not in line] == text.splitlines()


def test_a_text_that_is_no_mapping_is_refused():
    for text in ("- a\n", "ports: [", "ports: 5\n", "just words\n", "{version: 1}\n", "ports: {a: b}\n"):
        with pytest.raises(ConfigError):
            add_ports(text, [NEW])


@given(
    st.lists(
        st.sampled_from(
            [
                "ports:",
                "  - path: /dev/a",
                "    name: x",
                "  # c",
                "",
                "sims: {}",
                "ports: []",
                "- path: b",
                "log:",
            ]
        ),
        max_size=8,
    ).map("\n".join),
    st.text(min_size=1, max_size=20),
)
def test_what_was_good_stays_good_with_its_rules(text, comment):
    try:
        before = paths(text)
    except ConfigError:
        return
    after = paths(add_ports(text, [NewPort(path=PATH, comment=comment)]))
    assert after == ([PATH] if before == ["usb"] else [*before, PATH])
