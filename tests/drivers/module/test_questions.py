from __future__ import annotations

import contextlib

import pytest

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies.iccid import parse_iccid
from drivers.errors import NoAnswer, Refused, Silence
from drivers.module.questions import Interrupted, Questions, first_read, read_partial
from drivers.vendors import UrcMeaning
from tests.drivers.module.fake_link import SILENT, FakeLink, refused

ICCID = "8946120000005000016"
VARIANTS = (commands.CCID, commands.ICCID, commands.CRSM_ICCID)


def asking(**answers: object) -> tuple[FakeLink, Questions]:
    link = FakeLink(**answers)
    return link, Questions(link)


async def test_the_first_variant_that_is_answered_is_kept() -> None:
    link, questions = asking(**{"AT+ICCID": (f"+ICCID: {ICCID}",)})

    for _ in range(2):
        assert await questions.read_any(VARIANTS, parse_iccid) == ICCID

    assert link.asked == ["AT+CCID", "AT+ICCID", "AT+ICCID"]
    assert questions.kept_variant(VARIANTS) is commands.ICCID


async def test_where_the_kept_variant_fails_only_the_last_resort_is_tried() -> None:
    link, questions = asking(**{"AT+ICCID": (f"+ICCID: {ICCID}",)})
    await questions.read_any(VARIANTS, parse_iccid)
    link.answers.clear()
    link.asked.clear()

    assert await questions.read_any(VARIANTS, parse_iccid) is None

    assert link.asked == ["AT+ICCID", "AT+CRSM=176,12258,0,0,10"]


async def test_an_answer_without_a_value_does_not_end_the_round() -> None:
    _, questions = asking(**{"AT+CCID": (), "AT+ICCID": (ICCID,)})

    assert await questions.read_any(VARIANTS, parse_iccid) == ICCID


async def test_a_final_refusal_ends_the_round() -> None:
    link, questions = asking(**{"AT+CCID": refused("AT+CCID", 14)})

    with pytest.raises(Refused):
        await questions.read_any(VARIANTS, parse_iccid, is_final=lambda refusal: refusal.code == 14)

    assert link.asked == ["AT+CCID"]


async def test_silence_to_one_variant_leaves_the_others_and_is_raised_where_none_is_answered() -> None:
    link, questions = asking(**{"AT+CCID": SILENT, "AT+ICCID": (ICCID,)})
    assert await questions.read_any(VARIANTS, parse_iccid) == ICCID

    link, questions = asking(**{"AT+CCID": SILENT})
    for _ in range(3):
        with pytest.raises(NoAnswer, match=r"no answer to AT\+CCID"):
            await questions.read_any(VARIANTS, parse_iccid)
    assert link.asked.count("AT+CCID") == 2


async def test_after_two_silences_the_last_resort_comes_next() -> None:
    link, questions = asking(**dict.fromkeys(("AT+CCID", "AT+ICCID", "AT+QCCID"), SILENT))

    with pytest.raises(NoAnswer):
        await questions.read_any(
            (commands.CCID, commands.ICCID, commands.QCCID, commands.CRSM_ICCID), parse_iccid
        )

    assert link.asked == ["AT+CCID", "AT+ICCID", "AT+CRSM=176,12258,0,0,10", "AT+QCCID"]


async def test_a_module_that_does_not_answer_at_all_is_not_asked_on() -> None:
    link, questions = asking(**{"AT+CCID": NoAnswer("AT+CCID"), "AT+ICCID": (ICCID,)})

    with pytest.raises(NoAnswer):
        await questions.read_any(VARIANTS, parse_iccid)

    assert link.asked == ["AT+CCID"]


