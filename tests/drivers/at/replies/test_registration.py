from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at import commands
from drivers.at.conversation import Conversation
from drivers.at.events import Answered, Unsolicited
from drivers.at.replies.registration import combine, parse_registration, parse_stat, presentation
from drivers.observation import Registration
from drivers.vendors import URCS

R = Registration

# docs/at-field-guide.md §7.3, in its order, and the stat of each line.
ROWS = [
    ("+CREG: 0,1", 1),
    ("+CREG: 3", 3),
    ("+CREG: 11", 11),
    ("+CREG: 1,3", 3),
    ("+CREG: 1,84CD,00D30156", 1),
    ("+CREG: 1,1,84CD,00D30173", 1),
    ('+CREG: 2,1,"CE00","01CEAD8F"', 1),
    ("+CREG: 2,1,000B,2816, B, C2816", 1),
    ("+CREG: 2,1,  0 5, 2715", 1),
    ("+CREG: 2,0,00,0", 0),
    ('+CREG:002,001,"18d8","ffff"', 1),
    ('+CREG: 001,"0001","0010",000', 1),
    ('+CREG: 2,6,"8B37","0A265185",7', 6),
    ('+CREG: 6,"8B37","0A265185",7', 6),
    ("+CGREG: 2,1, 81ED, 1A9CEB", 1),
    ('+CGREG: 1,"1422","00000142",3,"00"', 1),
    ('+CGREG: 3,1,"0039","000100e7",6,2', 1),
    ("+CEREG: 1, 2, 0001, 00000100, 7", 2),
    ("+CEREG: 2,1, 1F00, 20 ,79D903 ,7", 1),
    ('+CEREG: 4,5,,,,,,,"00000000","01100000"', 5),
    ("+CREG: 5", 5),
    ("+CGREG: 0", 0),
    ("+CREG: 2,1,4CA,81DE445", 1),
    ('+CREG: 0,1,"5E25","605F"', 1),
    ('+CREG: 0,1,"5E25","605F",2', 1),
    ('+CREG: 2,1,"","605F"', 1),
    ('+CREG: 2,1,"0B,"0100701",7', 1),
    ('+CREG: 2,1,"5E25', 1),
    ("+CREG: 2,3", 3),
    ("+CREG: 0,8", 8),
]


@pytest.mark.parametrize(("line", "stat"), ROWS)
def test_the_stat_of_every_form(line, stat):
    assert parse_registration(line) is R(stat)


@pytest.mark.parametrize(
    ("line", "stat"),
    [
        ("+CEREG: 0,90", 90),  # Nordic: the card failed
        ("+CEREG: 2,90", 90),
        ("+CEREG: 90", 90),
        ("+CEREG: 2,80,1A2B,01C0FFEE,7", 80),
        ("+CEREG: 5,80", 80),
        ("+CREG: 0,12", 12),
        ("+CREG: 12", 12),
        ("+CREG: 0,255", 255),
        ("+CREG: 99,1F00", 99),
        ("+C5GREG: 0,13", 13),
    ],
)
def test_a_stat_outside_the_standard_is_an_answer_that_is_not_known(line, stat):
    assert (parse_stat(line), parse_registration(line)) == (stat, R.UNKNOWN)


@pytest.mark.parametrize(
    ("line", "stat"),
    [
        ('+C5GREG: 2,1,"594FCB","00000008FE090005",11,1,"01"', 1),
        ("+C5GREG: 2,1,1F00,79D903,11,6,ABCDEF", 1),
        ("+C5GREG: 1, 10", 10),
        ("+C5GREG: 2,0", 0),
        ('+C5GREG: 5,"594FCB","00000008FE090005",11', 5),
        ("+CREG: 1,123,81DE445", 1),
        ("+CREG: 5,12,34", 5),
    ],
)
def test_5g_has_the_forms_of_lte_and_a_place_is_no_stat(line, stat):
    assert parse_stat(line) == stat
    assert parse_registration(line) is R(stat)


@pytest.mark.parametrize(
    "line",
    [
        "+CREG: 2,,",
        '+CEREG: 5,,"01"',
        "+CREG:",
        "+CREG: ",
        "+CREG: x",
        "+CRSM: 1,1",
        "OK",
        "",
        "+CREG: \xb2",
        "+CREG: 1F00",
        "+C6GREG: 0,1",
    ],
)
def test_a_line_that_cannot_be_read_has_no_stat(line):
    assert parse_registration(line) is None


GOOD = [R.HOME, R.ROAMING, R.SMS_ONLY_HOME, R.SMS_ONLY_ROAMING, R.NO_CSFB_HOME, R.NO_CSFB_ROAMING]


@pytest.mark.parametrize("good", GOOD)
@pytest.mark.parametrize("other", [None, *R])
def test_one_good_domain_of_cs_and_eps_is_enough(good, other):
    cs_first, eps_first = combine(good, other, R.DENIED), combine(other, good, None)
    assert cs_first is good
    assert eps_first is not None
    assert eps_first.receives


