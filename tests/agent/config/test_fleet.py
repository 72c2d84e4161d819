"""`fleet:` as a value, what it asks of other keys, and that it costs nothing where it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.config import ConfigError, load
from agent.config.fleet_checks import redis_fault

FOLDER = Path("/srv/bank")
FLEET = "fleet: {redis: 'redis://bank:S3CRET@127.0.0.1', host: bank-1%s}\n"
REAL = "onlinesim: {server: https://api.example, api_key: k3y}\n"


def read(text, machine="vm", **more):
    return load(text, file="config.yaml", environment={}, folder=FOLDER, machine=lambda: machine, **more)


def problems_of(text, **more):
    with pytest.raises(ConfigError) as caught:
        read(text, **more)
    return [str(problem) for problem in caught.value.problems]


def test_without_the_key_neither_the_machine_nor_the_package_is_asked():
    def never():
        raise AssertionError

    config = load("version: 1", file="c", environment={}, folder=FOLDER, machine=never, redis=never)
    assert config.fleet is None
    assert read("fleet:\n").fleet is None


def test_a_host_has_the_first_part_of_the_machines_name_unless_it_is_given():
    assert read("fleet: {redis: 'redis://localhost'}", machine="bank-7.lan").fleet.host == "bank-7"
    assert read(FLEET % "").fleet.host == "bank-1"


def test_a_machines_name_that_cannot_be_a_hosts_is_an_error():
    [problem] = problems_of("fleet: {redis: 'redis://localhost'}", machine="банк")
    assert problem == (
        'config.yaml:1:8: fleet: host is not given, and the name of this machine cannot be one: "банк";'
        " write 1 to 32 letters, digits, dots, dashes or underscores"
    )


def test_without_redis_py_the_error_says_how_to_install_it():
    [problem] = problems_of(
        FLEET % "", redis=lambda: "needs the Python package redis, which is not installed"
    )
    assert problem.startswith(
        "config.yaml:1:8: fleet: needs the Python package redis, which is not installed; "
    )
    assert problem.endswith("pip install 'simbank-agent[fleet]'")


def test_the_package_is_looked_for_and_not_imported(monkeypatch):
    assert redis_fault() == ""
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "5.2.1")
    assert redis_fault() == "needs redis-py 8.1 or newer; 5.2.1 is installed"
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert redis_fault() == "needs the Python package redis, which is not installed"


def test_the_account_cannot_have_fewer_modules_than_this_host():
    [problem] = problems_of(FLEET % ", modules: 63")
    assert problem.startswith(
        "config.yaml:1:72: fleet.modules: is less than bank.modules of this host alone (64); write"
    )
    assert read(FLEET % ", modules: 64").fleet.modules == 64


@pytest.mark.parametrize(
    ("rule", "most"),
    [("path: /dev/ttyS1, name: %s", 93), ("path: /dev/ttyS*, name: '{n}%s'", 92)],
)
def test_a_name_leaves_room_for_the_hosts(rule, most):
    fits, too_long = ("x" * most, "x" * (most + 1))
    read(FLEET % "" + f"ports: [{{{rule % fits}}}]")
    [problem] = problems_of(FLEET % "" + f"ports: [{{{rule % too_long}}}]")
    assert (
        'name: has more than 93 characters: in a fleet "bank-1/" stands before it; Onlinesim allows 100'
        in problem
    )
    read(f"ports: [{{{rule % too_long}}}]")


def test_a_ca_of_ones_own_is_for_tls():
    [problem] = problems_of(FLEET % ", ca_file: ca.pem")
    assert "fleet.ca_file: is for rediss:// only" in problem
    assert read("fleet: {redis: 'rediss://h', ca_file: ca.pem}").fleet.ca_file == FOLDER / "ca.pem"


def test_what_may_surprise_is_told():
    assert [w.message for w in read(FLEET % "").warnings] == [
        "each host has a sandbox of its own: nobody sees the whole list"
    ]
    through = "fleet: {redis: 'redis+sentinel://127.0.0.1/bank'%s}\nports: [{path: usb}]\n"
    assert [w.message for w in read(REAL + through % "").warnings] == ["Sentinel without acks"]
    assert read(REAL + through % ", acks: 1").warnings == ()


@pytest.mark.parametrize(
    "text", [FLEET % ", lease: 1s", "fleet: {redis: 'redis://u:S3CRET@10.0.0.5'}", "fleet: {redis: 'S3CRET'}"]
)
def test_the_password_is_in_no_message_and_in_no_repr(text):
    assert "S3CRET" not in "".join(problems_of(text))
    assert "S3CRET" not in repr(read(FLEET % ""))
    assert read(FLEET % "").fleet.url.password == "S3CRET"


@pytest.mark.slow
def test_an_agent_without_a_fleet_imports_nothing_for_one():
    looks = "import agent.app.wiring, agent.cli.run, agent.check.runner, sys; print('redis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
