from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at import gsm7
from drivers.at.allowlist import ALLOWED, Kind, allowed, markdown_table
from drivers.at.commands import Command, own_number_query
from drivers.at.ussd_codes import objection


def test_every_plain_entry_is_allowed_and_has_a_reason():
    for entry in ALLOWED:
        assert entry.reason
        assert entry.pattern is not None or allowed(entry.shown)
    assert len({entry.shown for entry in ALLOWED}) == len(ALLOWED)


def test_only_the_ussd_query_reaches_the_network():
    assert [e.shown for e in ALLOWED if e.kind is Kind.NETWORK] == ['AT+CUSD=1,"*<digits>#",15']


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\r", "AT\r\r", "AT\n", "at+creg?", "AT+CREG?;", "AT;+CREG?", "A/", "AT+CMGS=1",
        'AT+CMGS="+46"', "AT+CMGW", "AT+CMSS=1", "AT+CMGR=1", "AT+CMGL", "AT+CMGL=4", "AT+CMGD=1",
        "AT+CNMI=2,1", "AT+CPMS?", "AT+CMGF=1", 'AT+CSCS="GSM"', 'AT+CPBS="ON"', "AT+CPBW=1",
        "AT+CPBR=1", 'AT+EGMR=1,7,"490154203237518"', "AT+EGMR=0,7", "AT+CFUN=1", "AT+CFUN=1,1",
        "AT+CPIN=1234", 'AT+CLCK="SC",2', 'AT+CPWD="SC"', "AT+COPS=0", "AT+COPS=?", "AT+COPS=3,2",
        "AT&W", "AT&F", "ATZ", "AT+IPR=115200", "ATD112;", "ATD*21#", "ATA", "ATH", "AT+CRSM=214,28480",
        "AT+CRSM=220,28480,1,4,28", "AT+CRSM=176,28474,0,0,10", "AT+CRSM=178,28480,1,4,13",
        "AT+CRSM=178,28480,1,4,256", "AT+CRSM=178,28480,2,4,28", 'AT+CSIM=10,"A0"', "AT+QPOWD",
        "AT+CPOWD=1", "AT^RESET", 'AT+QURCCFG="urcport","all"', "AT+QSIMDET=1,0", "AT+QSIMSTAT=1",
        "AT^CURC=0", "AT^PORTSEL=1", "AT^GETPORTMODE", "AT+CWSIM", "AT+NEXT11", "AT+SWIT11", "ATE1",
        "ATV0", "AT+CMEE=2", "AT+CREG=0", "AT+CREG?;D112", "AT+CREG?;+CFUN=0", "ATI;+CREG?",
        "AT+CREG?;E0", "AT+CUSD=2", "AT+CUSD=1", 'AT+CUSD=1,"*100#"', 'AT+CREG?;+CUSD=1,"*100#",15',
        "\x1a", "\x1b\x1b", "+++",
    ],
)  # fmt: skip
def test_a_text_that_is_not_listed_is_refused(text):
    assert not allowed(text)
    with pytest.raises(ValueError, match="allow-list"):
        Command(text=text)


def test_esc_is_allowed_alone_but_is_not_a_command():
    assert allowed("\x1b")
    with pytest.raises(ValueError, match="allow-list"):
        Command(text="\x1b")


@pytest.mark.parametrize("code", ["*100#", "*123#", "*111*1#", "*99#", "*282#", "*161#"])
def test_an_own_number_code_may_be_sent_plain_and_packed(code):
    assert objection(code) is None
    assert allowed(own_number_query(code).text)
    packed = own_number_query(code, packed=True).text
    assert allowed(packed)
    assert gsm7.unpack(bytes.fromhex(packed.split(",")[1])) == code


def test_the_packed_form_is_what_huawei_sticks_expect():
    assert own_number_query("*100#", packed=True).text == "AT+CUSD=1,AA180C3602,15"


SERVICES = [
    "*21#", "*21*46701740001#", "*61#", "*62#", "*67#", "*002#", "*004#", "*33#", "*330#", "*331#",
    "*332#", "*333#", "*35#", "*351#", "*353#", "*43#", "*30#", "*31#", "*76#", "*77#", "*300#", "*03#",
    "*04#", "*042#", "*05#", "*052#", "*06#", "*37#", "*75#", "*88#", "*96#", "*#21#", "*#06#",
    "**21*46701740001#", "**04*1234*1111*1111#", "**05*1#", "**052*1#", "##002#", "##21#", "#100#",
    "#21#", "*100", "100#", "*#", "**#", "*1*2*3#", "*59#", "*591#", "*214#", "*12345#",
    "*100#;D112", '*100#"', "*\u0661\u0660\u0660#", "",
    "*100#\r",
]  # fmt: skip


@pytest.mark.parametrize("code", SERVICES)
def test_a_service_code_is_refused_in_every_form(code):
    assert objection(code)
    assert not allowed(f'AT+CUSD=1,"{code}",15')
    with pytest.raises(ValueError, match="own-number"):
        own_number_query(code)
    if code.isascii() and code.isprintable() and code and '"' not in code:
        assert not allowed(f"AT+CUSD=1,{gsm7.pack(code).hex().upper()},15")


@given(st.text(alphabet='AT+;?=,0123456789*#"CREGUSDMFNPIW\r\n\x1a\x1b', max_size=30))
def test_fuzz_an_allowed_text_consists_of_entries(text):
    if allowed(text) and text != "\x1b":
        parts = text.removesuffix("\r").split(";")
        assert parts[0].startswith("AT")
        assert not any(part in text for part in ("\n", "\x1a", "CMG", "CFUN=", "CPIN=", "ATD"))


DOCUMENT = Path(__file__).parents[3] / "docs" / "what-it-asks.md"


def test_the_document_shows_the_whole_list():
    shown = (
        DOCUMENT.read_text()
        .split("<!-- python -m drivers.at.allowlist -->\n\n")[1]
        .split("\n<!-- end -->")[0]
    )

    assert shown == markdown_table(), "put what `python -m drivers.at.allowlist` prints between the marks"


def test_the_russian_document_has_the_same_commands_each_with_its_effect_and_purpose():
    def rows(text):
        found = [[cell.strip() for cell in line.split(" | ")] for line in text.splitlines() if " | " in line]
        return found[1:]

    ours = rows(markdown_table())
    theirs = rows(DOCUMENT.with_name("what-it-asks.ru.md").read_text(encoding="utf-8"))
    assert [row[0] for row in theirs] == [row[0] for row in ours]
    effects = {(one[1], other[1]) for one, other in zip(ours, theirs, strict=True)}
    assert len(effects) == len({effect for effect, _ in effects}) == len({effect for _, effect in effects})
    assert all(re.search("[а-яё]", cell) for row in theirs for cell in row[1:])


def test_each_command_is_in_the_table_once_with_its_reason():
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in markdown_table().splitlines()[2:]]

    for entry in ALLOWED:
        shown = "ESC" if entry.shown == "\x1b" else f"`{entry.shown}`"
        (reason,) = [reason for commands, _, reason in rows if shown in commands.split(" ")]
        assert reason == entry.reason


def test_the_module_prints_the_table():
    printed = subprocess.run(
        [sys.executable, "-m", "drivers.at.allowlist"],
        cwd=DOCUMENT.parents[1],
        capture_output=True,
        check=True,
    )

    assert printed.stdout.decode() == markdown_table()
