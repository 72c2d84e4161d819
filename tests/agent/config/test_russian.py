"""Every mistake and warning of config.yaml in Russian, at the same place, with the same values."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from dataclasses import replace
from pathlib import Path

import pytest
import ruamel.yaml
from pydantic import BaseModel, ValidationError

from agent.config import Config, ConfigError, NewPort, add_ports, find, load, warnings
from agent.config.driver_words import OBJECTIONS, fault_of_pattern, retold
from agent.config.edit import set_value
from agent.config.fleet_checks import redis_fault
from agent.config.loading import _SECTIONS
from agent.config.pydantic_words import KINDS, WITH_VALUES
from agent.config.yaml_words import NO_YAML, in_our_words
from agent.formats.engine_url import NotAnEngineUrl, parse
from drivers.at import search_cost, ussd_codes
from tests.language.english import english_in
from tests.language.speaking import speaking

MODULES = ("alerts", "checks", "edit", "fields", "fleet", "loading", "partial", "source")
FOLDER = Path("/srv/bank")
FORMS_OF_URLS = (
    "http://a",
    "redis://",
    "redis://a,b",
    "redis+sentinel://a:1",
    "redis://h/16",
    "redis://h?db=1",
)
GIVEN = {
    "drivers": lambda: ["simcom", "quectel"],
    "machine": lambda: "bank 1",
    "redis": lambda: "",
}


@pytest.fixture(autouse=True)
def russian():
    with speaking("ru"):
        yield


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings_in(one)


def corpus(module):
    """Every text that the tests of this file give to the reader."""
    marks = [mark for one in vars(module).values() for mark in getattr(one, "pytestmark", ())]
    cases = [mark.args[1] for mark in marks if mark.name == "parametrize"]
    texts = set(strings_in([[getattr(one, "values", one) for one in some] for some in cases]))
    texts |= {f"alerts: {{{text}}}" for text in texts}
    return sorted(
        text for text in texts if re.search(r"[:\n]", text) and not re.match(r"\d+:\d+|\w+://", text)
    )


def said_of(text):
    """Its mistakes, else its warnings."""
    try:
        return load(text, file="config.yaml", environment={}, folder=FOLDER, **GIVEN).warnings
    except ConfigError as wrong:
        return wrong.problems


@pytest.mark.parametrize("name", MODULES)
def test_no_english_sentence_is_left_and_the_places_are_the_same(name):
    met = 0
    for text in corpus(importlib.import_module(f"tests.agent.config.test_{name}")):
        russian = said_of(text)
        with speaking("en"):
            english = said_of(text) if russian else ()
        assert len(russian) == len(english), text
        for one, same in zip(russian, english, strict=True):
            met += 1
            assert re.search("[а-я]", one.message), one
            assert english_in(f"{one.message}; {one.hint}") == "", one
            assert replace(one, message="", hint="") == replace(same, message="", hint="")
            assert bool(one.hint) == bool(same.hint), one
    assert met > 2


VALUES = ("", "x", "1", "1.5", "-1", "9" * 5000, "null", [], ["x"], [["x"]], {}, {"x": "y"}, None)


def kinds_of(model, name, value):
    try:
        model.model_validate({name: value}, context={"folder": FOLDER})
    except ValidationError as error:
        return {detail["type"] for detail in error.errors()}
    return set()


def test_every_kind_of_error_that_pydantic_may_raise_has_our_words():
    models = [model for model in _SECTIONS.values() if issubclass(model, BaseModel)]
    met = set()
    for model in models:
        for name in model.model_fields:
            for value in VALUES:
                met |= kinds_of(model, name, value)
    met |= {detail["type"] for detail in raised_by({"alerts": {"urls": ["json://a"] * 21}})}

    assert met - {"config"} <= KINDS.keys() | WITH_VALUES.keys()
    assert {"too_long", "enum", "missing", "less_than_equal", "int_parsing_size"} <= met | {"less_than_equal"}


def raised_by(data):
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(data)
    return caught.value.errors()


def said_by_ruamel():
    """Each error in its sources: the context and the problem, with something in the place of each value."""
    folder = Path(ruamel.yaml.__file__).parent
    for name in ("scanner", "parser", "composer"):
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error"):
                words = [sample(arg) for arg in node.args[:3]]
                if len(words) == 3:
                    yield words[0] or "", words[2] or ""
                elif len(words) == 2 and words[0] is not None:
                    yield words[0], words[0]


def sample(node):
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else value_of(part) for part in node.values
        )
    return node.value if isinstance(node, ast.Constant) else None


def value_of(part):
    return "tag" if "name" in ast.unparse(part) else "','"


def test_everything_that_ruamel_says_of_a_broken_text_has_our_words():
    said = [(context, problem) for context, problem in said_by_ruamel() if "another document" not in problem]
    assert len(said) > 40
    plain = {(context, problem) for context, problem in said if in_our_words(problem, context) == NO_YAML}

    assert plain == set()
    assert all(english_in(in_our_words(problem, context)) == "" for context, problem in said)


def test_what_drivers_say_of_codes_and_patterns_is_translated():
    source = ast.parse(inspect.getsource(search_cost.objection))
    returned = {
        node.value.value
        for node in ast.walk(source)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant)
    }
    said = {text for text in returned if text} | set(ussd_codes._SERVICES.values())

    assert said <= {*OBJECTIONS.texts}
    assert (
        retold(ussd_codes.objection("*21#"))
        == "*21 включает переадресацию вызовов (3GPP TS 22.030, приложение B)"
    )
    for code in ("*#21#", "#21#", "abc", "*33#"):
        assert english_in(retold(ussd_codes.objection(code))) == ""
    assert "не больше" in retold(search_cost.objection("a*a*a*a*a*"))


@pytest.mark.parametrize("pattern", ["(", ")", "[", "*", "a**", "[z-a]", r"\q", "\\", "a{3,2}", "[[a]"])
def test_what_python_says_of_a_pattern_is_translated(pattern):
    [problem] = said_of(f"ussd: {{'24012': {{code: '*100#', match: '{pattern}'}}}}")

    assert english_in(problem.message) == ""
    assert "позиция" in problem.message


def test_a_warning_speaks_the_language_of_the_time_when_it_is_asked_for():
    config = load(
        "onlinesim: {server: https://a.example, api_key: k, test: test1}",
        file="c",
        environment={},
        folder=FOLDER,
    )
    [russian] = config.warnings
    with speaking("en"):
        [english] = config.warnings

    assert english.message == "test reports never count: nothing is offered"
    assert russian.message == "тестовые отчёты не засчитываются: ничего не продаётся"
    assert fault_of_pattern("of no kind that we know") == "of no kind that we know"


@pytest.mark.parametrize("case", FORMS_OF_URLS)
def test_a_url_of_redis_is_refused_in_russian(case):
    with pytest.raises(NotAnEngineUrl) as caught:
        parse(case)
    assert re.search("[а-я]", str(caught.value))
    assert english_in(f"{caught.value}; {caught.value.hint}") == ""


def test_what_is_asked_of_the_machine_is_russian():
    given = {
        "machine": lambda: "bank-1",
        "redis": redis_fault,
        "file": "c",
        "environment": {},
        "folder": FOLDER,
    }
    rules = "ports: [{path: /dev/ttyS1, name: %s}]" % ("n" * 95)
    fleet = f"fleet: {{redis: 'redis://localhost', ca_file: x, modules: 1}}\n{rules}\nbank: {{modules: 64}}\n"
    with pytest.raises(ConfigError) as caught:
        load(fleet, **given)
    config = load(
        "ports: [{path: /dev/a}, {path: /dev/b*}]\nfleet: {redis: 'redis+sentinel://localhost/m'}", **given
    )
    said = [*caught.value.problems, *warnings(config, modules_seen=3, matched={"/dev/a": 0, "/dev/b*": 0})]

    assert len(said) == 8
    for one in said:
        assert re.search("[а-я]", one.message), one
        assert english_in(f"{one.message}; {one.hint}") == "", one


def test_a_file_that_is_not_there_and_what_cannot_be_changed_are_told_in_russian(tmp_path):
    (tmp_path / "folder").mkdir()
    wrong = [
        lambda: find(None, {}, tmp_path, tmp_path / "etc"),
        lambda: find("x.yaml", {}, tmp_path),
        lambda: find(None, {"SIMBANK_CONFIG": "folder"}, tmp_path),
        lambda: set_value("onlinesim: [a]", ("onlinesim", "server"), "x"),
        lambda: add_ports("ports: []", [NewPort("/dev/a")]),
    ]
    for attempt in wrong:
        with pytest.raises(ConfigError) as caught:
            attempt()
        [problem] = caught.value.problems
        assert re.search("[а-я]", problem.message)
        assert english_in(f"{problem.message}; {problem.hint}") == ""
