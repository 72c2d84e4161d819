"""The configuration as values."""

from pathlib import Path

import pytest

from agent.config import PathKind, PortRole, PortRule, load

FOLDER = Path("/srv/bank")


def read(text, environment=None, **more):
    return load(text, file="config.yaml", environment=environment or {}, folder=FOLDER, **more)


def test_an_empty_file_means_every_default_and_every_usb_port():
    config = read("")
    assert config.onlinesim.sandboxed
    assert config.bank.lease == 30
    assert config.ports == (PortRule(path="usb"),)
    assert config.store == FOLDER / "simbank.db"


@pytest.mark.parametrize(
    ("folder", "environment", "store"),
    [
        ("/home/op", {"STATE_DIRECTORY": "/var/lib/bank"}, "/var/lib/bank/simbank.db"),
        ("/home/op", {"STATE_DIRECTORY": "/var/lib/bank:/var/lib/other"}, "/var/lib/bank/simbank.db"),
        ("/home/op", {"STATE_DIRECTORY": ""}, "/home/op/simbank.db"),
        ("/etc/simbank-agent", {}, "/var/lib/simbank-agent/simbank.db"),
        ("/etc/simbank-agent", {"STATE_DIRECTORY": "/var/lib/bank"}, "/var/lib/bank/simbank.db"),
    ],
)
def test_a_service_has_its_store_where_it_may_write(folder, environment, store):
    def loaded(text):
        return load(text, file="config.yaml", environment=environment, folder=Path(folder))

    assert loaded("version: 1").store_file == Path(store)
    assert loaded("ports: [{path: simulated}]").store_file == Path(store).with_name("simbank-simulated.db")
    assert loaded("store: my.db").store_file == Path(folder, "my.db")


@pytest.mark.parametrize("text", ["ports:", "ports: []", "ports: null", "bank:\nsims:\nussd:\nusb:\nlog:\n"])
def test_an_empty_group_means_its_defaults(text):
    assert read(text) == read(text + "\n")
    assert read(text).ports == (PortRule(path="usb"),)


def test_values_keep_their_meaning():
    config = read(
        """
onlinesim: {server: "https://api.example/v2/", api_key_file: key, heartbeat: 270, mode: incremental}
bank: {modules: 8, settle: 0s, poll: 250ms, answer_timeout: 0.5, lease: 2s, registration_grace: 1m}
ports:
  - path: tty/*
  - {path: "socket://10.0.0.5:4001", module: M1, name: M1, baudrate: auto}
  - {path: /dev/ttyS7, role: control, enabled: false}
usb: {"0403:601A": modem}
sims_file: ../sims.csv
ussd: {24012: {code: "*100#"}}
status: {listen: "[::1]:80"}
store: /var/lib/simbank.db
"""
    )
    assert config.onlinesim.server == "https://api.example/v2"
    assert config.onlinesim.api_key_file == FOLDER / "key"
    assert config.onlinesim.heartbeat == 270
    assert (config.bank.poll, config.bank.answer_timeout) == (0.25, 0.5)
    assert [rule.kind for rule in config.ports] == [PathKind.GLOB, PathKind.URL, PathKind.EXACT]
    assert config.ports[0].path == "/srv/bank/tty/*"
    assert config.ports[1].baudrate == "auto"
    assert config.ports[2].role is PortRole.CONTROL
    assert config.usb == {"0403:601a": "modem"}
    assert config.sims_file == FOLDER / "../sims.csv"
    assert config.ussd["24012"].match == r"(\+?\d{8,15})"
    assert config.status.address == ("::1", 80)
    assert config.store == Path("/var/lib/simbank.db")


SECRET = "s3cr3t-0815"


def test_no_print_of_a_config_shows_a_secret():
    config = read(f"onlinesim: {{api_key: {SECRET}}}\nstatus: {{token: {SECRET}}}")
    assert SECRET not in repr(config) + str(config) + config.model_dump_json() + repr(config.model_dump())
    assert SECRET not in repr(config.places)


def test_a_config_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        read("").bank.modules = 65


def test_simulated_sims_have_a_store_of_their_own():
    def store_file(ports: str) -> Path:
        text = f"version: 1\nports: [{{path: {ports}}}]\nstore: /var/lib/bank.db\n"
        return load(text, file="config.yaml", environment={}, folder=FOLDER).store_file

    assert store_file("usb") == Path("/var/lib/bank.db")
    assert store_file("simulated") == Path("/var/lib/bank-simulated.db")


def test_clients_find_their_ports_where_the_file_says():
    assert read("").shared_ports.directory == Path("/run/simbank-agent")
    assert read("shared_ports: {directory: shared}").shared_ports.directory == FOLDER / "shared"
