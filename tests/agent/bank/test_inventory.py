"""Which modules there are now, whoever comes, goes or clashes."""

from __future__ import annotations

import logging

import pytest

from agent.bank import inventory
from agent.bank.inventory import Inventory
from agent.bank.names import NameRefused
from agent.bank.roster import FoundPort, NameClash, Roster
from agent.config import PortRule
from agent.store.store import Store
from drivers.ports import Port, UsbPlace


class SharedPorts:
    def __init__(self):
        self.offered = []

    def offer(self, names):
        self.offered = list(names)


class Host:
    """The parts around an inventory; `ports` is what is listed next."""

    def __init__(self, *rules):
        self.ports = []
        self.store = Store(None)
        self.shared_ports = SharedPorts()
        self.clash = ""
        rules = tuple(PortRule.model_validate({"path": "usb"} | rule) for rule in rules)
        self.inventory = Inventory(
            Roster(
                rules,
                numbers=self.store.places.numbers,
                imeis=self.store.places.imeis,
                confirmed=self.store.places.confirmed,
            ),
            self,
            store=self.store,
            shared_ports=self.shared_ports,
            on_clash=lambda clash: setattr(self, "clash", clash),
        )

    async def list_ports(self):
        return tuple(self.ports)

    def plug(self, socket, rule=0):
        place = UsbPlace(f"1-{socket}", 0, vid="0403", pid="6011")
        self.ports.append(FoundPort(Port(f"/dev/ttyUSB{socket}", place), (rule,)))

    async def names(self):
        return [place.name for place in await self.inventory.places()]


@pytest.fixture
def host():
    """A machine with rules for different names, for names that clash, for shared ports, and for IMEIs."""
    host = Host(
        {},
        {"path": "/dev/ttyUSB[2-4]", "name": "Same"},
        {"path": "/dev/ttyUSB[5-7]", "share": True},
        {"path": "/dev/ttyUSB[89]", "name": "{imei}"},
    )
    yield host
    host.store.close()


async def test_places_are_kept_in_the_store_and_offered_to_clients_where_they_are_shared(host):
    host.plug(1)
    host.plug(5, rule=2)
    assert await host.names() == ["Port1", "Port2"]
    assert sorted(host.store.places.numbers.values()) == [1, 2]
    assert host.shared_ports.offered == ["Port2"]


async def test_names_that_clash_from_the_beginning_are_refused(host):
    host.plug(2, rule=1)
    host.plug(3, rule=1)
    with pytest.raises(NameClash):
        await host.names()
    assert not host.clash


async def test_a_new_module_whose_name_clashes_is_ignored_and_logged_once(host, caplog):
    host.plug(2, rule=1)
    assert await host.names() == ["Same"]
    host.plug(3, rule=1)
    for _ in range(3):
        assert await host.names() == ["Same"]
    assert "two modules would be called 'Same'" in host.clash
    assert len([one for one in caplog.records if one.levelno == logging.ERROR]) == 1


async def test_a_clash_that_is_gone_is_no_longer_reported(host):
    host.clash = "two modules would be called 'Same'"
    host.plug(1)
    assert await host.names() == ["Port1"]
    assert not host.clash


async def test_two_modules_with_one_imei_are_both_used_and_logged_once(host, caplog):
    for socket in (8, 9):
        host.plug(socket, rule=3)
        host.store.places.note_imei(f"usb-1-{socket}:1.0", "490154203237518")
        names = await host.names()
    host.plug(1)
    assert await host.names() == ["Port1", *names]
    assert names == ["490154203237518", "490154203237518-2"]
    assert host.store.places.names == {"usb-1-8:1.0": names[0], "usb-1-9:1.0": names[1]}
    (warning,) = [one.message for one in caplog.records if one.levelno == logging.WARNING]
    assert (
        warning
        == "two modules report the same IMEI; both are used, the one at usb-1-9:1.0 is named 490154203237518-2"
    )
    assert not host.clash


async def test_the_imei_that_was_reported_in_a_place_does_not_count_for_the_next_one_there(host):
    host.plug(8, rule=3)
    host.store.places.note_imei("usb-1-8:1.0", "490154203237518")
    await host.names()
    host.ports.clear()
    await host.names()
    assert host.store.places.confirmed == set()
    assert host.store.places.imeis == {"usb-1-8:1.0": "490154203237518"}


