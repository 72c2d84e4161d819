"""Serial ports as sysfs shows them, on the trees of tests/udev/trees."""

from __future__ import annotations

import os
import pty
from collections import deque

import pytest
import pyudev

from drivers.ports import DeviceKind, Found, Port, Unnamed, assign, group, ports_for, usb_serial_ports
from drivers.ports.discovery import _udev

PCI = "pci-0000:00:14.0-usb-0"


def modules(tree_ports: list[Port]) -> dict[str, list[str]]:
    return {
        module.place.removeprefix(f"{PCI}:"): [port.path.removeprefix("/dev/tty") for port in module.ports]
        for module in group(tree_ports)
    }


@pytest.mark.umockdev
def test_an_ft4232_pool_has_a_module_on_each_interface(usb):
    usb.plug("ft4232-pool")
    assert modules(usb_serial_ports()) == {
        f"1.{chip}:1.{n}": [f"USB{4 * (chip - 1) + n}"] for chip in (1, 2) for n in range(4)
    }


@pytest.mark.umockdev
def test_a_cp2108_pool_has_a_module_on_each_interface(usb):
    usb.plug("cp2108-pool")
    assert modules(usb_serial_ports()) == {
        f"1.{socket}:1.{n}": [f"USB{4 * (socket - 3) + n}"] for socket in (3, 4) for n in range(4)
    }


@pytest.mark.umockdev
def test_a_ch9344_pool_has_four_modules_on_one_interface(usb):
    usb.plug("ch9344-pool")
    assert modules(usb_serial_ports()) == {
        "2.1:1.0": ["CH9344USB0"],
        "2.1:1.0-port1": ["CH9344USB1"],
        "2.1:1.0-port2": ["CH9344USB2"],
        "2.1:1.0-port3": ["CH9344USB3"],
        "2.2:1.0": ["CH9344USB8"],
        "2.2:1.0-port1": ["CH9344USB9"],
        "2.2:1.0-port2": ["CH9344USB10"],
        "2.2:1.0-port3": ["CH9344USB11"],
    }


@pytest.mark.umockdev
def test_the_modules_of_a_ch9344_keep_their_places_while_their_neighbours_go(usb):
    usb.plug("ch9344-pool")
    usb.remove(usb.tty_paths("ch9344-pool")[0])
    left = modules(usb_serial_ports())
    assert "2.1:1.0" not in left
    assert left["2.1:1.0-port1"] == ["CH9344USB1"]


@pytest.mark.umockdev
def test_a_ch348_has_eight_modules_on_one_interface(usb):
    usb.plug("ch348")
    found = modules(usb_serial_ports())
    assert len(found) == 8
    assert found["5:1.0-port7"] == ["CH9344USB15"]


@pytest.mark.umockdev
def test_four_ec25_are_four_modules_each_asked_on_its_secondary_port_first(usb):
    usb.plug("four-ec25")
    assert modules(usb_serial_ports()) == {
        f"1.{n + 1}": [f"USB{4 * n + 3}", f"USB{4 * n + 2}"] for n in range(4)
    }


@pytest.mark.umockdev
def test_a_cdc_acm_bridge_has_a_module_for_each_pair_of_interfaces(usb):
    usb.plug("cdc-acm")
    assert modules(usb_serial_ports()) == {
        "1.1:1.0": ["ACM0"],
        "1.2:1.0": ["ACM1"],
        "1.2:1.2": ["ACM2"],
        "1.2:1.4": ["ACM3"],
        "1.2:1.6": ["ACM4"],
    }


@pytest.mark.umockdev
def test_a_bridge_keeps_its_places_under_the_vendors_driver(usb):
    usb.plug("cdc-acm")
    generic = {place for place in modules(usb_serial_ports()) if place.startswith("1.2:")}
    usb.unplug_all()
    usb.plug("ch344-vendor-driver")
    vendors = modules(usb_serial_ports())
    assert set(vendors) == generic
    assert vendors["1.2:1.6"] == ["CH343USB3"]


@pytest.mark.umockdev
def test_a_mixed_hub_is_grouped_device_by_device(usb):
    usb.plug("mixed-hub")
    assert modules(usb_serial_ports()) == {
        **{f"1.1:1.{n}": [f"USB{n}"] for n in range(4)},
        "1.2": ["USB7", "USB6"],
        "1.3:1.0": ["USB8"],
        "1.4:1.0": ["CH341USB0"],
        "2.1:1.0": ["USB9"],
        "2.1:1.1": ["USB10"],
        "3": ["USB14"],
        "3-usb3": ["USB17"],
    }
    kinds = {module.place.removeprefix(f"{PCI}:"): module.kind for module in group(usb_serial_ports())}
    assert kinds["2.1:1.0"] is DeviceKind.UNKNOWN


