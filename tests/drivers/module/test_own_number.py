from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import NoAnswer
from drivers.module.own_number import OwnNumber, ask_network
from drivers.module.questions import Questions
from drivers.observation import NumberOrigin, NumberReading
from drivers.vendors import by_name
from tests.drivers.module.fake_link import SILENT, FakeLink, refused

CNUM = NumberReading("+46701740616", NumberOrigin.CNUM)
ANSWER = {"AT+CNUM": ('+CNUM: "","+46701740616",145',)}


async def still_there() -> bool:
    return True


def met(iccid: str | None = "A", imsi: str | None = "1", now: float = 0.0) -> OwnNumber:
    number = OwnNumber()
    number.sim_seen(iccid, imsi, now, 30.0)
    return number


async def test_a_new_sim_is_asked_at_once_and_not_again() -> None:
    number = met()
    assert number.due(0.0)

    await number.ask(Questions(FakeLink(**ANSWER)), 0.0, still_there)

    assert number.numbers == (CNUM,)
    assert not number.due(299.0)


async def test_a_number_that_is_known_is_asked_again_rarely_and_kept_where_nothing_better_comes() -> None:
    number = met()
    await number.ask(Questions(FakeLink(**ANSWER)), 0.0, still_there)
    for answer in ((), refused("AT+CNUM", 14), refused("AT+CNUM", 4)):
        await number.ask(Questions(FakeLink(**{"AT+CNUM": answer})), 300.0, still_there)
        assert number.numbers == (CNUM,)

    late = FakeLink(**{"AT+CNUM": ('+CNUM: "","+46701740617",145',)})
    await number.ask(Questions(late), 600.0, still_there)

    assert number.numbers == (NumberReading("+46701740617", NumberOrigin.CNUM),)


async def test_what_is_not_known_of_a_sim_makes_it_no_other() -> None:
    number = met()
    await number.ask(Questions(FakeLink(**ANSWER)), 0.0, still_there)

    for iccid, imsi in [("A", None), (None, "1"), (None, None), ("A", "1")]:
        number.sim_seen(iccid, imsi, 10.0, 30.0)
        assert number.numbers == (CNUM,)


async def test_another_iccid_or_imsi_is_another_sim() -> None:
    for iccid, imsi in [("B", None), (None, "2"), ("A", "2"), ("B", "1")]:
        number = met()
        await number.ask(Questions(FakeLink(**ANSWER)), 0.0, still_there)

        number.sim_seen(iccid, imsi, 10.0, 30.0)

        assert number.numbers is None
        assert number.due(10.0)


async def test_what_the_sim_before_had_is_published_for_the_agent_to_judge_and_asked_again_without_end() -> (
    None
):
    number = met()
    await number.ask(Questions(FakeLink(**ANSWER)), 0.0, still_there)
    number.sim_seen("B", "2", 100.0, 10.0)
    assert number.numbers is None
    asked = []
    for now in range(100, 400):
        if number.due(now):
            asked.append(now)
            await number.ask(Questions(FakeLink(**ANSWER)), now, still_there)
    assert asked == [100, 103, 110, 120, 140, 200, 260, 320, 380]
    assert number.numbers == (CNUM,)


async def test_the_number_of_another_imsi_on_one_card_waits_for_the_slowest_phone_book() -> None:
    number = met()
    await number.ask(Questions(FakeLink(**ANSWER)), 0.0, still_there)
    number.sim_seen("A", "2", 100.0, 10.0)
    await number.ask(Questions(FakeLink(**ANSWER)), 159.0, still_there)
    assert number.numbers is None
    await number.ask(Questions(FakeLink(**ANSWER)), 160.0, still_there)
    assert number.numbers == (CNUM,)


async def test_a_card_that_was_pulled_leaves_its_number_to_be_doubted_of_the_next_one() -> None:
    number = met()
    await number.ask(Questions(FakeLink(**ANSWER)), 0.0, still_there)
    number.sim_gone()
    assert number.numbers is None
    assert not number.due(1000.0)
    number.sim_seen("B", "2", 100.0, 10.0)
    await number.ask(Questions(FakeLink(**ANSWER)), 120.0, still_there)
    assert number.due(130.0)


async def test_the_number_of_the_new_sim_counts_as_soon_as_it_is_read() -> None:
    number = met()
    await number.ask(Questions(FakeLink(**ANSWER)), 0.0, still_there)
    number.sim_seen("B", "2", 100.0, 10.0)
    await number.ask(Questions(FakeLink(**ANSWER)), 100.0, still_there)
    await number.ask(
        Questions(FakeLink(**{"AT+CNUM": ('+CNUM: "","+46701740617",145',)})), 103.0, still_there
    )
    assert number.numbers == (NumberReading("+46701740617", NumberOrigin.CNUM),)


FILED = {
    "AT+CRSM=192,28480": ('+CRSM: 144,0,"0000001C6F40040011F0220102011C"',),
    "AT+CRSM=178,28480,1,4,28": ('+CRSM: 144,0,"' + "FF" * 14 + '07916407710476F2FFFFFFFFFFFF"',),
}


async def test_the_cards_file_is_read_although_the_phone_book_has_a_number() -> None:
    number = met()
    await number.ask(Questions(FakeLink(**ANSWER, **FILED)), 0.0, still_there)
    assert number.numbers == (CNUM, NumberReading("+46701740672", NumberOrigin.EF_MSISDN))


