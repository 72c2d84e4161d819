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
        (
            "ports:\n  - path: /dev/a\n    name: |-\n      # no comment\n\n  # c\nlog: {}\n",
            "ports:\n  - path: /dev/a\n    name: |-\n      # no comment\n  - {rule}\n\n  # c\nlog: {}\n",
        ),
        (
            "ports:  # none yet\nlog: {}\n",
            "ports:  # none yet\n  - {rule}\nlog: {}\n",
        ),
        ("version: 1", "version: 1\nports:\n  - {rule}\n"),
        ("", "ports:\n  - {rule}\n"),
        (
            "ports:\r\n  - path: /dev/a\r\n",
            "ports:\r\n  - path: /dev/a\r\n  - {rule}\r\n",
        ),
    ],
)
def test_a_new_rule_comes_below_the_last_and_the_rest_stays_to_the_byte(before, after):
    added = add_ports(before, [NEW])
    assert added == after.replace("{rule}", RULE)
    assert paths(added)[-1] == PATH
    assert add_ports(added, [NEW]) == added


def test_unquoted_numbers_keep_their_plus():
    text = "sims:\n  8946120000005000016: +46701740000\nports:\n  - path: /dev/a\n"
    assert add_ports(text, [NEW]).startswith(text)


def test_known_ports_change_nothing():
    text = f"ports: [{{path: '{PATH}'}}]\n"
    assert add_ports(text, [NEW, NEW]) == text


def test_the_shipped_file_takes_new_ports_and_keeps_every_line():
    text = SHIPPED.read_text(encoding="utf-8")
    added = add_ports(text, [NewPort(path=f"/dev/ttyS{number}") for number in range(3)])
    assert paths(added) == ["simulated", "/dev/ttyS0", "/dev/ttyS1", "/dev/ttyS2"]
    assert [line for line in added.splitlines() if "/dev/ttyS" not in line] == text.splitlines()


@pytest.mark.parametrize("ports", ["[{path: /dev/a}]", "[]", "null", "5", "{a: b}"])
def test_ports_that_are_not_in_lines_of_their_own_are_left_alone_and_the_rule_is_given_to_paste(ports):
    with pytest.raises(ConfigError) as caught:
        add_ports(f"ports: {ports}\n", [NEW])
    (problem,) = caught.value.problems
    assert str(problem).startswith("config.yaml: ports: rules can only be added to a list")
    assert f"\n  - {RULE}" in problem.hint


@pytest.mark.parametrize("text", ["- a\n", "ports: [", "just words\n", "{version: 1}\n"])
def test_a_text_without_keys_in_lines_of_their_own_is_refused(text):
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
    try:
        after = paths(add_ports(text, [NewPort(path=PATH, comment=comment)]))
    except ConfigError:
        assert "ports: []" in text
        return
    assert after == ([PATH] if before == ["usb"] else [*before, PATH])
