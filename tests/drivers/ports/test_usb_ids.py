"""The table of USB devices, compared with the rows of docs/at-field-guide.md §10.1 and §11.1."""

from __future__ import annotations

import re

import pytest

from drivers.ports import BRIDGE_VENDORS, MODEM_VENDORS, PRODUCTS, DeviceKind, product

# vid:pid pid … | AT | AT2 | not AT; interface numbers in hex, in the order of docs/at-field-guide.md §10.1.
GUIDE = """
2c7c:0125 0121 0191 0195 0296 0306 0512 0800 0801 | 02 | 03 | 00 01 04
2c7c:0128 | 05 | | 03 04
05c6:9003 9090 9215 | | |
1e0e:9001 | 02 | 03 | 00 01 04
1e0e:9011 | 04 | 05 | 02
1e0e:9205 | 02 | 03 | 00 01
1e0e:9206 | 02 | 05 | 00 01
1e0e:9100 9200 | 03 | 01 |
1e0e:cefe | 02 | 00 01 |
12d1:1001 | 02 | | 01
12d1:140c | 03 | | 02
12d1:14ac 1436 | 04 | | 03
12d1:1506 | 03 | | 02
19d2:0031 0039 0037 | 03 | 01 |
19d2:0016 0017 0117 | 02 | 01 |
19d2:0001 | 00 | 02 |
19d2:0015 0030 0054 | 01 | 03 |
19d2:0083 | | |
1199:9071 9079 9091 68c0 | 03 | | 00 02
114f:1234 | 00 | |
1bc7:1201 1040 1050 1060 1070 | 04 | 05 | 00 03 06
1bc7:1204 1041 1051 1061 1071 | 05 | 06 | 00 04 07
1bc7:1031 1033 1101 110a | 01 | 02 | 00
1bc7:7010 7011 | 04 | 03 | 02
1bc7:7020 7021 | 06 | 02 | 04
1bc7:0032 0036 0021 0022 | | |
1546:1102 | 00 | 02 04 | 06 08 0a 0c
1546:1107 110a | 00 | 02 04 | 06 08 0a
1546:1010 | 06 | | 02 04 08
1546:1141 1143 1146 | | |
05c6:90b2 f601 | | |
1e2d:0058 0059 | | |
1e2d:0061 | 02 | 00 | 04 06 08
1e2d:005b 005d | 00 | 02 | 04 06 08
1e2d:0069 006f | 00 | 02 | 04 06
1e2d:00f1 00b3 | 02 | | 04 05
0681:0034 | | |
1782:4d10 | 00 | 05 06 | 01 02 03 04
1782:4d11 | 02 | 07 08 | 03 04 05 06
1508:1001 | 01 | 02 03 | 00
2cb7:01a0 | 02 | 03 | 04
2cb7:0106 | 01 | 02 | 00
2cb7:010a | 00 | 01 |
2dee:4d22 4d41 | | |
2dee:4d57 | 03 04 | |
1782:4e00 | | |
305a:1405 | 01 | 02 | 00 05
1c9e:9603 | | |
"""
BRIDGES = """
0403:6001 6010 6011 6014 6015 6040 6041 6042 6043 6044 6045 6048
10c4:ea60 ea61 ea63 ea70 ea71 ea7a ea7b
1a86:7523 7522 5523 e523 55d2 55d3 55d5 55d8 55d4 55d7 55df e018 55d9
4348:5523
067b:2303 2304 23a3 23b3 23c3 23d3 23e3 23f3
04e2:1400 1401 1402 1403 1410 1411 1412 1414 1420 1422 1424
9710:7715 7720 7810 7820 7840 7843
0557:2011 7820
0856:ac22 ac24 ac29 ac30 ac31 ac32 ac42 ac44 bc00 bc01 bc02 bc03
110a:1250 1251 1410 1450 1451 1613 1618 1653 1658 2210
05c5:0002 0004
1608:0001 0002 0003 0004 0005 0006 0007 0008 000c 000d 000e 000f 0010 0011 0012 0013 0014 0018 0019 001a
1608:0201 0205 0206 0207 020c 020d 0212 0217 021a 021b 021c 021d 021e 0242 0243 0244 0247 0801 1403 1a01
06cd:010a 010f 0110 0115 012a 0131 0135
061d:c120 c140 c150 c160 c170 c180 c1a0
0710:0001 8001
0451:5052 505a 505f 5152
1934:1202
2c42:1202
"""


def ids(text: str) -> list[str]:
    vid, pids = text.strip().split(":")
    return [f"{vid}:{pid}" for pid in pids.split()]


def interfaces(text: str) -> tuple[int, ...]:
    return tuple(int(number, 16) for number in text.split())


MODEM_ROWS = [
    (device, *map(interfaces, columns))
    for devices, *columns in (line.split("|") for line in GUIDE.strip().splitlines())
    for device in ids(devices)
]
BRIDGE_ROWS = [device for line in BRIDGES.strip().splitlines() for device in ids(line)]


@pytest.mark.parametrize(("device", "at", "second", "not_at"), MODEM_ROWS)
def test_a_modem_is_in_the_table_as_in_the_at_guide(device, at, second, not_at):
    known = PRODUCTS[device]
    assert (known.kind, known.at, known.second, known.not_at) == (DeviceKind.MODEM, at, second, not_at)


@pytest.mark.parametrize("device", BRIDGE_ROWS)
def test_a_bridge_is_in_the_table_as_in_the_at_guide(device):
    assert PRODUCTS[device].kind is DeviceKind.BRIDGE


def test_the_table_lists_nothing_that_the_at_guide_does_not():
    assert set(PRODUCTS) == {row[0] for row in MODEM_ROWS} | set(BRIDGE_ROWS) | {"05c6:9008"}


def test_ids_are_four_lower_case_hex_digits():
    assert all(re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", device) for device in PRODUCTS)
    assert all(re.fullmatch(r"[0-9a-f]{4}", vid) for vid in MODEM_VENDORS)


def test_every_modem_of_the_table_is_of_a_modem_vendor():
    modems = {
        device.partition(":")[0] for device, known in PRODUCTS.items() if known.kind is DeviceKind.MODEM
    }
    assert modems == set(MODEM_VENDORS)


def test_no_interface_is_in_two_columns():
    for known in PRODUCTS.values():
        columns = (*known.at, *known.second, *known.not_at)
        assert len(set(columns)) == len(columns)


def test_another_product_of_a_modem_vendor_is_a_modem():
    assert product("2c7c", "6002").kind is DeviceKind.MODEM
    assert product("12d1", "15c1").by_protocol


def test_another_product_of_a_bridge_vendor_is_a_bridge():
    assert product("0403", "8d28").kind is DeviceKind.BRIDGE
    assert product("05d1", "8001").kind is DeviceKind.BRIDGE
    assert product("0856", "ac11").kind is DeviceKind.BRIDGE
    assert not set(BRIDGE_VENDORS) & set(MODEM_VENDORS)


def test_a_device_of_an_unlisted_vendor_is_unknown():
    assert product("dead", "beef").kind is DeviceKind.UNKNOWN


def test_an_override_keeps_what_is_known_of_the_interfaces():
    assert product("2c7c", "0125", {"2c7c:0125": "bridge"}).at == (2,)
    assert product("2c7c", "0125", {"2c7c:0125": "bridge"}).kind is DeviceKind.BRIDGE


def test_download_mode_cannot_be_overridden():
    assert product("05c6", "9008", {"05c6:9008": "modem"}).kind is DeviceKind.NEVER_OPEN
