from __future__ import annotations

import pytest

from drivers.at import commands
from drivers.vendors import DIALECTS, GENERIC, UrcMeaning


def test_every_iccid_command_of_any_vendor_is_tried_and_the_cards_file_last() -> None:
    known = {command for dialect in DIALECTS for command in dialect.iccid} - {commands.CCID_READ}

    assert known <= set(GENERIC.iccid)
    assert GENERIC.iccid[-1] is commands.CRSM_ICCID
    assert len(set(GENERIC.iccid)) == len(GENERIC.iccid)


def test_a_module_that_nobody_listed_is_not_sent_chains() -> None:
    assert not GENERIC.chains


@pytest.mark.parametrize(("line", "meaning"), [
    ("RDY", UrcMeaning.RESTARTED),
    ("NORMAL POWER DOWN", UrcMeaning.STOPPED),
    ("+CPIN: READY", UrcMeaning.SIM_CHANGED),
    ("+CPIN: NOT READY", UrcMeaning.SIM_CHANGED),
    ("+CPIN: SIM REMOVED", UrcMeaning.SIM_GONE),
    ("SMS DONE", UrcMeaning.NUMBER_READY),
    ("+CEREG: 2", UrcMeaning.REGISTRATION),
    ("+C5GREG: 1, 10", UrcMeaning.REGISTRATION),
    ("+CGEV: NW DETACH", UrcMeaning.REGISTRATION),
    ("+CGEV: ME PDN ACT 1", UrcMeaning.NOISE),
    ('+CMT: "+46",,"26/11/23"', UrcMeaning.NOISE),
    ("RING", UrcMeaning.NOISE),
    ("+CSQ: 17,99", UrcMeaning.NOISE),
    ("RDY TO GO", None),
])  # fmt: skip
def test_the_urcs_of_several_vendors_are_known(line: str, meaning: UrcMeaning | None) -> None:
    assert GENERIC.meaning(line) is meaning
