"""YAML itself: syntax, variables, and what it must not eat."""

from pathlib import Path

import pytest

from agent.config import ConfigError, SimEntry, load

FOLDER = Path("/srv/bank")


def read(text, environment=None, **more):
    return load(text, file="config.yaml", environment=environment or {}, folder=FOLDER, **more)


def problems_of(text, environment=None, **more):
    with pytest.raises(ConfigError) as caught:
        read(text, environment, **more)
    return [str(problem) for problem in caught.value.problems]


def test_yaml_eats_neither_plus_nor_zeros_of_unquoted_values():
    config = read("sims:\n  8946120000005000016: +46050910804\n  001010123456789: {number: +46701740000}\n")
    assert config.sims == {
        "8946120000005000016": SimEntry(number="+46050910804"),
        "001010123456789": SimEntry(number="+46701740000"),
    }
    assert [str(warning).partition(" is used as written")[0] for warning in config.warnings] == [
        "config.yaml:2:24: sims.8946120000005000016:",
        "config.yaml:3:29: sims.001010123456789.number:",
    ]
    assert config.warnings[0].hint == 'write "+46050910804"'


def test_variables_come_from_the_environment():
    text = "onlinesim: {server: 'https://${HOST}/v2', api_key: '${KEY}'}\nbank:\n  modules: ${N}\n"
    config = read(text, {"HOST": "api.example", "KEY": "12345", "N": "8"})
    assert config.onlinesim.server == "https://api.example/v2"
    assert config.onlinesim.api_key is not None
    assert config.onlinesim.api_key.get_secret_value() == "12345"
    assert config.bank.modules == 8


def test_a_dollar_can_be_meant():
    assert read("ports: [{path: '/dev/$${X}$'}]").ports[0].path == "/dev/${X}$"


def test_a_variable_that_is_not_set_is_reported_at_its_place():
    [problem] = problems_of("onlinesim:\n  api_key: ${NO_KEY}\n")
    assert problem.startswith(
        "config.yaml:2:12: onlinesim.api_key: the environment variable NO_KEY is not set; run `export NO_KEY=…` first"
    )
    assert problems_of("store: '${a b}'") == [
        "config.yaml:1:8: store: ${a b} is not the name of a variable; write ${NAME}"
    ]


def test_an_empty_variable_gives_no_key():
    [line] = problems_of("onlinesim:\n  server: https://api.example\n  api_key: ${KEY}\n", {"KEY": ""})
    assert "config.yaml:3:12: onlinesim.api_key: api_key is missing" in line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("bank:\n\tmodules: 3\n", "2:1: YAML: a tab is not allowed as indentation; use spaces"),
        ("bank: [1", "1:9: YAML: a comma or ] is missing"),
        (
            "a: b: c",
            "1:5: YAML: a colon is not allowed here; a text with a colon",
        ),
        ("a: 1\n---\nb: 2\n", "2:1: YAML: a second document begins here"),
        ("a: \x00", "1:4: YAML: unprintable character"),
        (
            "onlinesim: {api_key: ${KEY}}",
            "1:23: YAML: a comma or } is missing; inside {…} a variable needs quotes",
        ),
        (
            "store: *nothing",
            "1:8: YAML: there is no anchor 'nothing' for this alias; a text that begins with * needs quotes",
        ),
        (
            'ussd: {"24012": {code: *100#}}',
            """1:24: YAML: there is no anchor '100#' for this alias; a text that begins with""",
        ),
        (
            "store: @x",
            """1:8: YAML: a text cannot begin with '@'; a text that begins with @""",
        ),
        (
            "bank:\n modules: 8\n   settle: 10s\n",
            (
                "3:10: YAML: a colon is not allowed here; keys of one group begin in one column: this line has"
                " 3 spaces before its key, the line before has 1"
            ),
        ),
        (
            "ports:\n  - path: usb\n     name: x\n",
            (
                "3:10: YAML: a colon is not allowed here; keys of one group begin in one column: this line has"
                " 5 spaces before its key, the line before has 4"
            ),
        ),
        (
            "bank:\n  modules: 8\n settle: 10s\n",
            "3:2: YAML: this line belongs to none of the groups before it; keys of one group begin in one",
        ),
        (
            "bank:\n  modules:8\n  settle: 10s\n",
            '3:9: YAML: a colon is not allowed here; put a space after the colon in the line before: "mod',
        ),
        (
            "bank:\n  modules:8\n",
            '2:3: bank: must be a group of keys; put a space after the colon: "modules: 8"',
        ),
        ("store: !!python/name:os.system x", "1:8: store: unknown tag !python/name:os.system"),
        ("? [a]\n: 1", "1:3: a list or group cannot be a key; write the text in quotes"),
        ("bank: &b {poll: *b}", "1:7: bank"),
    ],
)
def test_broken_yaml_is_reported_with_its_place(text, line):
    [first, *_] = problems_of(text)
    assert first.startswith(f"config.yaml:{line}")


