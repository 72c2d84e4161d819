"""The udev rules: that they name the devices of the table, and what udev makes of the trees here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from missing import missing

from drivers.ports import MODEM_VENDORS, PRODUCTS, DeviceKind, product

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RULES = ROOT / "udev" / "60-simbank-agent.rules"
PCI = "/devices/pci0000:00/0000:00:14.0"

# udevadm writes links and its database: into a /run of its own, beside a /dev that it cannot change.
SANDBOX = """
set -e
mount --rbind /dev /dev && mount -o remount,bind,ro /dev
mount -t tmpfs tmpfs /run && mkdir -p /run/udev/rules.d
cp "$RULES"/*.rules /run/udev/rules.d/
printf '%s\\n' "$MORE" > /run/udev/rules.d/85-brltty.rules
export EACH='mount --bind "$UMOCKDEV_DIR/sys" /sys
for p; do
    echo "== $p"
    env -u LD_PRELOAD SYSTEMD_DEVICE_VERIFY_SYSFS=0 udevadm test --action=add "$p" 2>&1
done'
exec umockdev-run -d "$TREE" -- sh -c "$EACH" sh "$@"
"""
PLACES = """
import json, pathlib
from drivers.ports import discovery
from drivers.ports import usb_serial_ports
discovery.UDEVD = pathlib.Path("/no-udevd")  # this machine's knows nothing of what is played
print(json.dumps([(port.path, port.usb.place, port.usb.vid, port.usb.pid) for port in usb_serial_ports()]))
"""

ATTRIBUTES = re.compile(
    r'ATTRS\{idVendor\}=="([^"]+)", (?:ATTRS\{idProduct\}=="([^"]+)", )?ENV\{SIMBANK_KIND\}="(\w+)"'
)


def named_by_the_rules(kind: DeviceKind) -> set[str]:
    rows = [match for match in ATTRIBUTES.findall(RULES.read_text()) if match[2] == kind]
    return {
        f"{vid}:{pid}" if pid else vid
        for vids, pids, _ in rows
        for vid in vids.split("|")
        for pid in pids.split("|")
    }


def test_the_rules_name_the_modem_vendors_of_the_table():
    assert named_by_the_rules(DeviceKind.MODEM) == set(MODEM_VENDORS)


@pytest.mark.parametrize("kind", [DeviceKind.BRIDGE, DeviceKind.NEVER_OPEN])
def test_the_rules_name_the_devices_of_the_table(kind):
    assert named_by_the_rules(kind) == {device for device, known in PRODUCTS.items() if known.kind is kind}


def test_no_rule_names_devices_in_a_form_that_these_tests_do_not_read():
    assert len(ATTRIBUTES.findall(RULES.read_text())) == RULES.read_text().count('ENV{SIMBANK_KIND}="')


def unable() -> str:
    """Say why udev cannot be tried here, if so."""
    for program in ("umockdev-run", "udevadm", "unshare"):
        if shutil.which(program) is None:
            return f"needs {program}, from Debian's umockdev, udev and util-linux"
    if os.geteuid() != 0:
        return "needs root, for mounts of its own"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        return "needs root's right to mount, which this container does not have"
    return ""


def environment(**more: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in ("LD_PRELOAD", "UMOCKDEV_DIR")}
    return {**inherited, **more}


class Udev:
    """What udev's rules, with ours among them, make of the devices of a tree."""

    def __init__(self, tree: str, more_rules: str = "") -> None:
        self.tree = HERE / "trees" / f"{tree}.umockdev"
        self.paths = [line[3:] for line in self.tree.read_text().splitlines() if line.startswith("P: ")]
        devices = [path for path in self.paths if "/tty/" in path or re.search(r"/[0-9.-]+$", path)]
        answer = subprocess.run(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", SANDBOX, "sh", *devices],
            env=environment(TREE=str(self.tree), RULES=str(ROOT / "udev"), MORE=more_rules),
            capture_output=True,
            text=True,
            check=True,
        )
        self.output = answer.stdout
        blocks = re.split(r"^== ", self.output, flags=re.MULTILINE)[1:]
        self.log = dict(block.split("\n", 1) for block in blocks)

    def properties(self, device: str) -> dict[str, str]:
        """Give what udev stores about a device, by the end of its path."""
        (text,) = (text for path, text in self.log.items() if path.endswith(device))
        return dict(re.findall(r"^ *(\.?[A-Z_0-9]+)=(.*)$", text, flags=re.MULTILINE))

    def programs_skipped(self, path: str) -> bool:
        """Tell whether udev left out a program of our rules for this tty, as systemd 257 does in its test mode."""
        return (
            re.search(
                rf"^{Path(path).name}: Running in test mode, skipping execution", self.output, re.MULTILINE
            )
            is not None
        )

    def links(self, device: str) -> set[str]:
        """Give the links of ours to a device."""
        return {link for link in self.properties(device).get("DEVLINKS", "").split() if "/simbank/" in link}


def writes(log: str, attribute: str, value: str) -> bool:
    """Tell whether udev writes a value to an attribute; systemd 252 and 257 say so in different words."""
    path, said = re.escape(attribute), re.escape(value)
    return re.search(rf"{path}' writing '{said}'|writing ATTR\{{\S*{path}\}}=\"{said}\"", log) is not None


@pytest.fixture(scope="module")
def udev():
    if reason := unable():
        if "root" in reason:
            pytest.skip(reason)
        missing(reason)
    return cache(Udev)


@pytest.mark.parametrize("tree", sorted(path.stem for path in (HERE / "trees").glob("*.umockdev")))
def test_a_tty_is_linked_under_the_place_that_the_drivers_give_it(udev, tree):
    seen = udev(tree)
    answer = subprocess.run(
        ["umockdev-run", "-d", str(seen.tree), "--", sys.executable, "-c", PLACES],
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=True,
    )
    ports = json.loads(answer.stdout)
    assert ports
    for path, place, vid, pid in ports:
        ours = product(vid, pid).kind in (DeviceKind.MODEM, DeviceKind.BRIDGE)
        links = seen.links(f"/tty/{Path(path).name}")
        if seen.programs_skipped(path):  # so the port number, which a program computes, is not known
            assert {link.partition("-port")[0] for link in links} == {
                f"/dev/simbank/{place}".partition("-port")[0]
            }
        else:
            assert links == ({f"/dev/simbank/{place}"} if ours else set())


def test_udev_finds_nothing_wrong_with_the_rules(udev):
    log = udev("mixed-hub").output
    complaints = [
        line for line in log.splitlines() if "simbank" in line and re.search("nvalid|nknown|gnoring", line)
    ]
    assert [line for line in complaints if "create" not in line] == []


def test_a_port_of_the_pool_is_for_dialout(udev):
    log = udev("ft4232-pool").log[f"{PCI}/usb1/1-1/1-1.2/1-1.2:1.3/ttyUSB7/tty/ttyUSB7"]
    assert re.search(r"60-simbank-agent.rules:\d+ GROUP 20\b", log)
    assert re.search(r"60-simbank-agent.rules:\d+ MODE 0660\b", log)


def test_an_ftdi_port_hands_over_at_once_what_it_has(udev):
    log = udev("ft4232-pool").log[f"{PCI}/usb1/1-1/1-1.2/1-1.2:1.3/ttyUSB7/tty/ttyUSB7"]
    assert writes(log, "device/latency_timer", "1")
    assert "latency_timer" not in udev("cp2108-pool").output


@pytest.mark.parametrize("device", ["/1-1.1", "/1-1.2"])
def test_modemmanager_leaves_the_device_and_its_ports_alone_and_it_stays_awake(udev, device):
    mixed = udev("mixed-hub")
    assert mixed.properties(device)["ID_MM_DEVICE_IGNORE"] == "1"
    assert writes(mixed.output, f"{device}/power/control", "on")
    assert mixed.properties("/tty/ttyUSB1")["ID_MM_PORT_IGNORE"] == "1"
    assert mixed.properties("/tty/ttyUSB5")["ID_MM_PORT_IGNORE"] == "1"


def test_a_device_that_is_not_ours_is_left_as_it_is(udev):
    mixed = udev("mixed-hub")
    for device in ("/1-2.1", "/tty/ttyUSB9", "/1-1"):
        assert not {key for key in mixed.properties(device) if re.match("SIMBANK|ID_MM", key)}
    assert not writes(mixed.output, "/1-1/power/control", "on")


def test_a_modem_in_download_mode_is_closed_to_everybody(udev):
    mixed = udev("mixed-hub")
    assert mixed.properties("/tty/ttyUSB11")["SIMBANK_KIND"] == "never_open"
    assert re.search(r"ttyUSB11: .*60-simbank-agent.rules:\d+ MODE 0600", mixed.output)


def test_brltty_is_not_started_for_a_bridge_that_it_takes_for_a_display(udev):
    brltty = (
        'SUBSYSTEM=="usb", ENV{PRODUCT}=="1a86/7523/*|4242/1/*", ENV{BRLTTY_BRAILLE_DRIVER}="bm", '
        'ENV{BRLTTY_BRAILLE_DEVICE}="usb:", TAG+="systemd", ENV{SYSTEMD_WANTS}+="brltty-device@.service"'
    )
    mixed = udev("mixed-hub", brltty)
    assert mixed.properties("/1-2.1")["SYSTEMD_WANTS"] == "brltty-device@.service"
    spared = mixed.properties("/1-1.3")
    assert not [
        value for key, value in spared.items() if value and ("BRLTTY" in key or key == "SYSTEMD_WANTS")
    ]
