"""The state of the SIM, by +CPIN? and by what else can be asked where that gives no plain word.

Responsible for whom to believe (docs/at-field-guide.md §3.1 to §3.4). Must not know what
follows for the rest of a look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.at import commands
from drivers.at.replies import errors
from drivers.at.replies.imsi import parse_imsi
from drivers.at.replies.radio import parse_cfun
from drivers.at.replies.sim import parse_sim_state
from drivers.errors import NoAnswer, Nonsense, Refused
from drivers.module.profile import Profile
from drivers.module.questions import Questions, first_read, unless_silent
from drivers.observation import SimState
from drivers.vendors import Dialect

_RADIO_OFF: Final = {0: "switched off", 4: "in flight mode"}


@dataclass(frozen=True, slots=True)
class SimSaid:
    """The state, None where nothing told it; the words of a refusal; the IMSI where that was the proof."""

    state: SimState | None
    detail: str = ""
    imsi: str | None = None


async def ask_sim_state(questions: Questions, dialect: Dialect, experience: Profile) -> SimSaid:
    """Ask until there is a plain word; one question where the SIM is ready.

    Raises NoAnswer, LinkLost and Interrupted.
    """
    state, refusal = await _ask_cpin(questions, dialect, experience)
    if refusal is not None and refusal.code is None and not experience.plain_errors:
        # Numbers were promised. A restart without a banner makes it forget that (docs/at-field-guide.md §1.5, §3.2).
        await questions.tell(commands.NUMERIC_ERRORS)
        state, refusal = await _ask_cpin(questions, dialect, experience)
        experience.plain_errors = refusal is not None and refusal.code is None
    words = refusal.words if refusal is not None else ""
    if state not in {None, SimState.ERROR}:
        return SimSaid(state, words)
    # An answer without words proves nothing; a refusal without a better reason is an error.
    by_itself = SimSaid(SimState.ERROR if refusal is not None else state, words)
    return await _ask_otherwise(questions, dialect) or by_itself


async def ask_radio(questions: Questions, experience: Profile) -> str:
    """Words for a radio that is off, else empty.

    Somebody's CFUN=0 looks like a SIM that is gone (docs/at-field-guide.md §3.4).
    """
    if experience.radio_asked.due:
        experience.radio_asked.done()
        try:
            experience.radio = await questions.read(commands.CFUN, parse_cfun)
        except (Refused, Nonsense):
            experience.radio = None
    else:
        experience.radio_asked.passed()
    words = _RADIO_OFF.get(experience.radio) if experience.radio is not None else None
    return f"the radio is {words} (CFUN {experience.radio})" if words else ""


async def _ask_cpin(
    questions: Questions, dialect: Dialect, experience: Profile
) -> tuple[SimState | None, Refused | None]:
    question = experience.sim_question(dialect)
    try:
        lines = await questions.ask(question)
    except NoAnswer as silence:
        state = unless_silent(silence, parse_sim_state)
        experience.gives_no_verdict(dialect)
        return state, None
    except Refused as refused:
        return errors.sim_state(refused.code), refused
    except Nonsense:
        return None, None
    # One that came unasked may stand in front; the last is the answer (docs/at-field-guide.md §1.4).
    return first_read(reversed(lines), parse_sim_state), None


async def _ask_otherwise(questions: Questions, dialect: Dialect) -> SimSaid | None:
    """What the IMSI and the vendor's own questions prove.

    Old MediaTek firmware refuses +CPIN? for a card that is open: an IMSI proves it (MM commit 5c1fcbfe).
    """
    try:
        imsi = await questions.read(dialect.imsi, parse_imsi)
        if imsi is not None:
            return SimSaid(SimState.READY, imsi=imsi)
    except Refused as refused:
        state = errors.sim_state(refused.code)
        if state not in {None, SimState.READY, SimState.ERROR}:
            return SimSaid(state, refused.words)
    except Nonsense:
        pass
    for check in dialect.sim_checks:
        try:
            state = await questions.read(check, parse_sim_state)
        except (Refused, Nonsense):
            continue
        if state not in {None, SimState.READY}:
            return SimSaid(state)
    return None
