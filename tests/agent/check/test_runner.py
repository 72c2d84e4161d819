"""The whole examination: with a machine of our own making, and with this one."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.bank.roster import FoundPort
from agent.check import CheckInput, Host, Level, exit_code, run_checks
from agent.check.permissions import Account, FileRights
from agent.check.system import UsbPort
from agent.config import ConfigError, load
from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import NumberEntry
from agent.sandbox.server import Sandbox
from drivers.errors import PortProblem, PortUnavailable
from drivers.ports import Port
from drivers.wire import Holder

DIALOUT = FileRights(0, 20, "dialout", 0o660)
NOW = 1_780_000_000.0


@dataclass
class HealthyHost:
    """A machine without any problem; a test spoils one thing."""

    programs: frozenset[str] = frozenset()
    held: dict[str, Holder] = field(default_factory=dict)
    file_rights: FileRights = DIALOUT
    wall_time: float = NOW
    kernel: list[str] | None = field(default_factory=list)
    hangs: bool = False
    blind: bool = False

    def account(self, *, service):
        return Account("simbank-agent" if service else "petra", 1000, frozenset({20}))

    def rights(self, path):
        return self.file_rights

    def may_use(self, path, account, wanted=6):
        return True

    def holder(self, path):
        return self.held.get(path), False

    def running(self):
        if self.hangs:
            raise TimeoutError
        return self.programs

    def rules(self):
        return frozenset({"60-simbank-agent.rules", "86-simbank-agent-brltty.rules"})

    def usb_ports(self, paths):
        return [UsbPort(path, "2c7c:0125", ignored_by_modem_manager=True, ruled=True) for path in paths]

    def usb_devices(self):
        return frozenset({"2c7c:0125"})

    def kernel_lines(self):
        return self.kernel

    def wall(self):
        return self.wall_time

    def clock_is_synchronised(self):
        return True

    def store(self, path, account):
        return "", 10**10

    def store_faults(self, path):
        return ""

    def most_descriptors(self):
        return 65536


def read(yaml="", folder=Path("/")):
    return load(yaml, file="config.yaml", environment={}, folder=folder)


async def opens(_path):
    return None


async def checked(
    yaml="",
    *,
    host=None,
    paths=("/dev/ttyUSB0",),
    open_port=opens,
    file="config.yaml",
    found_by=None,
    **more,
):
    config = read(yaml)

    async def find_ports(_config):
        everywhere = tuple(range(len(config.ports)))
        if found_by is not None:
            return [FoundPort(Port(path), rules) for path, rules in found_by]
        return [FoundPort(Port(path), everywhere) for path in paths]

    return await run_checks(
        CheckInput(config=config, file=Path(file), **more),
        host=host or HealthyHost(),
        find_ports=find_ports,
        open_port=open_port,
    )


def worse(findings):
    return [(found.level.value, found.what) for found in findings if found.level is not Level.OK]


async def test_a_healthy_machine_has_no_problems():
    findings = await checked()
    assert worse(findings) == []
    assert exit_code(findings) == 0


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (HealthyHost(programs=frozenset({"brltty"})), ("warning", "brltty")),
        (HealthyHost(held={"/dev/ttyUSB0": Holder(7, "gammu-smsd")}), ("problem", "port")),
        (HealthyHost(wall_time=0.0), ("problem", "clock")),
        (
            HealthyHost(kernel=["usb 1-1: Not enough bandwidth for new interface configuration"]),
            ("problem", "USB"),
        ),
        (HealthyHost(kernel=None), ("warning", "USB")),
        (HealthyHost(hangs=True), ("problem", "udev")),
    ],
)
async def test_one_thing_wrong_is_one_finding(host, expected):
    assert worse(await checked(host=host)) == [expected]


async def test_a_port_is_opened_only_where_its_state_is_not_known_yet():
    opened = []

    async def open_port(path):
        opened.append(path)
        return PortUnavailable(PortProblem.BUSY, f"{path}: busy")

    rows = [
        {"name": "Port1", "reason": "live", "text": "live", "ports": ["/dev/ttyUSB0"]},
        {"name": "Port2", "reason": "port_busy", "text": "held", "ports": ["/dev/ttyUSB1"]},
    ]
    paths = [f"/dev/ttyUSB{n}" for n in range(4)]
    host = HealthyHost(held={"/dev/ttyUSB3": Holder(7, "gammu-smsd")})
    findings = await checked("bank: {modules: 2}", host=host, paths=paths, rows=rows, open_port=open_port)
    assert opened == ["/dev/ttyUSB2"]
    assert worse(findings) == [("problem", "port")] * 3


async def test_control_ports_and_disabled_ports_are_left_alone():
    async def open_port(path):
        raise AssertionError(path)

    for rule in ("role: control", "enabled: false"):
        yaml = f"ports: [{{path: usb}}, {{path: /dev/bank, {rule}, name: X}}]"
        findings = await checked(yaml, paths=["/dev/bank"], open_port=open_port)
        assert [found.text for found in findings if found.what == "ports"] == [
            "none of the configured ports is present"
        ]


async def test_simulated_ports_need_no_check_of_usb():
    findings = await checked("ports: [{path: simulated}]", paths=())
    assert worse(findings) == []
    assert not {"udev", "USB", "brltty"} & {found.what for found in findings}


async def test_warnings_of_the_configuration_are_reported_with_their_place():
    findings = await checked("ports: [{path: /dev/ttyUSB3}]", paths=())
    assert ("warning", "config.yaml") in worse(findings)
    texts = [found.text for found in findings if found.what == "config.yaml"]
    assert texts[0] == "config.yaml:1:16: ports[0].path: /dev/ttyUSB3 may be a different port after a reboot"
    assert "/dev/ttyUSB3 does not exist" in texts[1]


async def test_every_mistake_in_the_configuration_is_a_problem_and_the_machine_is_examined_all_the_same():
    with pytest.raises(ConfigError) as wrong:
        read("bnak: {}\nonlinesim: {server: 'https://api.example', api_key: k}\nports: [{path: simulated}]")
    host = HealthyHost(wall_time=0.0)
    findings = await run_checks(CheckInput(config=wrong.value, file=Path("config.yaml")), host=host)
    assert worse(findings) == [("problem", "config.yaml")] * 2 + [("problem", "clock")]
    assert findings[0].fix == 'did you mean "bank"?'
    assert "simulated ports must not be offered to a real server" in findings[1].text


async def test_the_service_is_examined_for_its_own_account():
    class Asked(HealthyHost):
        services: list[bool] = []  # noqa: RUF012

        def account(self, *, service):
            self.services.append(service)
            return super().account(service=service)

    await checked(host=Asked(), file="/etc/simbank-agent/config.yaml")
    await checked(host=Asked(), file="/srv/config.yaml")
    assert Asked.services == [True, False]


@pytest.mark.parametrize(
    ("yaml", "environment", "mode", "expected"),
    [
        ("onlinesim: {api_key: hidden-key}", {}, 0o644, [("problem", "config.yaml")]),
        ("onlinesim: {api_key: hidden-key}", {}, 0o600, []),
        ("onlinesim: {api_key: '${KEY}'}", {"KEY": "hidden-key"}, 0o644, []),
        ("status: {token: hidden-token}", {}, 0o644, [("problem", "config.yaml")]),
        ('sims: {"8946120000005000016": "+46701740605"}', {}, 0o644, [("warning", "config.yaml")]),
        ("onlinesim: {api_key_file: key}", {}, 0o600, [("problem", "api_key_file")]),
        ("sims_file: sims.csv", {}, 0o600, [("warning", "sims_file")]),
    ],
)
async def test_real_files_that_others_can_read_are_found(tmp_path, yaml, environment, mode, expected):
    file = tmp_path / "config.yaml"
    file.write_text(yaml)
    file.chmod(mode)
    for name, text in (("key", "hidden-key"), ("sims.csv", "8946120000005000024,+46701740606\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
    config = load(yaml, file="config.yaml", environment=environment, folder=tmp_path)

    class World(HealthyHost):
        def rights(self, path):
            seen = Host().rights(path)
            return FileRights(seen.uid, seen.gid, seen.group, seen.mode)  # as if below /etc

    async def find_ports(_config):
        return [FoundPort(Port("socket://bank:7001"), (0,))]

    findings = await run_checks(
        CheckInput(config=config, file=file), host=World(), find_ports=find_ports, open_port=opens
    )
    assert worse(findings) == expected
    assert "hidden" not in repr(findings)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no such file"), (b"PK\x03\x04", "workbook"), (b"rubbish,1\n", "sims.csv:1: rubbish")],
)
async def test_a_sims_file_is_read_and_its_problems_named(tmp_path, content, words):
    if content is not None:
        (tmp_path / "sims.csv").write_bytes(content)
    config = read("sims_file: sims.csv", tmp_path)

    async def find_ports(_config):
        return [FoundPort(Port("/dev/ttyUSB0"), (0,))]

    subject = CheckInput(config=config, file=tmp_path / "config.yaml")
    findings = await run_checks(subject, host=HealthyHost(), find_ports=find_ports, open_port=opens)
    listed = [found for found in findings if found.level is Level.PROBLEM]
    assert {found.what for found in listed} == {"sims_file"}
    assert words in listed[0].text


async def test_the_set_that_would_be_sent_goes_to_the_real_server_as_test1():
    entry = NumberEntry(number="+46701740605", country_id=46, operator=24012, port_id="Port1", rent=0)
    sandbox = Sandbox(key="a-very-secret-key")
    async with sandbox.serving() as url, open_session() as session:
        client = OnlinesimClient(session, url, "a-very-secret-key")
        findings = await checked(
            f"onlinesim: {{server: '{url}', api_key: a-very-secret-key}}",
            entries=[entry],
            send=client.send,
            test2=True,
        )
    assert worse(findings) == []
    assert [found.text for found in findings if found.what == "Onlinesim"][1:] == [
        "test1: key and list are accepted (1 number), nothing was saved",
        "test2: the server understood exactly what was sent",
    ]
    assert sandbox.accepted == []


async def test_this_machine_can_be_examined_for_real(tmp_path):
    """Whatever it finds here: it comes to an end, and the port that it is given is found free."""
    master, slave = os.openpty()
    path = os.ttyname(slave)
    config = load(
        f"ports: [{{path: {path}, name: Port1}}]", file="config.yaml", environment={}, folder=tmp_path
    )
    file = tmp_path / "config.yaml"
    file.touch()
    findings = await asyncio.wait_for(run_checks(CheckInput(config=config, file=file)), 30)
    (port,) = [found for found in findings if found.what == "ports"]
    assert port.text.startswith("1 of 1 present")
    assert {"clock", "store", "descriptors", "ModemManager", "USB"} <= {found.what for found in findings}
    os.close(slave)
    os.close(master)


async def test_a_known_module_whose_link_leads_nowhere_now_is_missing():
    rows = [
        {"name": f"Port{n}", "reason": reason, "text": "", "ports": [f"/dev/ttyUSB{n}"]}
        for n, reason in enumerate(("live", "unplugged"))
    ]
    findings = await checked("bank: {modules: 2}", rows=rows)
    listed = [found.text for found in findings if found.what in {"port", "ports"}]
    assert listed[0] == "/dev/ttyUSB1 is gone"
    assert listed[1].startswith("1 of 2 present")


async def test_a_configured_path_that_is_not_there_is_counted():
    findings = await checked(
        "ports: [{path: /dev/serial/by-path/a, name: A}, {path: /dev/serial/by-path/b, name: B}]",
        found_by=[("/dev/serial/by-path/a", (0,))],
    )
    (finding,) = [found.text for found in findings if found.what == "ports"]
    assert finding.startswith("1 of 2 present")


async def test_where_config_yaml_is_wrong_descriptors_are_left_out():
    with pytest.raises(ConfigError) as wrong:
        read("bnak: {}")
    findings = await run_checks(CheckInput(config=wrong.value, file=Path("config.yaml")), host=HealthyHost())
    assert "descriptors" not in {found.what for found in findings}


async def test_the_error_of_a_serial_server_in_a_scan_is_reported_with_its_fix():
    url = "socket://127.0.0.1:9"
    text = f"no complete answer lately: {url}: Connection refused"
    rows = [{"name": "Port1", "reason": "silent", "text": text, "ports": [url]}]
    findings = await checked(f"ports: [{{path: '{url}', name: A}}]", paths=(url,), rows=rows)
    (finding,) = [found for found in findings if found.what == "port"]
    assert finding.text == f"{url}: Connection refused"
    assert "ser2net" in finding.fix


async def test_a_dangling_link_is_missing_once(tmp_path):
    link = tmp_path / "Port1"
    link.symlink_to("/dev/pts/99999")
    rows = [{"name": "Port1", "reason": "unplugged", "text": "", "ports": ["/dev/pts/99999"]}]
    yaml = f"ports: [{{path: /dev/ttyUSB0, name: A}}, {{path: {link}, name: B}}]"
    findings = await checked(yaml, rows=rows, found_by=[("/dev/ttyUSB0", (0,))])
    (finding,) = [found.text for found in findings if found.what == "ports"]
    assert finding.startswith("1 of 2 present")


async def test_the_holder_that_the_running_agent_names_is_named_here_too():
    text = "another program holds the port: picocom (pid 20964)"
    rows = [{"name": "Port1", "reason": "port_busy", "text": text, "ports": ["/dev/ttyUSB0"]}]
    findings = await checked("bank: {modules: 1}", host=HealthyHost(), paths=["/dev/ttyUSB0"], rows=rows)
    (held,) = [finding for finding in findings if finding.what == "port"]
    assert held.text == "/dev/ttyUSB0 is held by picocom (pid 20964)"