async def test_a_file_that_is_never_answered_costs_the_number_of_the_phone_book_nothing() -> None:
    number = met()
    link = FakeLink(**ANSWER, **{"AT+CRSM=192,28480": SILENT})
    questions = Questions(link, answer_timeout=0.5, clock=lambda: now)
    for now in (0.0, 300.0, 330.0, 600.0):
        await number.ask(questions, now, still_there)
        assert number.numbers == (CNUM,)
    assert link.asked.count("AT+CRSM=192,28480") == 3
    assert link.timeouts[link.asked.index("AT+CRSM=192,28480")] == 0.5


async def test_a_phone_book_that_is_never_answered_leaves_the_cards_file() -> None:
    record = "FFFFFFFFFFFFFFFFFFFF079164071704" + "16F6FFFFFFFFFFFF"
    number, now = met(), 0.0
    link = FakeLink(**{
        "AT+CNUM": SILENT,
        "AT+CRSM=192,28480": ('+CRSM: 144,0,"0000001C6F4004001100440102011C"',),
        "AT+CRSM=178,28480,1,4,28": (f'+CRSM: 144,0,"{record}"',),
    })  # fmt: skip
    questions = Questions(link, clock=lambda: now)
    with pytest.raises(NoAnswer):
        await number.ask(questions, now, still_there)
    assert number.due(1.0)

    await number.ask(questions, 1.0, still_there)

    assert number.numbers is not None
    assert [one.origin for one in number.numbers] == [NumberOrigin.EF_MSISDN]


async def test_the_number_of_a_data_line_is_none_although_the_cards_file_has_it_too() -> None:
    record = "FFFFFFFFFFFFFFFFFFFF079164071704" + "16F6FFFFFFFFFFFF"
    number = met()
    link = FakeLink(**{
        "AT+CNUM": ('+CNUM: "Data","+46707140616",145,71,0',),
        "AT+CRSM=192,28480": ('+CRSM: 144,0,"0000001C6F4004001100440102011C"',),
        "AT+CRSM=178,28480,1,4,28": (f'+CRSM: 144,0,"{record}"',),
    })  # fmt: skip

    await number.ask(Questions(link), 0.0, still_there)

    assert number.numbers == ()


async def test_an_empty_card_is_asked_until_its_phone_book_should_be_loaded() -> None:
    link = FakeLink(**{"AT+CNUM": ()})
    number = met()

    asked_at = []
    for now in range(120):
        if number.due(float(now)):
            asked_at.append(now)
            await number.ask(Questions(link), float(now), still_there)

    assert asked_at == [0, 3, 10, 30]
    assert number.numbers == ()


async def test_a_busy_card_leaves_it_open_and_an_unsupported_question_means_none() -> None:
    busy, unsupported = met(), met()

    await busy.ask(Questions(FakeLink(**{"AT+CNUM": refused("AT+CNUM", 14)})), 0.0, still_there)
    await unsupported.ask(Questions(FakeLink(**{"AT+CNUM": refused("AT+CNUM", 4)})), 0.0, still_there)

    assert (busy.numbers, unsupported.numbers) == (None, ())


async def test_the_cards_file_is_read_where_the_phone_book_has_none() -> None:
    number = met()
    link = FakeLink(
        **{
            "AT+CNUM": (),
            "AT+CRSM=192,28480": ('+CRSM: 144,0,"0000001C6F40040011F0220102011C"',),
            "AT+CRSM=178,28480,1,4,28": ('+CRSM: 144,0,"' + "FF" * 14 + '07916407710476F2FFFFFFFFFFFF"',),
        }
    )

    await number.ask(Questions(link), 0.0, still_there)

    assert number.numbers == (NumberReading("+46701740672", NumberOrigin.EF_MSISDN),)


async def test_a_silent_phone_book_is_asked_again_rarely() -> None:
    number = met()
    link = FakeLink(**{"AT+CNUM": SILENT})
    questions = Questions(link, clock=lambda: now)

    for now in map(float, range(3600)):
        if number.due(now):
            with contextlib.suppress(NoAnswer):
                await number.ask(questions, now, still_there)

    assert 4 < link.asked.count("AT+CNUM") < 12
    assert number.unanswered == "no answer to AT+CNUM"


@given(st.lists(st.floats(0, 1000)))
def test_what_is_waited_for_stays_bounded(moments: list[float]) -> None:
    number = met()

    for now in moments:
        number.phone_book_ready(now)

    assert len(number._due) <= 4


async def test_huawei_is_asked_in_packed_septets() -> None:
    link = FakeLink()

    assert await ask_network(Questions(link), by_name("huawei"), "*100#", re.compile("x")) is None
    assert link.asked == ["AT+CUSD=1,AA180C3602,15"]


async def test_the_network_is_given_its_own_time() -> None:
    link = FakeLink(**{'AT+CUSD=1,"*100#",15': ('+CUSD: 0,"+46701740616",15',)})

    number = await ask_network(
        Questions(link, answer_timeout=0.5), by_name("quectel"), "*100#", re.compile(r"\+\d+")
    )

    assert number == NumberReading("+46701740616", NumberOrigin.USSD)
    assert link.timeouts == [40.0]
