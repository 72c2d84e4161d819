"""A module that leaves one question unanswered: its SIM is live, or the verdict names the question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decision.module_state import ModuleState, update
from agent.decision.texts import reason_text
from agent.decision.verdict import Memory, ModuleInput, Policy, Reason, Verdict
from agent.numbers.resolve import Number, Resolution, Source
from drivers.at.commands import Command
from drivers.at.conversation import State
from drivers.errors import NoAnswer
from drivers.module import Module
from drivers.observation import Observation
from tests.agent.decision.plain_decision import decide
from tests.drivers.scripted_modules import FAMILIES, MemoryLink, ScriptedModule, read_transcript

POLICY = Policy(cap=1, settle=10.0, lease=25.0)
"""The shortest lease that the configuration allows for this interval and timeout."""
INTERVAL, SETTLING, ANSWER_TIMEOUT, RESYNC = 10.0, 2.0, 5.0, 1.0
LOOKS = 14


class Life:
    """One module as the agent sees it, with a clock on which waiting for an answer takes its time."""

    def __init__(self, family: str) -> None:
        transcript = read_transcript(family)
        self.script = ScriptedModule(transcript)
        self.link = MemoryLink(self.script)
        self.now = 100.0
        self.module = Module(family, self, clock=lambda: self.now, answer_timeout=ANSWER_TIMEOUT)
        self.link.on_urc = self.module.on_urc
        self.configured = transcript.facts["numbers"] == "(none)"
        self.input = ModuleInput(ModuleState(), Resolution(None, None, disabled=False))
        self.memory = Memory()
        self.lapsed = False
        """It was live, and is no longer."""

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  as the link has it
        """As a link, on which silence costs time."""
        self.now += RESYNC if self.link._conversation.state is not State.IDLE else 0.05
        try:
            return await self.link.ask(command, timeout)
        except NoAnswer:
            self.now += command.timeout if timeout is None else timeout
            raise

    async def look(self) -> Verdict:
        """Poll once, decide when that is over, and wait for the next time."""
        began = self.now
        seen = await self.module.poll(self.take)
        self.decide()  # the lease runs while the poll waits
        self.take(seen)
        verdict = self.decide()
        live = verdict.reason is Reason.LIVE
        self.now = max(self.now, began + (INTERVAL if live else SETTLING))
        return verdict

    def take(self, seen: Observation) -> None:
        """What was observed counts from now on."""
        told = next((reading.text for reading in seen.numbers or ()), None)
        text = "+46701740000" if self.configured else told
        number = Number(text, 46, Source.CNUM, rent=False) if text is not None else None
        state = update(self.input.state, seen, self.now)
        self.input = ModuleInput(state, Resolution(number, None, disabled=False))

    def decide(self) -> Verdict:
        """The verdict of this moment."""
        was_live = bool(self.memory.live)
        decision = decide({"P": self.input}, self.memory, POLICY, self.now)
        self.input, self.memory = decision.modules["P"], decision.memory
        self.lapsed |= was_live and not decision.live
        return decision.verdicts["P"]


async def questions_of(family: str) -> tuple[str, ...]:
    """Every command line that a healthy module of this family gets, each once."""
    if family in _asked:
        return _asked[family]
    life = Life(family)
    verdicts = [await life.look() for _ in range(LOOKS)]
    assert verdicts[-1].reason is Reason.LIVE
    assert not life.lapsed
    return _asked.setdefault(family, tuple(dict.fromkeys(life.script.asked)))


_asked: dict[str, tuple[str, ...]] = {}


async def is_kept(family: str, question: str, looks_before: int) -> None:
    """Fall silent to one question after so many looks: live without a gap, or the question is named."""
    life = Life(family)
    for _ in range(looks_before):
        await life.look()
    life.script.mute.add(question)
    verdicts = [await life.look() for _ in range(LOOKS)]
    text = reason_text(verdicts[-1].reason, verdicts[-1].detail)
    if verdicts[-1].reason is Reason.LIVE:
        assert not life.lapsed, (question, [verdict.reason for verdict in verdicts])
    else:
        assert question in text, (question, text)
        assert question in NEEDED or question.removesuffix("?") in ICCID, question


NEEDED = {"AT+CPIN?", "AT+CIMI", "AT+CREG?", "AT+CEREG?", "AT+C5GREG?", "AT+CNUM"}
"""Without an answer to these a SIM may not be live."""
ICCID = {"AT+CCID", "AT+QCCID", "AT+ICCID", "AT+CICCID", "AT^ICCID", "AT#CCID", "AT^SCID", "AT+CXXCID", "AT+ZGETICCID",
         "AT!ICCID", "AT%XICCID", "AT+CRSM=176,12258,0,0,10"}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
async def test_silence_to_any_one_question_leaves_the_sim_live_or_is_named(family: str) -> None:
    for question in await questions_of(family):
        for looks_before in (0, 8):
            await is_kept(family, question, looks_before)


@pytest.mark.slow
@given(family=st.sampled_from(FAMILIES), choice=st.integers(0, 100), looks_before=st.integers(0, 12))
async def test_fuzz_silence_that_begins_at_any_time_leaves_the_sim_live_or_is_named(
    family: str, choice: int, looks_before: int
) -> None:
    questions = await questions_of(family)

    await is_kept(family, questions[choice % len(questions)], looks_before)


@pytest.mark.parametrize("family", FAMILIES)
async def test_what_decides_shares_no_line_with_what_only_decorates(family: str) -> None:
    deciding = ("CPIN", "CID", "CIMI", "REG?", "CRSM=176,12258")
    for line in await questions_of(family):
        decides = {any(word in link for word in deciding) for link in line.split(";")}
        assert len(decides) == 1, line