@pytest.mark.umockdev
def test_a_controller_behind_a_platform_device_is_in_the_place(usb):
    usb.plug("single-board-computer")
    places = [module.place for module in group(usb_serial_ports())]
    assert places[0] == "platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.0"


@pytest.mark.umockdev
def test_names_stay_when_a_replug_renumbers_the_ttys(usb):
    def search(kept):
        found = group(usb_serial_ports())
        names = assign([Unnamed(module.place, "Port{n}") for module in found], kept)
        return names, {names.names[module.place]: module for module in found}

    usb.plug("replug-before")
    names, before = search({})
    usb.unplug_all()
    assert usb_serial_ports() == []
    usb.plug("replug-after")
    _, after = search(names.numbers)
    assert set(after) == set(before)
    assert {name: module.place for name, module in after.items()} == {
        name: module.place for name, module in before.items()
    }
    assert before["Port1"].ports[0].path == "/dev/ttyUSB0"
    assert after["Port1"].ports[0].path == "/dev/ttyUSB4"


@pytest.mark.umockdev
def test_the_description_of_a_device_is_read_without_touching_it(usb):
    usb.plug("ft4232-pool")
    place = usb_serial_ports()[5].usb
    assert (place.vid, place.pid, place.product) == ("0403", "6011", "Quad_RS232-HS")
    assert (place.device, place.interface, place.port, place.protocol) == ("1-1.2", 1, 0, 0xFF)


@pytest.mark.umockdev
def test_a_glob_and_a_path_lead_to_one_port_with_its_usb_place(usb):
    usb.plug("ft4232-pool")
    found = ports_for(["/dev/ttyUSB[0-2]", "/dev/ttyUSB1"])
    assert [(one.port.path, one.patterns) for one in found] == [
        ("/dev/ttyUSB0", (0,)),
        ("/dev/ttyUSB1", (1, 0)),
        ("/dev/ttyUSB2", (0,)),
    ]
    assert found[1].port.usb.interface == 1


@pytest.mark.umockdev
def test_a_link_leads_to_the_port_on_usb(usb, tmp_path):
    usb.plug("ft4232-pool")
    link = tmp_path / "third"
    link.symlink_to("/dev/ttyUSB2")
    (found,) = ports_for([str(link)])
    assert found.port.path == "/dev/ttyUSB2"
    assert found.port.usb.place == f"{PCI}:1.1:1.2"


@pytest.mark.umockdev
def test_the_link_that_follows_the_place_is_suggested(usb, tmp_path, monkeypatch):
    usb.plug("ft4232-pool")
    (tmp_path / f"{PCI}:1.1:1.2").symlink_to("/dev/ttyUSB2")
    monkeypatch.setattr("drivers.ports.discovery.LINK_DIRECTORIES", (str(tmp_path),))
    ports = usb_serial_ports()
    assert ports[2].stable_name == f"{tmp_path}/{PCI}:1.1:1.2"
    assert ports[3].stable_name == "/dev/ttyUSB3"


@pytest.fixture
def udevd(tmp_path, monkeypatch):
    """A udevd at work; the names of the ttys that it is done with."""
    done: set[str] = set()
    (tmp_path / "udevd").touch()
    monkeypatch.setattr("drivers.ports.discovery.UDEVD", tmp_path / "udevd")
    monkeypatch.setattr("pyudev.Device.is_initialized", property(lambda tty: tty.sys_name in done))
    return done


@pytest.mark.umockdev
def test_a_tty_is_not_a_port_until_udev_is_done_with_it(usb, udevd):
    usb.plug("ft4232-pool")
    for patterns in (["usb"], ["/dev/ttyUSB*"], ["/dev/ttyUSB2"]):
        assert ports_for(patterns) == []
    udevd.add("ttyUSB2")
    for patterns in (["usb"], ["/dev/ttyUSB*"], ["/dev/ttyUSB2"]):
        assert [one.port.path for one in ports_for(patterns)] == ["/dev/ttyUSB2"]


@pytest.mark.umockdev
def test_where_no_udevd_runs_a_tty_is_a_port_at_once(usb, monkeypatch):
    monkeypatch.setattr("pyudev.Device.is_initialized", property(lambda _: False))
    usb.plug("ft4232-pool")
    assert len(ports_for(["usb"])) == 8


@pytest.mark.umockdev
def test_every_usb_port_comes_with_all_patterns_that_lead_to_it(usb, tmp_path):
    usb.plug("ft4232-pool")
    link = tmp_path / "control"
    link.symlink_to("/dev/ttyUSB2")
    found = {one.port.path: one.patterns for one in ports_for(["usb", str(link), "/dev/ttyUSB[23]"])}
    assert len(found) == 8
    assert found["/dev/ttyUSB1"] == (0,)
    assert found["/dev/ttyUSB2"] == (1, 2, 0)
    assert found["/dev/ttyUSB3"] == (2, 0)