def test_an_alias_may_repeat_a_group_and_an_anchor_may_come_again():
    one, other = (f'"894612000000500{number}"' for number in ("0016", "0024"))
    config = read(
        f"sims:\n  {one}: &s {{rent: true}}\n  {other}: *s\n  &s 240120000000017: &s {{rent: false}}\n"
    )
    assert [entry.rent for entry in config.sims.values()] == [True, True, False]


def test_many_aliases_of_aliases_end_soon():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert "holds too much" in problems_of(bomb)[0]


NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        (f"version: 1\nbank:\n{NBSP}{NBSP}modules: 1\n", 3, "no-break space (U+00A0)"),
        (f"version: 1\nports:\n{NBSP} - path: usb\n", 3, "no-break space (U+00A0)"),
        (f"version: 1\nports:\n  -{NBSP}path: usb\n", 3, "no-break space (U+00A0)"),
        (f"bank:\n  modules:{NBSP}1\n", 2, "no-break space (U+00A0)"),
        (f"bank:\n  modules: {NBSP}1\n", 2, "no-break space (U+00A0)"),
        (f"bank:\n  modules{NBSP}: 1\n  poll: 10s\n", 2, "no-break space (U+00A0)"),
        (f"version: 1\nbank: {{modules:{NBSP}1}}\n", 2, "no-break space (U+00A0)"),
        (f"version: 1\n{NBSP}\nbank: {{modules: 1}}\n", 2, "no-break space (U+00A0)"),
        ("bank:\n\u3000\u3000modules: 1\n", 2, "ideographic space (U+3000)"),
        ("bank:\n\u202f modules: 1\n", 2, "narrow no-break space (U+202F)"),
        ("bank:\n\u2003modules: 1\n", 2, "em space (U+2003)"),
        ("bank:\n  \u200bmodules: 1\n", 2, "zero width space (U+200B)"),
        ("bank:\n  modules: 1\u200b\n", 2, "zero width space (U+200B)"),
        ("bank:\n  modules: 1\u2060\n", 2, "word joiner (U+2060)"),
    ],
)
def test_a_sign_that_cannot_be_seen_is_named(text, line, named):
    problems = problems_of(text)
    assert any(f"config.yaml:{line}:" in problem and named in problem for problem in problems), problems


def test_a_no_break_space_in_quotes_or_within_a_name_or_a_comment_is_a_sign_like_any_other():
    config = read(
        f'bank: {{modules: 1}}  # a{NBSP}comment\nports: [{{path: usb, name: "Shelf{NBSP}{{n}}"}}]\n'
    )
    assert config.ports[0].name == f"Shelf{NBSP}{{n}}"
    assert (
        read(f"ports:\n  - path: usb\n    name: Shelf{NBSP}2 {{n}}\n").ports[0].name == f"Shelf{NBSP}2 {{n}}"
    )