@pytest.mark.parametrize(
    ("cs", "eps", "ps", "expected"),
    [
        (R.NOT_SEARCHING, None, R.HOME, R.NOT_SEARCHING),
        (R.SEARCHING, R.NOT_SEARCHING, R.HOME, R.SEARCHING),
        (R.DENIED, R.SEARCHING, None, R.DENIED),
        (R.SEARCHING, R.EMERGENCY_ONLY, None, R.EMERGENCY_ONLY),
        (R.LOCAL_SERVICES_ONLY, R.SEARCHING, None, R.LOCAL_SERVICES_ONLY),
        (R.UNKNOWN, R.NOT_SEARCHING, None, R.NOT_SEARCHING),
        (R.UNKNOWN, None, None, R.UNKNOWN),
        (None, None, R.HOME, R.UNKNOWN),
        (None, None, R.SEARCHING, R.SEARCHING),
        (R.SEARCHING, None, R.SMS_ONLY_HOME, R.SMS_ONLY_HOME),
        (None, R.HOME, R.NOT_SEARCHING, R.HOME),
        (None, None, None, None),
    ],
)
def test_the_most_specific_one_counts_and_gprs_alone_is_not_good(cs, eps, ps, expected):
    assert combine(cs, eps, ps) is expected


@given(st.text(alphabet='+CREG: 0123456789,"xF', max_size=40))
def test_fuzz_any_line_is_a_stat_or_nothing(tail):
    assert parse_registration("+CREG:" + tail) in (None, *R)


@pytest.mark.parametrize("stat", [Registration.SEARCHING, Registration.UNKNOWN])
def test_a_sim_barred_from_lte_whose_cs_domain_searches_is_searching(stat):
    assert combine(stat, Registration.DENIED) is stat
    assert combine(Registration.DENIED, stat) is Registration.DENIED
    assert combine(Registration.NOT_SEARCHING, Registration.DENIED) is Registration.DENIED


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("+CREG: 0,1", 0),
        ('+CREG: 2,1,"CE00","01CEAD8F"', 2),
        ("+CEREG:2,5", 2),
        ("+CREG: 1", None),
        ('+CREG: 1,"1422","00000142"', None),
        ("+CREG: ,1", None),
        ("+CSQ: 2,1", None),
    ],
)
def test_the_presentation_is_told_apart_from_the_state(line, shown):
    assert presentation(line) == shown


@pytest.mark.parametrize("good", GOOD)
@pytest.mark.parametrize("other", [None, R.NOT_SEARCHING, R.SEARCHING, R.DENIED, R.UNKNOWN])
def test_5g_alone_is_enough(good, other):
    assert combine(other, other, other, good) is good


@pytest.mark.parametrize(
    ("cs", "eps", "nr", "expected"),
    [
        (R.NOT_SEARCHING, R.NOT_SEARCHING, R.SEARCHING, R.SEARCHING),
        (R.NOT_SEARCHING, None, R.DENIED, R.DENIED),
        (R.NOT_SEARCHING, R.SEARCHING, R.DENIED, R.SEARCHING),
        (R.SEARCHING, R.NOT_SEARCHING, R.DENIED, R.SEARCHING),
        (R.NOT_SEARCHING, R.NOT_SEARCHING, R.NOT_SEARCHING, R.NOT_SEARCHING),
        (None, None, R.EMERGENCY_ONLY, R.EMERGENCY_ONLY),
    ],
)
def test_5g_that_is_not_good_counts_where_lte_says_nothing(cs, eps, nr, expected):
    assert combine(cs, eps, None, nr) is expected


PLACES = st.sampled_from(["", "1A2B", "00", "5", "FFFF", "000100e7", "4CA", "81DE445", " 0 5", "12", "123"])


@st.composite
def answers(draw):
    """A question for a registration, a line that answers it in one of the forms of the field, and its <stat>."""
    command = draw(st.sampled_from([commands.CREG, commands.CGREG, commands.CEREG, commands.C5GREG]))
    name = command.text.removeprefix("AT").removesuffix("?")
    places = draw(st.lists(PLACES, max_size=6))
    n = draw(st.integers(0, 5))
    odd = st.integers(12, 99) if n not in (1, 5) or not places else st.nothing()
    stat = draw(st.integers(0, 11) | odd | (st.integers(100, 255) if not places else st.nothing()))
    width = draw(st.integers(1, 3)) if stat < 10 else 1
    blank, quote = draw(st.sampled_from(["", " "])), draw(st.sampled_from(["", '"']))
    shown = [f"{n:0{width}}", f"{stat:0{width}}", *(f"{quote}{place}{quote}" for place in places)]
    case = draw(st.sampled_from([str, str.lower]))
    return command, (case(name) + ":" + blank + ("," + blank).join(shown)).strip(), stat


@given(
    answers(), st.lists(st.sampled_from(["+CREG: 2", '+CEREG: 1,"1A2B","01C0FFEE",7', "+CSQ: 17,99", "RING"]))
)
def test_fuzz_an_answer_is_recognised_and_read_whatever_its_form_and_the_urcs_around(answer, urcs):
    command, line, stat = answer
    conversation = Conversation(URCS)
    conversation.ask(command)

    events = conversation.receive("".join(f"\r\n{one}\r\n" for one in (*urcs, line, "OK")).encode())

    assert [event for event in events if not isinstance(event, Unsolicited)] == [
        Answered(command, tuple(one for one in (*urcs, line) if command.answer.match(one)))
    ]
    assert parse_stat(events[-1].lines[-1]) == stat
