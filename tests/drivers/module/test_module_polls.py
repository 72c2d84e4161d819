"""How many questions a poll takes, and what silence and lost answers make of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at import commands
from drivers.at.commands import Command
from drivers.errors import LinkLost
from drivers.observation import Registration, SimState
from tests.drivers.module.seen import see, settled

STEADY = "AT+CPIN?;+QCCID;+CIMI;+CREG?"


async def test_a_first_poll_asks_each_thing_once() -> None:
    seen = await settled()

    assert seen.asked == [
        "ATE0V1Q0", "ATI", "AT+CMEE=1;+CREG=2;+CEREG=2;+CGSN", STEADY,
        "AT+CSQ;+COPS?;+CNUM;+CRSM=192,28480", "AT+CRSM=192,28480", "AT+QCCID",
    ]  # fmt: skip


async def test_a_steady_poll_is_one_line_for_what_decides_and_one_for_the_signal() -> None:
    seen = await settled()

    lines = [(await seen.poll(), list(seen.asked))[1] for _ in range(7)]

    assert lines == [[STEADY, "AT+CSQ"]] * 5 + [[STEADY, "AT+CSQ;+COPS?"]] + [[STEADY, "AT+CSQ"]]


async def test_while_somebody_waits_for_the_line_every_question_is_asked_by_itself() -> None:
    seen = await settled()
    await seen.poll()
    seen.module.may_chain = False
    assert (await seen.poll()).complete
    assert seen.asked == ["AT+CPIN?", "AT+QCCID", "AT+CIMI", "AT+CREG?", "AT+CSQ"]
    seen.module.may_chain = True
    await seen.poll()
    assert seen.asked[0].startswith(STEADY)


async def test_the_settings_that_the_module_took_can_be_made_anew_by_others_and_end_with_a_restart() -> None:
    seen = see()
    assert seen.module.settings == ()
    await seen.poll()
    taken = ["ATE0V1Q0", "AT+CMEE=1", "AT+CREG=2", "AT+CEREG=2"]
    assert [command.text for command in seen.module.settings] == taken
    seen.module.on_urc("RDY")
    assert seen.module.settings == ()
    seen.script.set_reply("AT+CEREG=2", "ERROR")
    await seen.poll()
    assert [command.text for command in seen.module.settings] == taken[:-1]


async def test_a_steady_poll_without_chains_asks_what_decides_and_the_signal() -> None:
    seen = await settled("huawei-e1750")

    await seen.poll()

    assert seen.asked == ["AT+CPIN?", "AT^ICCID?", "AT+CIMI", "AT+CREG?", "AT+CSQ"]


async def test_lte_is_asked_only_where_the_circuit_switched_side_is_not_good() -> None:
    seen = await settled("quectel-bg96")

    assert "AT+CEREG?" in seen.questions
    assert (await seen.poll()).registration is Registration.ROAMING
    assert seen.asked[0] == "AT+CPIN?;+QCCID;+CIMI;+CREG?;+CEREG?"


async def test_a_chain_that_is_refused_is_asked_singly_in_the_same_poll_and_given_up_the_second_time() -> (
    None
):
    seen = await settled()
    seen.script.chains = False

    polls = [(await seen.poll(), list(seen.asked)) for _ in range(4)]

    assert all(observation.complete for observation, _ in polls)
    assert [len(asked) for _, asked in polls] == [6, 6, 5, 5]


async def test_a_line_that_is_never_answered_is_given_up() -> None:
    seen = await settled()
    seen.script.mute.add(STEADY)

    polls = [(await seen.poll(), list(seen.asked)) for _ in range(6)]

    assert all(observation.complete for observation, _ in polls)
    assert [STEADY in asked for _, asked in polls] == [True, True, False, False, False, False]


async def test_a_line_answered_in_part_is_asked_singly() -> None:
    seen = await settled()
    seen.script.replies[STEADY] = b""
    seen.script.set_reply(STEADY, "+CPIN: READY", "OK")
    seen.script._chained = lambda text: seen.script.replies[text]

    observation = await seen.poll()

    assert observation.complete
    assert seen.asked[0] == STEADY


async def test_a_sim_that_went_is_known_from_the_refused_line_itself() -> None:
    seen = await settled()
    seen.script.becomes("no-card")

    observation = await seen.poll()

    assert (observation.sim, observation.iccid) == (SimState.ABSENT, None)
    assert seen.asked == [STEADY, "AT+CFUN?"]


@pytest.mark.parametrize("gap", [0, 2, 3])
async def test_silence_to_what_decides_ends_a_poll_with_what_is_known(gap: int) -> None:
    seen = await settled("huawei-e1750")
    await seen.poll()
    order = list(seen.asked)
    seen.script.mute.add(order[gap])

    observation = await seen.poll()

    assert not observation.complete
    assert [None if gap < 2 else "89461200000050000994"] == [observation.iccid]
    assert order[gap] in observation.detail
    assert seen.published == []


async def test_silence_to_one_form_of_the_iccid_is_followed_by_another_form() -> None:
    seen = await settled()
    seen.script.mute.add("AT+QCCID")
    seen.script.set_reply("AT+CRSM=176,12258,0,0,10", '+CRSM: 144,0,"98642100000005003097"', "OK")

    polls = [(await seen.poll(), list(seen.asked)) for _ in range(4)]

    assert all(observation.complete for observation, _ in polls)
    assert "AT+QCCID" not in polls[-1][1]


@pytest.mark.parametrize("command", ["AT+CSQ", "AT+COPS?", "AT+CFUN?", "AT+CNUM", "AT+CRSM=192,28480"])
async def test_silence_to_what_decides_nothing_costs_a_poll_nothing_and_is_rarely_waited_for(
    command: str,
) -> None:
    seen = see()
    seen.script.mute.add(command)

    polls = [(await seen.poll(), list(seen.asked)) for _ in range(60)]

    assert all(observation.complete for observation, _ in polls)
    assert sum(asked.count(command) for _, asked in polls) < 9  # in ten minutes
    seen.script.mute.clear()
    later = [(await seen.poll(), list(seen.asked)) for _ in range(400)]
    assert command == "AT+CFUN?" or any(command in asked for _, asked in later)
    assert later[-1][0].signal_dbm == -65


async def test_a_dead_module_is_not_known_and_not_absent() -> None:
    seen = await settled()
    seen.script.dead = True

    observation = await seen.poll()

    assert observation.sim is None
    assert not observation.complete
    assert seen.published == []


async def test_a_module_that_stopped_and_stays_silent_is_not_known() -> None:
    seen = await settled()
    seen.module.on_urc("POWERED DOWN")
    seen.script.dead = True

    observation = await seen.poll()

    assert observation.sim is None
    assert observation.identity is None


async def test_a_lost_link_is_the_callers_affair() -> None:
    seen = await settled()

    class Lost:
        async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  as the link has it
            raise LinkLost(command.text)

    seen.module._questions._link = Lost()

    with pytest.raises(LinkLost):
        await seen.poll()


async def test_an_observation_is_dated_by_its_first_question() -> None:
    seen = await settled()
    hear = seen.script.hear

    def slowly(data: bytes) -> bytes:
        seen.now += 3.0
        return hear(data)

    seen.script.hear = slowly

    assert (await seen.poll()).at == 120.0


REPLIES = st.sampled_from([
    b"", b"\r\nOK\r\n", b"\r\nERROR\r\n", b"\r\n+CME ERROR: 10\r\n", b"\r\n+CME ERROR: 14\r\n",
    b"\r\n+CME ERROR: 13\r\n", b"\r\n+CME ERROR: 100\r\n", b"\r\nRDY\r\n\r\nOK\r\n",
    b"\r\n+CPIN: READY\r\n\r\nOK\r\n", b"\r\n+CPIN: NOT READY\r\n", b"\xff\xfe\x00garbage\r\n\r\nOK\r\n",
    b"\r\n+QSIMSTAT: 1,0\r\n\r\nERROR\r\n", b"\r\n+CREG: 2,\r\n\r\nOK\r\n",
    b"\r\n8946120000005000016\r\n\r\nOK\r\n", b"\r\n240120000000016\r\n\r\nOK\r\n", b"\r\n> ", b"0\r", b"4\r",
])  # fmt: skip


@given(
    family=st.sampled_from(["quectel-ec25", "huawei-e1750", "generic-qualcomm", "wavecom-q2406"]),
    odd=st.dictionaries(st.integers(0, 60), REPLIES, max_size=30),
)
async def test_whatever_is_answered_a_poll_ends_with_an_observation(
    family: str, odd: dict[int, bytes]
) -> None:
    seen = see(family)
    hear = seen.script.hear
    count = 0

    def oddly(data: bytes) -> bytes:
        nonlocal count
        count += 1
        reply = hear(data)
        return odd.get(count, reply)

    seen.script.hear = oddly

    for _ in range(3):
        observation = await seen.poll()
        assert len(seen.asked) < 90
        assert all(commands.allowed(text) for text in seen.asked)
        assert not observation.complete or observation.sim in set(SimState) - {SimState.BUSY}
        assert observation.sim is SimState.READY or (observation.imsi, observation.numbers) == (None, None)
