from __future__ import annotations

import pytest

from drivers.at.replies.sim import parse_cfun, parse_sim_state
from drivers.observation import SimState as S


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("+CPIN: READY", S.READY),
        ("+CPIN:READY", S.READY),
        ("+cpin: ready", S.READY),
        ("+CPIN: SIM PIN", S.PIN),
        ('+CPIN: "SIM PIN"', S.PIN),
        ("+CPIN: SIM PUK", S.PUK),
        ("+CPIN: SIM PIN2", S.READY),
        ("+CPIN: SIM PUK2", S.READY),
        ("+CPIN: PH-SIM PIN", S.LOCKED),
        ("+CPIN: NET PIN", S.LOCKED),
        ("+CPIN: NETSUB PIN", S.LOCKED),
        ("+CPIN: SP PIN", S.LOCKED),
        ("+CPIN: CORP PUK", S.LOCKED),
        ("+CPIN: NETWORK PIN", S.LOCKED),
        ("+CPIN: PH-FSIM PUK", S.LOCKED),
        ("+CPIN: PH-NET PIN", S.LOCKED),
        ("+CPIN: PH-NETSUB PIN", S.LOCKED),
        ("+CPIN: PH-SP PUK", S.LOCKED),
        ("+CPIN: PH-CORP PIN", S.LOCKED),
        ("+CPIN: PH_SIM PIN", S.LOCKED),
        ("+CPIN: PH_SIM PUK", S.LOCKED),
        ("+CPIN: NOT INSERTED", S.ABSENT),
        ("+CPIN: SIM not inserted", S.ABSENT),
        ("+CPIN: SIM REMOVED", S.ABSENT),
        ("+CPIN: NOT READY", S.NOT_READY),
        ("+CPIN: SIM failure", S.ERROR),
        ("+CPIN: SIM busy", S.BUSY),
        ("+CPIN: ", None),
        ("+CPIN:", None),
        ("+CPIN: something new", None),
        ("^SYSINFO: 2,4,5,3,1", S.READY),
        ("^SYSINFO:2,3,0,5,1,,6", S.READY),
        ("^SYSINFO: 0,0,0,0,255", S.ABSENT),
        ("^SYSINFO: 1,0,0,3,0", S.NOT_READY),
        ("^SYSINFO: 2,2,0,3,2", S.ERROR),
        ("^SYSINFO: 2,1,0,3,3", S.READY),
        ("^SYSINFO: 0,0,0,3,4", S.ERROR),
        ("^SYSINFO: 2,3,0,3,240", S.ERROR),
        ("^SYSINFO: 2,3", None),
        ('^SYSINFOEX: 2,3,0,1,,3,"WCDMA",41,"HSPA+"', S.READY),
        ("^SYSINFOEX:0,0,0,255,,0,NO SERVICE,0,", S.ABSENT),
        ("+CSMINS: 1,0", S.ABSENT),
        ("+CSMINS: 0,1", None),
        ("+QSIMSTAT: 1,0", S.ABSENT),
        ("+QSIMSTAT: 0,1", None),
        ("+QSIMSTAT: 0,2", None),
        ("#QSS: 1,0", S.ABSENT),
        ("#QSS: 2,1", None),
        ("#QSS: 2,2", None),
        ("#QSS: 2,3", S.READY),
        ("#QSS: 0", S.ABSENT),
        ("^SCKS: 1,0", S.ABSENT),
        ("^SCKS: 0", S.ABSENT),
        ("^SCKS: 1,1", None),
        ("^SCKS: 2", S.NOT_READY),
        ("+EUSIM: 1", None),
        ('+ZPAS: "UMTS","CS_PS"', None),
        ("^SIMST: 255,1", None),
        ("OK", None),
        ("", None),
        ("^SYSINFO: 2,3,0,3,\xb2", None),
        ("#QSS: 99999999999999999999", None),
    ],
)
def test_the_sim_state_in_a_line(line, state):
    assert parse_sim_state(line) is state


@pytest.mark.parametrize(
    ("line", "fun"),
    [
        ("+CFUN: 1", 1),
        ("+CFUN:0", 0),
        ("+CFUN: 4,0", 4),
        ("+CFUN: (0-1,4-7),(0-1)", None),
        ("+CFUN:", None),
        ("OK", None),
    ],
)
def test_the_radios_state(line, fun):
    assert parse_cfun(line) == fun