@pytest.mark.umockdev
def test_one_search_walks_through_usb_once(usb, tmp_path, monkeypatch):
    usb.plug("ft4232-pool")
    walks = []
    monkeypatch.setattr(
        "drivers.ports.discovery.usb_serial_ports", lambda: walks.append(1) or usb_serial_ports()
    )
    ports_for(["usb", "/dev/ttyUSB*", "/dev/ttyUSB1"])
    assert walks == [1]


@pytest.mark.umockdev
def test_a_tty_that_comes_during_a_search_is_left_to_the_next_which_has_its_place(usb, monkeypatch):
    usb.plug("ft4232-pool")
    monkeypatch.setattr("drivers.ports.discovery.usb_serial_ports", list)
    assert ports_for(["/dev/ttyUSB*", "/dev/ttyUSB1"]) == []


@pytest.fixture
def slave():
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_searches_share_a_context_of_libudev_one_after_the_other_and_never_at_once(slave, monkeypatch):
    """Making one starts another program."""
    made, real = [], pyudev.Context
    monkeypatch.setattr("pyudev.Context", lambda: made.append(1) or real())
    monkeypatch.setattr("drivers.ports.discovery._idle_contexts", deque())
    for _ in range(5):
        ports_for(["usb", slave])
    assert made == [1]
    with _udev() as one, _udev() as other:
        assert one is not other
    ports_for(["usb", slave])
    assert made == [1, 1]


@pytest.mark.umockdev
def test_the_kernels_own_consoles_are_not_looked_at(usb, monkeypatch):
    usb.plug("ft4232-pool")
    looked = []
    real = pyudev.Devices.from_path
    monkeypatch.setattr(
        "pyudev.Devices.from_path", lambda udev, path: looked.append(path) or real(udev, path)
    )
    assert len(usb_serial_ports()) == 8
    assert not any(path.endswith(("/tty", "/tty0", "/console")) for path in looked)


def test_a_machine_without_libudev_is_asked_once(slave, monkeypatch):
    asked = []

    def missing():
        asked.append(1)
        raise ImportError("No library named udev")

    monkeypatch.setattr("pyudev.Context", missing)
    monkeypatch.setattr("drivers.ports.discovery._idle_contexts", deque())
    for _ in range(3):
        assert ports_for([slave]) == [Found(Port(slave), (0,))]
    assert asked == [1]


def test_a_pty_has_no_usb_place(slave):
    assert ports_for([slave]) == [Found(Port(slave), (0,))]


def test_a_link_to_a_pty_keeps_its_own_name(slave, tmp_path):
    link = tmp_path / "modem"
    link.symlink_to(slave)
    assert ports_for([str(link)]) == [Found(Port(str(link)), (0,))]


def test_two_names_of_one_pty_are_one_port_with_the_first_name(slave, tmp_path):
    link = tmp_path / "modem"
    link.symlink_to(slave)
    assert ports_for([str(link), slave]) == [Found(Port(str(link)), (0, 1))]


def test_an_exact_path_names_the_port_before_a_glob_does(slave, tmp_path):
    link = tmp_path / "modem"
    link.symlink_to(slave)
    assert ports_for([f"{tmp_path}/*", slave]) == [Found(Port(slave), (1, 0))]


def test_a_url_is_taken_as_it_is():
    found = ports_for(["socket://bank:3001", "rfc2217://bank:3002?logging=debug", "socket://bank:3001"])
    assert [(one.port.path, one.patterns) for one in found] == [
        ("socket://bank:3001", (0, 2)),
        ("rfc2217://bank:3002?logging=debug", (1,)),
    ]


def test_what_is_missing_or_not_a_device_is_not_a_port(tmp_path):
    (tmp_path / "file").touch()
    assert ports_for([str(tmp_path / "gone"), str(tmp_path / "file"), f"{tmp_path}/*", str(tmp_path)]) == []


def test_a_path_with_brackets_in_its_name_is_found(slave, tmp_path):
    link = tmp_path / "modem[1]"
    link.symlink_to(slave)
    assert ports_for([str(link)]) == [Found(Port(str(link)), (0,))]


def test_without_libudev_paths_and_urls_still_work(slave, monkeypatch):
    def missing():
        raise ImportError("No library named udev")

    monkeypatch.setattr("pyudev.Context", missing)
    monkeypatch.setattr("drivers.ports.discovery._idle_contexts", deque())
    assert usb_serial_ports() == []
    assert [one.port for one in ports_for(["socket://bank:3001", slave])] == [
        Port("socket://bank:3001"),
        Port(slave),
    ]
