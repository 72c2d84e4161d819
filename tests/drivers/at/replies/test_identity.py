from __future__ import annotations

import pytest

from drivers.at.replies.identity import check_digit, parse_ati, parse_imei, parse_named
from drivers.observation import Identity

IMEI = "490154203237518"


@pytest.mark.parametrize(
    ("line", "imei"),
    [
        (IMEI, IMEI),
        (f"+CGSN: {IMEI}", IMEI),
        (f"+CGSN:{IMEI}", IMEI),
        (f'+CGSN: "{IMEI}"', IMEI),
        (f'+GSN: "{IMEI}"', IMEI),
        (f"+CGSN: IMEI{IMEI}", IMEI),
        (f'"{IMEI}"', IMEI),
        (f"{IMEI},354266034C", IMEI),
        (f"IMEI: {IMEI}", IMEI),
        (f'+EGMR: "{IMEI}"', IMEI),
        (f"'{IMEI}'", IMEI),
        ("4901542032375101", IMEI),
        ("000000000000000", "000000000000000"),
        ("49015420323751", None),
        ("IMEI SV: 6", None),
        (f"IMEI SV: {IMEI}", None),
        ("+GSN: 0x9235EB52", None),
        ("ESN: +GSN: 0x0", None),
        (f"FSN: {IMEI}", None),
        ("+CGSN: ", None),
        ("OK", None),
        ("", None),
        ("49015420323751\xb2", None),
    ],
)
def test_the_imei_in_every_shape(line, imei):
    assert parse_imei(line) == imei


def test_the_check_digit_is_that_of_luhn():
    assert check_digit("49015420323751") == "8"
    assert check_digit("35209900176148") == "1"


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (["Quectel"], "Quectel"),
        (["WAVECOM MODEM"], "WAVECOM MODEM"),
        ([" MULTIBAND  900E  1800"], "MULTIBAND 900E 1800"),
        (["ZTE INCORPORATED"], "ZTE INCORPORATED"),
        (["+GMI: LG Electronics Inc."], "LG Electronics Inc."),
        (["+CGMM: Model: +GMM: LG VX"], "LG VX"),
        (['+CGMI: "Telit"'], "Telit"),
        (["Revision:1418B04SIM800L24"], "1418B04SIM800L24"),
        (["REVISION 03.001"], "03.001"),
        (['"GSM900","GSM1800","GSM1900","MODEL=V3"'], "V3"),
        (["V 04.21", "01-02-08", "RM-217", "(c) Nokia"], "V 04.21"),
        (["BD_3GHAP673A4V1.0.0B02", "[Jan 07 2008 16:00:00]"], "BD_3GHAP673A4V1.0.0B02"),
        (["Manufacturer"], None),
        ([""], None),
        ([], None),
    ],
)
def test_a_manufacturer_model_or_revision_is_without_its_prefix(lines, value):
    assert parse_named(lines) == value


@pytest.mark.parametrize(
    ("lines", "identity"),
    [
        (
            ["Quectel", "EC25", "Revision: EC25EFAR02A09M4G"],
            Identity(manufacturer="Quectel", model="EC25", revision="EC25EFAR02A09M4G"),
        ),
        (
            [
                "Manufacturer: huawei",
                "Model: E226",
                "Revision: 11.310",
                f"IMEI: {IMEI}",
                "+GCAP: +CGSM,+FCLASS,+DS",
            ],
            Identity(manufacturer="huawei", model="E226", revision="11.310", imei=IMEI),
        ),
        (
            [
                "Manufacturer: Sierra Wireless, Incorporated",
                "Model: MC7455",
                f"IMEI: {IMEI}",
                "IMEI SV: 6",
                "FSN: LF645",
            ],
            Identity(manufacturer="Sierra Wireless, Incorporated", model="MC7455", imei=IMEI),
        ),
        (
            ["Manufacturer: Fibocom Wireless Inc.", "Model: NL668T-GL", "ESN: +GSN: 0x0"],
            Identity(manufacturer="Fibocom Wireless Inc.", model="NL668T-GL"),
        ),
        (
            ["Cinterion", "EHS5-E", "REVISION 03.001"],
            Identity(manufacturer="Cinterion", model="EHS5-E", revision="03.001"),
        ),
        (["SIM800 R14.18"], Identity(model="SIM800", revision="R14.18")),
        (["M590"], Identity(model="M590")),
        (["332"], Identity()),
        ([], Identity()),
    ],
)
def test_an_identity_block_is_read_by_labels_or_by_order(lines, identity):
    assert parse_ati(lines) == identity
