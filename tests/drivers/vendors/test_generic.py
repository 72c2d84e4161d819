from __future__ import annotations

import pytest

from drivers.at import commands
from drivers.vendors import DIALECTS, GENERIC, Meaning


def test_every_iccid_question_that_any_vendor_has_is_tried_and_the_cards_file_last() -> None:
    known = {command for dialect in DIALECTS for command in dialect.iccid} - {commands.CCID_READ}

    assert known <= set(GENERIC.iccid)
    assert GENERIC.iccid[-1] is commands.CRSM_ICCID
    assert len(set(GENERIC.iccid)) == len(GENERIC.iccid)


def test_a_module_that_nobody_listed_is_not_given_long_lines() -> None:
    assert not GENERIC.chains


@pytest.mark.parametrize(("line", "meaning"), [
    ("RDY", Meaning.RESTARTED),
    ("NORMAL POWER DOWN", Meaning.STOPPED),
    ("+CPIN: READY", Meaning.SIM_CHANGED),
    ("+CPIN: NOT READY", Meaning.SIM_CHANGED),
    ("+CPIN: SIM REMOVED", Meaning.SIM_GONE),
    ("SMS DONE", Meaning.NUMBER_READY),
    ("+CEREG: 2", Meaning.REGISTRATION),
    ("+C5GREG: 1, 10", Meaning.REGISTRATION),
    ("+CGEV: NW DETACH", Meaning.REGISTRATION),
    ("+CGEV: ME PDN ACT 1", Meaning.NOISE),
    ('+CMT: "+46",,"26/11/23"', Meaning.NOISE),
    ("RING", Meaning.NOISE),
    ("+CSQ: 17,99", Meaning.NOISE),
    ("RDY TO GO", None),
])  # fmt: skip
def test_what_modules_of_several_vendors_say_unasked_is_known(line: str, meaning: Meaning | None) -> None:
    assert GENERIC.meaning(line) is meaning
