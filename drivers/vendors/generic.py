"""The dialect of a module that nobody listed: 3GPP TS 27.007, and every known ICCID command."""

from __future__ import annotations

from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import Dialect, UrcMeaning, named, urc

COMMON_URCS: Final = (
    urc(r"(APP )?RDY$", UrcMeaning.RESTARTED),
    urc(r"(NORMAL POWER DOWN|POWERED DOWN)", UrcMeaning.STOPPED),
    # Only these words say that the card is gone: NOT READY may be a slow start (docs/at-field-guide.md §3.1).
    urc(r"\+CPIN\s*:\s*(SIM )?(NOT INSERTED|REMOVED)", UrcMeaning.SIM_GONE),
    urc(r"\+CPIN\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\+CFUN\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"(Call|SMS) Ready$", UrcMeaning.NUMBER_READY),
    urc(r"(SMS|PB) DONE$", UrcMeaning.NUMBER_READY),
    urc(r"\+C(5?G|E)?REG\s*:", UrcMeaning.REGISTRATION),
    urc(r"\+CGEV\s*:\s*(ME|NW) (PDN )?DETACH", UrcMeaning.REGISTRATION),
    urc(r"\+CGEV\s*:", UrcMeaning.NOISE),
    urc(r"RING$|\+CRING\s*:|\+CLIP\s*:|NO CARRIER$|BUSY$|NO ANSWER$", UrcMeaning.NOISE),
    # A message or its report: not our concern.
    urc(r"\+C(MTI?|DSI?|BMI?)\s*:|\+CUSD\s*:", UrcMeaning.NOISE),
    urc(r"\+CSQ\s*:|\+CSQN\s*:|\+CIEV\s*:|\+CCWA\s*:", UrcMeaning.NOISE),
    urc(r"\*PSUTTZ\s*:|\+?DST\s*:|\+NITZ\s*:|\+CTZ[VE]?\s*:", UrcMeaning.NOISE),
)
"""URCs that modules of more than one vendor send (docs/at-field-guide.md §1.3, §9)."""

GENERIC: Final = Dialect(
    name="generic",
    vendor="generic",
    manufacturer=named(""),
    imei=(commands.CGSN, commands.GSN),
    sim_state=commands.CPIN,
    # Each known command once, the most common first; a module of a known vendor does not get here. The card's own
    # file is last: it works for any vendor, but some modules ask for a PIN there, and it takes longest
    # (docs/at-field-guide.md §4.1).
    iccid=(
        commands.CCID,
        commands.ICCID,
        commands.QCCID,
        commands.CICCID,
        commands.HUAWEI_ICCID,
        commands.ZGETICCID,
        commands.SCID,
        commands.TELIT_CCID,
        commands.SIERRA_ICCID,
        commands.SQNCCID,
        commands.XICCID,
        commands.CXXCID,
        commands.CRSM_ICCID,
    ),
    imsi=commands.CIMI,
    circuit=commands.CREG,
    lte=commands.CEREG,
    packet=commands.CGREG,
    signal=(commands.CSQ, commands.CSQ_READ),
    phone_book=30.0,
    urcs=COMMON_URCS,
    # Chains are standard, but a module that nobody listed may fail on a long line.
    chains=False,
)
