"""The JSON Schema equals the models, and the shipped file says everything."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from agent import config
from agent.config import models
from agent.config.fleet import Fleet

TOP = Path(__file__).parents[3]
SHIPPED = (TOP / "config.yaml").read_text(encoding="utf-8")
GROUPS = {
    "": models.Config,
    "onlinesim": models.Onlinesim,
    "bank": models.Bank,
    "ports": models.PortRule,
    "status": models.Status,
    "log": models.Log,
}


def plain(text):
    return YAML(typ="safe", pure=True).load(text)


def test_the_file_for_editors_equals_the_models():
    shipped = (TOP / "agent/config/config.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == config.schema(), (
        "write it anew: simbank-agent schema > agent/config/config.schema.json"
    )


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(config.schema())


def test_the_shipped_file_names_the_schema_and_satisfies_it():
    assert SHIPPED.startswith("# yaml-language-server: $schema=agent/config/config.schema.json\n")
    jsonschema.validate(plain(SHIPPED), config.schema())


@pytest.mark.parametrize(
    "text",
    [
        'sims: {"8946120000005000016": "+46701740000"}',
        'sims: {"8946120000005000016": {number: "+46701740000", rent: true, enabled: false}}',
        'ussd: {"24012": {code: "*100#"}}',
        'usb: {"0403:6011": bridge}',
        "bank: {poll: 250ms, settle: 4m30s, lease: 31.5}",
        "ports: [{path: usb, baudrate: auto}]",
        "fleet: {redis: 'redis://127.0.0.1', host: bank-1, lease: 15s, acks: 0, modules: 2000}",
    ],
)
def test_the_schema_takes_what_load_takes(text):
    config.load(text, file="c", environment={}, folder=Path("/"))
    jsonschema.validate(plain(text), config.schema())


@pytest.mark.parametrize(
    "text",
    [
        "bank: {modlues: 1}",
        "bank: {poll: soon}",
        "bank: {modules: 0}",
        "log: {level: x}",
        "fleet: {account: main}",
        "fleet: {redis: 'redis://127.0.0.1', host: bank 1}",
        'sims: {"89": "0701"}',
    ],
)
def test_the_schema_refuses_what_load_refuses(text):
    with pytest.raises(config.ConfigError):
        config.load(text, file="c", environment={}, folder=Path("/"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(text), config.schema())


def test_every_key_is_described_for_editors():
    schema = config.schema()
    groups = [schema, *(made for made in schema["$defs"].values() if "properties" in made)]
    for key, described in [item for group in groups for item in group["properties"].items()]:
        referred = schema["$defs"].get(described.get("$ref", "").rpartition("/")[2], {})
        assert described.get("description") or referred.get("description"), key


def test_the_shipped_file_holds_every_key_with_its_default_and_a_comment():
    data = plain(SHIPPED)
    data["ports"] = data["ports"][0]
    for group, model in GROUPS.items():
        written = data[group] if group else data
        assert set(written) == set(model.model_fields), group
    for model in (models.SimEntry, models.UssdQuery, Fleet):
        assert all(f"{key}" in SHIPPED for key in model.model_fields)
    for line in SHIPPED.splitlines():
        is_key = line.strip() and not line.startswith("#") and not line.endswith(":")
        assert not is_key or "  # " in line, line


def test_the_shipped_file_is_the_defaults_with_a_simulated_bank():
    shipped = config.load(SHIPPED, file="config.yaml", environment={}, folder=Path("/x"))
    default = config.load("ports: [{path: simulated}]", file="config.yaml", environment={}, folder=Path("/x"))
    assert shipped.model_dump() == default.model_dump()
    assert shipped.warnings == ()


def test_the_examples_in_the_shipped_file_are_good():
    shown = SHIPPED.replace("sims: {}", "#").replace("ussd: {}", "#").replace("fleet: null", "#")
    for key in ("fleet:", *(f"  {name}:" for name in Fleet.model_fields)):
        shown = shown.replace(f"# {key}", key)
    for line in ("sims:", '  "8946', '  "2401', "ussd:", '  "24012"'):
        shown = shown.replace(f"# {line}", line)
    loaded = config.load(
        shown,
        file="config.yaml",
        environment={"FLEET_PASSWORD": "p"},
        folder=Path("/x"),
        machine=lambda: "bank-1",
    )
    assert len(loaded.sims) == 2
    example = config.load(
        "fleet: {redis: 'rediss://bank:p@10.0.0.5:6379'}",
        file="config.yaml",
        environment={},
        folder=Path("/x"),
        machine=lambda: "bank-1",
    )
    assert loaded.fleet == example.fleet
    assert loaded.ussd["24012"].match == r"(\+?\d{8,15})"