async def test_a_question_that_is_not_answered_rests_longer_each_time_and_is_asked_again() -> None:
    now = 0.0
    link = FakeLink(**{"AT+CSQ": SILENT})
    questions = Questions(link, clock=lambda: now)
    asked_at: list[float] = []
    for now in map(float, range(0, 20_000, 10)):
        before = len(link.asked)
        with pytest.raises(NoAnswer, match=r"AT\+CSQ"):
            await questions.ask_spare(commands.CSQ)
        asked_at += [now] if len(link.asked) > before else []

    assert asked_at[:6] == [0.0, 10.0, 70.0, 190.0, 430.0, 910.0]
    assert asked_at[-1] - asked_at[-2] == 3600.0
    assert max(timeout or 0.0 for timeout in link.timeouts) == 5.0
    link.answers["AT+CSQ"] = ("+CSQ: 17,99",)
    now += 3600.0
    assert await questions.ask_spare(commands.CSQ)
    assert not questions.rests(commands.CSQ)


async def test_the_patience_for_a_slow_card_grows_and_is_bounded_where_the_look_can_do_without() -> None:
    now = 0.0
    link = FakeLink(**{"AT+CRSM=176,12258,0,0,10": SILENT, "AT+CRSM=192,28480": SILENT})
    questions = Questions(link, clock=lambda: now)
    for later in (0.0, 1.0, 100.0, 1000.0):
        now = later
        with pytest.raises(NoAnswer):
            await questions.ask_spare(commands.CRSM_MSISDN_SIZE)
        with pytest.raises(NoAnswer):
            await questions.read_any((commands.CRSM_ICCID,), parse_iccid)

    assert link.timeouts[::2] == [5.0, 10.0, 10.0, 10.0]
    assert link.timeouts[1::2] == [5.0, 10.0, 20.0, 20.0]


async def test_after_three_failed_rounds_only_the_last_resort_is_tried() -> None:
    link, questions = asking()
    for _ in range(3):
        await questions.read_any(VARIANTS, parse_iccid)
    link.asked.clear()

    await questions.read_any(VARIANTS, parse_iccid)

    assert link.asked == ["AT+CRSM=176,12258,0,0,10"]


async def test_a_setting_is_accepted_or_not() -> None:
    _, questions = asking(**{"AT+CREG=2": (), "AT+CMEE=1": refused("AT+CMEE=1", 4)})

    assert await questions.apply(commands.CREG_URCS)
    assert not await questions.apply(commands.CEREG_URCS)
    assert not await questions.apply(commands.NUMERIC_ERRORS)


@pytest.mark.parametrize("answer", [("OK",), refused("AT"), SILENT], ids=["answer", "refusal", "silence"])
async def test_a_watched_urc_makes_any_outcome_worthless(answer: object) -> None:
    link, questions = asking(AT=answer)
    questions.watch_for(UrcMeaning.SIM_GONE)
    link.meanwhile = lambda: questions.notify(UrcMeaning.SIM_GONE)

    with pytest.raises(Interrupted) as interrupted:
        await questions.ask(commands.ATTENTION)

    assert interrupted.value.meaning is UrcMeaning.SIM_GONE


async def test_other_urcs_interrupt_nothing() -> None:
    link, questions = asking(AT=())
    questions.watch_for(UrcMeaning.SIM_GONE)
    link.meanwhile = lambda: questions.notify(UrcMeaning.REGISTRATION)

    assert await questions.ask(commands.ATTENTION) == ()


async def test_watching_anew_forgets_earlier_urcs() -> None:
    _, questions = asking(AT=())
    questions.watch_for(UrcMeaning.SIM_GONE)
    questions.notify(UrcMeaning.SIM_GONE)
    questions.watch_for(UrcMeaning.SIM_GONE)

    assert await questions.ask(commands.ATTENTION) == ()


async def test_a_restart_is_never_overridden() -> None:
    link, questions = asking(AT=())
    questions.watch_for(*UrcMeaning)
    link.meanwhile = lambda: [questions.notify(m) for m in (UrcMeaning.RESTARTED, UrcMeaning.SIM_CHANGED)]

    with pytest.raises(Interrupted) as interrupted:
        await questions.ask(commands.ATTENTION)

    assert interrupted.value.meaning is UrcMeaning.RESTARTED