async def test_the_count_is_logged_when_it_changes(host, caplog):
    caplog.set_level(logging.INFO, logger="agent")
    for _ in range(2):
        assert await host.names() == []
    host.plug(1)
    for _ in range(2):
        await host.names()
    assert [one.message for one in caplog.records] == [
        "no serial port found: plug in the modems; `simbank-agent check` has details",
        "ports found: 1, modules: 1",
    ]


async def test_too_few_descriptors_for_the_modules_are_told_once(monkeypatch, caplog):
    host = Host({})
    told = []
    host.inventory._on_few_descriptors = told.append
    monkeypatch.setattr(inventory, "descriptor_limit", lambda: 130)
    host.plug(1)
    await host.inventory.places()
    assert told == [None]
    for socket in (2, 3):
        host.plug(socket)
    for _ in range(3):
        await host.inventory.places()
    assert told[1:] == [(130, 3, 131)] * 3
    assert [record.getMessage() for record in caplog.records if "open files" in record.getMessage()] == [
        f"130 open files are allowed, 3 modules need 131; some ports stay closed: {inventory.RAISE_DESCRIPTORS}"
    ]
    monkeypatch.setattr(inventory, "descriptor_limit", lambda: None)
    await host.inventory.places()
    assert told[-1] is None


async def test_shared_ports_are_offered_each_time_for_what_failed_is_tried_again(host):
    host.plug(5, rule=2)
    first = await host.inventory.places()
    for _ in range(3):
        host.shared_ports.offered.clear()
        last, first = first, await host.inventory.places()
        assert host.shared_ports.offered == ["Port1"]
    assert first is last


async def test_a_renamed_module_keeps_its_name_in_the_store_and_a_newcomer_does_not_get_it(host):
    host.plug(1)
    host.plug(5, rule=2)
    await host.names()
    host.store.cards.placed("8946120000005000016", "240120000000016", "Port1")
    assert host.inventory.use(host.inventory.names().rename("Port1", "left")) == {"Port1": "left"}
    assert await host.names() == ["left", "Port2"]
    assert host.store.places.given == {"usb-1-1:1.0": "left"}
    assert host.store.cards.sims["8946120000005000016"].module == "left"
    host.plug(6, rule=2)
    assert await host.names() == ["left", "Port2", "Port1"]
    assert host.inventory.use(host.inventory.names().rename("left", "Port1", swap=True)) == {
        "left": "Port1", "Port1": "left",
    }  # fmt: skip
    assert await host.names() == ["Port1", "Port2", "left"]


async def test_names_of_modules_that_went_are_remembered_moved_and_forgotten(host):
    host.plug(1)
    await host.names()
    host.ports.clear()
    host.plug(7, rule=0)
    assert sorted(await host.names()) == ["Port1", "Port2"]
    names = host.inventory.names()
    assert [(one.name, one.there) for one in names.places] == [("Port2", True), ("Port1", False)]
    host.inventory.use(names.move("Port1", ("/dev/ttyUSB7",)))
    assert await host.names() == ["Port1"]
    assert host.store.places.numbers == {"usb-1-7:1.0": 1}
    host.inventory.use(host.inventory.names())
    assert await host.names() == ["Port1"]


async def test_a_name_that_config_yaml_gives_to_another_port_is_refused():
    host = Host({}, {"path": "/dev/ttyUSB9", "name": "Desk"})
    host.plug(1)
    host.plug(9, rule=1)
    assert await host.names() == ["Port1", "Desk"]
    with pytest.raises(NameRefused, match="Desk"):
        host.inventory.use(host.inventory.names().rename("Port1", "Desk"))
    assert await host.names() == ["Port1", "Desk"]
    host.store.close()


async def test_a_module_in_another_place_is_told_once_with_what_gives_it_its_name_back(host, caplog):
    host.plug(1)
    await host.names()
    host.store.places.note_imei("usb-1-1:1.0", "490154203237518")
    host.ports.clear()
    host.plug(7, rule=0)
    await host.names()
    host.store.places.note_imei("usb-1-7:1.0", "490154203237518")
    for _ in range(4):
        await host.names()
    assert [line for line in caplog.messages if "move --all" in line] == [
        "1 module is in another place than before (Port2 was Port1): `simbank-agent move --all` gives back its name"
    ]
    host.inventory.use(host.inventory.names().move_all()[0])
    assert await host.names() == ["Port1"]
