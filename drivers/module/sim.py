"""The state of the SIM: by +CPIN?, and by other questions where that gives no clear answer."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.at.replies import errors
from drivers.at.replies.imsi import parse_imsi
from drivers.at.replies.sim import parse_cfun, parse_sim_state
from drivers.errors import NoAnswer, Refused, Silence
from drivers.module.profile import Profile
from drivers.module.questions import Questions, first_read, read_partial
from drivers.observation import Observation, SimState
from drivers.vendors import Dialect

_RADIO_OFF: Final = {
    0: "switched off",
    2: "not allowed to transmit",
    3: "not allowed to receive",
    4: "in flight mode",
    7: "offline",
    44: "in flight mode",
}
"""3GPP TS 27.007 §8.2; 7 of SIMCom and Quectel, 44 of Nordic (docs/at-field-guide.md §3.4)."""


async def ask_sim_state(
    questions: Questions, dialect: Dialect, profile: Profile, seen: Observation
) -> Observation:
    """Return `seen` with the state of the SIM, the text of a refusal, and the IMSI if that was the proof.

    One question if the SIM is ready; the state is None if nothing gave it. Whom to believe: docs/at-field-guide.md
    §3.1 to §3.4. Raises NoAnswer, LinkLost and Interrupted.
    """
    state, refusal = await _ask_cpin(questions, dialect, profile)
    if refusal is not None and refusal.code is None and not profile.plain_errors:
        # Numeric errors were accepted: a restart without a banner resets them (docs/at-field-guide.md §1.5, §3.2).
        await questions.apply(commands.NUMERIC_ERRORS)
        state, refusal = await _ask_cpin(questions, dialect, profile)
        profile.plain_errors = refusal is not None and refusal.code is None
        profile.settings_lost |= refusal is not None and refusal.code is not None
    detail = refusal.text if refusal is not None else ""
    if state not in {None, SimState.ERROR}:
        return replace(seen, sim=state, detail=detail)
    # An answer without a state proves nothing; a refusal without a better reason is an error.
    by_itself = replace(seen, sim=SimState.ERROR if refusal is not None else state, detail=detail)
    return await _ask_otherwise(questions, dialect, seen) or by_itself


async def ask_radio(questions: Questions, profile: Profile) -> str:
    """A text for a radio that is off, else empty. Raises LinkLost and Interrupted, and NoAnswer if all is silent.

    Another program's CFUN=0 looks like a SIM that is gone, and CFUN=4 like a network that is (docs/at-field-guide.md
    §3.4).
    """
    if profile.radio_interval.due:
        profile.radio_interval.asked()
        profile.radio = None
        with contextlib.suppress(Refused, Silence):
            profile.radio = first_read(await questions.ask_spare(commands.CFUN), parse_cfun)
    else:
        profile.radio_interval.skipped()
    off = _RADIO_OFF.get(profile.radio) if profile.radio is not None else None
    return f"the radio is {off} (CFUN {profile.radio})" if off else ""


async def _ask_cpin(
    questions: Questions, dialect: Dialect, profile: Profile
) -> tuple[SimState | None, Refused | None]:
    question = profile.sim_command(dialect)
    try:
        lines = await questions.ask(question)
    except NoAnswer as silence:
        state = read_partial(silence, parse_sim_state)
        profile.omits_final_result(dialect)
        return state, None
    except Refused as refused:
        return errors.sim_state(refused.code), refused
    # A URC may precede it; the last line is the answer (docs/at-field-guide.md §1.4).
    return first_read(reversed(lines), parse_sim_state), None


async def _ask_otherwise(questions: Questions, dialect: Dialect, seen: Observation) -> Observation | None:
    """`seen` with what the IMSI and the vendor's own questions prove; None if that is nothing."""
    # Old MediaTek firmware refuses +CPIN? for a card that is open: an IMSI proves it (ModemManager 5c1fcbfe).
    try:
        imsi = await questions.read(dialect.imsi, parse_imsi)
        if imsi is not None:
            return replace(seen, sim=SimState.READY, imsi=imsi)
    except Refused as refused:
        state = errors.sim_state(refused.code)
        if state not in {None, SimState.READY, SimState.ERROR}:
            return replace(seen, sim=state, detail=refused.text)
    for check in dialect.sim_checks:
        try:
            state = first_read(await questions.ask_spare(check), parse_sim_state)
        except (Refused, Silence):
            continue
        if state not in {None, SimState.READY}:
            return replace(seen, sim=state)
    return None