async def test_slow_questions_are_given_their_share_of_more_time() -> None:
    link = FakeLink(**{"AT": (), "AT+CPIN?": ("+CPIN: READY",)})
    questions = Questions(link, answer_timeout=2.5)

    await questions.ask(commands.ATTENTION)
    await questions.ask(commands.CPIN)

    assert link.timeouts == [2.5, 5.0]


def test_a_chain_of_many_questions_is_given_the_time_of_the_slowest() -> None:
    questions = Questions(FakeLink())

    assert questions.timeout_for(commands.CPIN, commands.CIMI, commands.CREG) == 10.0


class Slow:
    """Answers after so many seconds of a clock of its own, None for never."""

    def __init__(self, *takes: float | None) -> None:
        self.now = 0.0
        self.timeouts: list[float | None] = []
        self._takes = list(takes)

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  as the link has it
        self.timeouts.append(timeout)
        takes = self._takes.pop(0)
        if takes is None:
            raise Silence(command.text)
        self.now += takes
        return ()


@pytest.mark.parametrize(
    ("takes", "timeouts"),
    [
        ([0.2, 0.2, 0.2], [20.0, 5.0, 5.0]),
        ([3.0, 4.0, 0.2, 0.2], [20.0, 12.0, 16.0, 5.0]),
        ([8.0, 0.2], [20.0, 20.0]),
        ([0.2, None, None, 8.0, 8.0], [20.0, 5.0, 20.0, 20.0, 20.0]),
    ],
)
async def test_what_was_answered_before_is_not_given_its_worst_time_again(takes, timeouts) -> None:
    link = Slow(*takes)
    questions = Questions(link, clock=lambda: link.now)
    for _ in takes:
        with contextlib.suppress(NoAnswer):
            await questions.ask(commands.CRSM_ICCID)
    assert link.timeouts == timeouts


async def test_a_question_of_a_chain_that_was_not_answered_gets_its_worst_time_only_when_it_is_silent_by_itself() -> (
    None
):
    link = Slow(0.2, 0.2, None, None)
    questions = Questions(link, clock=lambda: link.now)
    for command in (commands.CPIN, commands.CREG):
        await questions.ask(command)
    with pytest.raises(NoAnswer):
        await questions.ask_chained(commands.CPIN, commands.CREG)
    assert link.timeouts == [10.0, 10.0, 5.0]
    assert questions.timeout_for(commands.CREG) == 5.0  # it is asked next, and the lease runs
    with pytest.raises(NoAnswer):
        await questions.ask(commands.CREG)
    assert questions.timeout_for(commands.CREG) == 10.0


def test_what_came_before_a_silence_may_be_the_answer() -> None:
    assert read_partial(Silence("AT+CCID", ("noise", ICCID)), parse_iccid) == ICCID
    with pytest.raises(NoAnswer):
        read_partial(Silence("AT+CCID", ("noise",)), parse_iccid)


def test_the_first_line_with_a_value_counts() -> None:
    assert first_read(("noise", ICCID, "8946120000005000024"), parse_iccid) == ICCID
    assert first_read((), parse_iccid) is None


async def test_where_the_kept_variant_falls_silent_the_others_are_tried() -> None:
    link, questions = asking(**{"AT+CCID": (ICCID,), "AT+ICCID": (ICCID,)})
    await questions.read_any(VARIANTS, parse_iccid)
    link.answers["AT+CCID"] = SILENT
    link.asked.clear()

    assert await questions.read_any(VARIANTS, parse_iccid) == ICCID

    assert link.asked == ["AT+CCID", "AT+CRSM=176,12258,0,0,10", "AT+ICCID"]
    assert questions.kept_variant(VARIANTS) is commands.ICCID
