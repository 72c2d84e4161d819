from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reads import URCS, cut, one_by_one

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.conversation import TRANSITIONS, Conversation, Move, State
from drivers.at.events import (
    Answered,
    Connected,
    Event,
    ForeignEcho,
    Garbled,
    Interleaved,
    MessageLine,
    Prompted,
    Refused,
    Resynced,
    UnexpectedResult,
    Unsolicited,
)
from drivers.at.state_table import WrongMove

IMSI = "240128730000017"
ICCID = "8946120000005000016"
TRAILING = b'\r\n+CMTI: "SM",3\r\n\r\nRDY\r\n'
TRAILING_URCS = [Unsolicited('+CMTI: "SM",3'), Unsolicited("RDY")]


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(URCS)


def dialogue(command: Command, *reads: bytes) -> list[Event]:
    conversation = Conversation(URCS)
    assert conversation.ask(command) == command.text.encode() + b"\r"
    return [event for read in reads for event in conversation.receive(read)]


WAVECOM_CPIN = replace(commands.CPIN, closes=commands.CPIN.answer)
USSD = commands.own_number_query("*100#")
CHAIN = commands.chain(commands.CPIN, commands.CREG, commands.CSQ)

ANSWERS: list[tuple[Command, bytes, tuple[str, ...]]] = [
    (commands.ECHO_OFF, b"ATE0\r\r\nOK\r\n", ()),
    (commands.SESSION_SETTINGS, b"ATE0V1Q0\r0\r", ()),
    (commands.ATTENTION, b"\0\0AT\r\r\nOK\r\n", ()),
    (commands.CSQ, b"\r\n+CSQ: 17,99\r\n\r\nOK\r\n", ("+CSQ: 17,99",)),
    (commands.CSQ, b"+CSQ: 30,99\r\n0\r", ("+CSQ: 30,99",)),
    (commands.CSQ, b"\r\n+CSQ: 30,99\r\n\r\nOK\r", ("+CSQ: 30,99",)),
    (commands.CPIN, b"\r\n+CPIN:READY\r\n\r\nOK\r\n", ("+CPIN:READY",)),
    (
        commands.CPIN,
        b"\r\n+CPIN: SIM REMOVED\r\n\r\n+CPIN: READY\r\n\r\nOK\r\n",
        ("+CPIN: SIM REMOVED", "+CPIN: READY"),
    ),
    (commands.CPIN, b"\r\nOK\r\n\r\n+CPIN: READY\r\n\r\nOK\r\n", ("+CPIN: READY",)),
    (commands.CIMI, f"AT+CIMI\r\r\n{IMSI}\r\n\r\nOK\r\n".encode(), (IMSI,)),
    (commands.CIMI, f"\r\n<IMSI>: {IMSI}\r\n\r\nOK\r\n".encode(), (f"<IMSI>: {IMSI}",)),
    (commands.CIMI, f"\r\n+CREG: 1\r\n\r\n{IMSI}\r\n\r\nOK\r\n".encode(), (IMSI,)),
    (commands.CGSN, b'\r\n+CGSN: "490154203237518"\r\n\r\nOK\r\n', ('+CGSN: "490154203237518"',)),
    (commands.CCID, f"\r\n{ICCID}f\r\n\r\nOK\r\n".encode(), (f"{ICCID}f",)),
    (commands.CICCID, f"\r\n+ICCID: {ICCID}\r\n\r\nOK\r\n".encode(), (f"+ICCID: {ICCID}",)),
    (commands.CCID, b"\r\n+SCID: SIM Card ID: 89460F\r\n\r\nOK\r\n", ("+SCID: SIM Card ID: 89460F",)),
    (commands.HUAWEI_ICCID, f'\r\n^iccid: "{ICCID}"\r\n\r\nOK\r\n'.encode(), (f'^iccid: "{ICCID}"',)),
    (commands.ICCID, f"\r\nICCID: {ICCID}\r\n\r\nOK\r\n".encode(), (f"ICCID: {ICCID}",)),
    (
        commands.ATI,
        b"ATI\r\r\nManufacturer: huawei\r\nModel: E226\r\n+GCAP: +CGSM,+FCLASS,+DS\r\n\r\nOK\r\n",
        ("Manufacturer: huawei", "Model: E226", "+GCAP: +CGSM,+FCLASS,+DS"),
    ),
    (commands.CGMI, b"\r\n WAVECOM MODEM\r\n\r\nOK\r\n", ("WAVECOM MODEM",)),
    (commands.CGMI, b"\r\nAT&T\r\n\r\nOK\r\n", ("AT&T",)),
    (commands.CGMI, b"\r\n+GMI: LG Electronics Inc.\r\n\r\nOK\r\n", ("+GMI: LG Electronics Inc.",)),
    (commands.CGMR, b"\r\nAT+CGMRL0.1 build 7\r\n\r\nOK\r\n", ("L0.1 build 7",)),
    (commands.CGMM, b"\r\nEHS5-E\r\n\r\nOK\r\n", ("EHS5-E",)),
    (commands.CREG, b'\r\n+CREG: 2,1,"CE00","01CEAD8F"\r\n\r\nOK\r\n', ('+CREG: 2,1,"CE00","01CEAD8F"',)),
    (commands.CREG, b'+CREG:002,001,"18d8","ffff"\r\nOK\r\n', ('+CREG:002,001,"18d8","ffff"',)),
    (commands.CREG, b"\r\n+CREG: 2,,\r\n\r\nOK\r\n", ("+CREG: 2,,",)),
    (commands.CNUM, b"\r\nOK\r\n", ()),
    (
        commands.CNUM,
        b'\r\nERROR+CNUM: "","+46701740001",145\r\n\r\n+CNUM: "Do"nn\xe9es","",0\r\n\r\nOK\r\n',
        ('ERROR+CNUM: "","+46701740001",145', '+CNUM: "Do"nn\xe9es","",0'),
    ),
    (
        commands.CNUM,
        b'\r\n+CME ERROR: 25+CNUM: "","+46701740001",145\r\n\r\nOK\r\n',
        ('+CME ERROR: 25+CNUM: "","+46701740001",145',),
    ),
    (
        commands.CNUM,
        b'\r\n+CME ERROR: invalid characters in text string+CNUM: "","+46701740001",145\r\n\r\nOK\r\n',
        ('+CME ERROR: invalid characters in text string+CNUM: "","+46701740001",145',),
    ),
    (WAVECOM_CPIN, b"\r\n+CPIN: READY\r\n", ("+CPIN: READY",)),
    (
        CHAIN,
        b"\r\n+CPIN: READY\r\n\r\n+CREG: 2,1\r\n\r\n+CSQ: 9,0\r\n\r\nOK\r\n",
        ("+CPIN: READY", "+CREG: 2,1", "+CSQ: 9,0"),
    ),
    (USSD, b'\r\nOK\r\n\r\n+CUSD: 0,"+46701740001",15\r\n', ('+CUSD: 0,"+46701740001",15',)),
    (USSD, b'\r\n+CUSD: 0,"+46701740001",15\r\n\r\nOK\r\n', ('+CUSD: 0,"+46701740001",15',)),
    (
        USSD,
        b'\r\nOK\r\n\r\n+CUSD: 1,"Your "own" number\r\nis:\r\nOK\r\n46701740001",15\r\n',
        ('+CUSD: 1,"Your "own" number\nis:\nOK\n46701740001",15',),
    ),
    (USSD, b"\r\nOK\r\n\r\n+CUSD: 4\r\n", ("+CUSD: 4",)),
]  # fmt: skip


@pytest.mark.parametrize(("command", "data", "lines"), ANSWERS, ids=lambda v: getattr(v, "text", None))
def test_an_answer_is_read_in_one_piece_byte_by_byte_and_with_trailing_data(command, data, lines):
    expected = [Answered(command, lines)]
    assert [e for e in dialogue(command, data) if isinstance(e, Answered)] == expected
    assert [e for e in dialogue(command, *one_by_one(data)) if isinstance(e, Answered)] == expected
    assert dialogue(command, data + TRAILING)[-3:] == expected + TRAILING_URCS


@pytest.mark.parametrize(("command", "data", "lines"), ANSWERS, ids=lambda v: getattr(v, "text", None))
@pytest.mark.parametrize("urc", [b'\r\n+CMTI: "SM",1\r\n', b"\r\nCall Ready\r\n", b"\r\n^RSSI:19\r\n"])
def test_a_urc_in_any_gap_of_an_answer_is_reported_and_not_payload(command, data, lines, urc):
    for gap in (place.start() for place in re.finditer(rb"(?<=[\r\n])(?=[^\r\n])|^", data)):
        events = dialogue(command, data[:gap] + urc + data[gap:])
        assert Answered(command, lines) in events
        assert Unsolicited(urc.decode().strip()) in events
        assert not [e for e in events if isinstance(e, Garbled | UnexpectedResult | ForeignEcho | Refused)]


@pytest.mark.parametrize(
    ("reply", "code", "lines"),
    [
        (b"\r\nERROR\r\n", None, ()),
        (b"4\r", None, ()),
        (b"\r\n+CME ERROR: 10\r\n", 10, ()),
        (b"\r\n+CME ERROR:58\r\n", 58, ()),
        (b"\r\n+CME ERROR: SIM busy\r\n", 14, ()),
        (b"\r\n+CPIN: READY\r\n\r\n+CME ERROR: 100\r\n", 100, ("+CPIN: READY",)),
        (b"\r\nCOMMAND NOT SUPPORT\r\n", None, ()),
    ],
)
def test_a_refusal_has_its_code_and_the_lines_before_it(reply, code, lines):
    for reads in ([reply], one_by_one(reply)):
        (event,) = dialogue(CHAIN, *reads)
        assert isinstance(event, Refused)
        assert (event.code, event.lines) == (code, lines)


def test_a_lone_stat_is_a_urc_and_the_answer_if_nothing_better_comes():
    assert dialogue(commands.CEREG, b"\r\n+CEREG: 1\r\n\r\nOK\r\n") == [
        Unsolicited("+CEREG: 1"),
        Answered(commands.CEREG, ("+CEREG: 1",)),
    ]
    assert dialogue(commands.CREG, b"\r\n+CREG: 2\r\n\r\n+CREG: 2,1\r\n\r\nOK\r\n") == [
        Unsolicited("+CREG: 2"),
        Answered(commands.CREG, ("+CREG: 2,1",)),
    ]


@pytest.mark.parametrize(
    "line", ["+CREG: 1,84CD,00D30156", '+CREG: 6,"8B37","0A265185",7', '+CREG: 001,"0001","0010",000']
)
def test_a_urc_with_a_location_does_not_answer_the_question(line):
    events = dialogue(commands.CREG, f"\r\n{line}\r\n\r\n+CREG: 2,2\r\n\r\nOK\r\n".encode())
    assert events == [Unsolicited(line), Answered(commands.CREG, ("+CREG: 2,2",))]


def test_a_second_ok_without_payload_is_the_answer():
    assert dialogue(commands.CPIN, b"\r\nOK\r\n") == []
    assert dialogue(commands.CPIN, b"\r\nOK\r\n\r\nOK\r\n") == [Answered(commands.CPIN, ())]


@pytest.mark.parametrize("half", range(1, len("AT+CREG?")))
def test_an_echo_cut_in_two_by_a_urc_is_dropped(half):
    echo = b"AT+CREG?"
    data = echo[:half] + b"\r\nRDY\r\n" + echo[half:] + b"\r\r\n+CREG: 2,1\r\n\r\nOK\r\n"
    assert dialogue(commands.CREG, data) == [Unsolicited("RDY"), Answered(commands.CREG, ("+CREG: 2,1",))]


def test_the_echo_of_another_programs_command_is_reported_and_changes_nothing():
    events = dialogue(commands.ATI, b"AT+CMGF=0\r\r\nSIM800 R14.18\r\nATE1\r\n\r\nOK\r\n")
    assert events == [
        ForeignEcho("AT+CMGF=0"),
        ForeignEcho("ATE1"),
        Answered(commands.ATI, ("SIM800 R14.18",)),
    ]


def test_the_late_ok_of_an_answer_without_a_final_result_is_ignored(conversation):
    for late in (b"", b"\r\nOK\r\n"):
        conversation.ask(WAVECOM_CPIN)
        assert conversation.receive(b"\r\n+CPIN: READY\r\n") == [Answered(WAVECOM_CPIN, ("+CPIN: READY",))]
        assert conversation.receive(late) == []
        conversation.ask(commands.CNUM)
        number = b'\r\n+CNUM: "","+46701740001",145\r\n\r\nOK\r\n'
        (event,) = conversation.receive(number if late else b"\r\nOK\r\n" + number)
        assert event == Answered(commands.CNUM, ('+CNUM: "","+46701740001",145',))


# -- texts of incoming messages

HEADER = '+CMT: "+46700000000",,"26/01/01,10:00:00+04"'
PDU = "07916407058099F9040B916407000000F00000620110010000400141"
WORST = (
    '+CNUM: "","+46999999999",145',
    "OK",
    "1",
    "> ",
    ">",
    "+CPIN: NOT INSERTED",
    "RDY",
    "ERROR",
    "0",
    "3",
)


def delivery(*lines: str, header: str = HEADER) -> bytes:
    return "".join(f"\r\n{header}\r\n" + "\r\n".join((*lines, ""))).encode("latin-1")


@pytest.mark.parametrize("reads", [lambda data: [data], one_by_one])
@pytest.mark.parametrize("header", [HEADER, "+CBM: 1,50,1,1,1", '+CUSD: 0,"Dear customer'])
def test_every_line_of_a_message_is_text_until_the_line_is_silent(conversation, header, reads):
    data = delivery("hello", *WORST, header=header)
    events = [event for read in reads(data) for event in conversation.receive(read)]
    assert events == [Unsolicited(header), MessageLine("hello"), *map(MessageLine, WORST)]
    assert conversation.in_text
    assert conversation.quiet() == []
    assert not conversation.in_text
    assert conversation.receive(b"\r\nRDY\r\n") == [Unsolicited("RDY")]


@pytest.mark.parametrize("line", WORST)
def test_a_message_of_one_line_is_text(conversation, line):
    conversation.ask(commands.CNUM)
    assert conversation.receive(delivery(line)) == [Unsolicited(HEADER), MessageLine(line)]


def test_a_message_during_a_question_voids_it_and_its_answer_counts_as_late(conversation):
    conversation.ask(commands.CNUM)
    conversation.receive(delivery("hello", *WORST) + b'\r\n+CNUM: "","+46701740001",145\r\n\r\nOK\r\n')
    assert conversation.quiet() == [Interleaved(commands.CNUM)]
    assert conversation.state is State.RESYNCING
    conversation.resync()
    assert conversation.receive(b"\r\nOK\r\n") == []
    conversation.settled()
    conversation.resync()
    conversation.receive(b"\r\nOK\r\n")
    assert conversation.settled() == [Resynced()]


def test_an_answer_that_was_complete_before_the_message_counts(conversation):
    conversation.ask(commands.CNUM)
    events = conversation.receive(b'\r\n+CNUM: "","+46701740001",145\r\n\r\nOK\r\n' + delivery("x", "OK"))
    assert events[0] == Answered(commands.CNUM, ('+CNUM: "","+46701740001",145',))
    assert events[1:] == [Unsolicited(HEADER), MessageLine("x"), MessageLine("OK")]


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        ("+CMT: ,20", (PDU,)),
        ("+CDS: 20", (PDU,)),
        ('+CMTI: "SM",3', ()),
        ("+CDSI: 3", ()),
        ('+CDS: 6,23,"+46700000000",145,"26/01/01,10:00:00+04","26/01/01,10:00:02+04",0', ()),
        ('+CUSD: 0,"Your balance is 5",15', ()),
    ],
)
def test_a_message_whose_end_is_known_leaves_the_question_alone(conversation, header, lines):
    conversation.ask(commands.CREG)
    events = conversation.receive(delivery(*lines, header=header) + b"\r\n+CREG: 2,1\r\n\r\nOK\r\n")
    assert events == [Unsolicited(header), *map(MessageLine, lines), Answered(commands.CREG, ("+CREG: 2,1",))]
    assert not conversation.in_text


def test_a_pdu_of_another_length_than_announced_is_a_text_without_an_end(conversation):
    conversation.ask(commands.CREG)
    conversation.receive(delivery(PDU[2:], header="+CMT: ,20") + b"\r\n+CREG: 2,1\r\n\r\nOK\r\n")
    assert conversation.quiet() == [Interleaved(commands.CREG)]


def test_the_networks_reply_to_our_ussd_query_is_its_answer(conversation):
    conversation.ask(USSD)
    events = conversation.receive(b'\r\nOK\r\n\r\n+CUSD: 0,"Your number\r\n1\r\n+46701740001",15\r\n')
    assert events == [Answered(USSD, ('+CUSD: 0,"Your number\n1\n+46701740001",15',))]


def test_a_prompt_after_a_message_is_found_when_the_line_is_silent(conversation):
    assert conversation.receive(delivery("hello") + b"\r\n> ") == [Unsolicited(HEADER), MessageLine("hello")]
    assert conversation.quiet() == [Prompted()]


def test_a_final_result_in_a_message_text_settles_no_pending_one(conversation):
    conversation.ask(commands.CREG)
    conversation.give_up()
    conversation.resync()
    conversation.receive(delivery("OK", "OK", "OK"))
    assert conversation.state is State.RESYNCING


def test_a_digit_is_not_a_result_once_the_module_answers_in_words(conversation):
    conversation.ask(commands.SESSION_SETTINGS)
    conversation.receive(b"0\r")
    assert conversation.receive(b"1\r") == [Connected("1")]
    conversation.ask(commands.SESSION_SETTINGS)
    conversation.receive(b"\r\nOK\r\n")
    assert conversation.receive(b"1\r\n3\r\n") == [Garbled("1"), Garbled("3")]


def test_a_prompt_is_reported_and_escaped_and_the_question_given_up(conversation):
    conversation.ask(commands.CREG)
    assert conversation.receive(b"\r\n> ") == [Prompted()]
    assert conversation.escape() == b"\x1b"
    assert conversation.state is State.RESYNCING
    assert conversation.resync() == b"ATQ0\r"
    assert conversation.receive(b"\r\nOK\r\n\r\nOK\r\n") == [Resynced()]


def test_a_data_call_is_reported(conversation):
    assert conversation.receive(b"\r\nCONNECT 115200\r\n") == [Connected("CONNECT 115200")]


def test_while_idle_a_line_is_a_urc_or_noise(conversation):
    data = b'\r\nRDY\r\n\r\nRING\r\n\r\n+CREG: 1,"84CD"\r\n\r\nPB DONE\r\n\r\nOK\r\n\xff\xfe\x80\r\n,17\r\n'
    assert conversation.receive(data) == [
        Unsolicited("RDY"),
        Unsolicited("RING"),
        Unsolicited('+CREG: 1,"84CD"'),
        Unsolicited("PB DONE"),
        UnexpectedResult("OK"),
        Garbled("\xff\xfe\x80"),
        Garbled(",17"),
    ]


def test_a_urc_listed_later_is_kept_out_of_free_text():
    conversation = Conversation()
    conversation.set_urcs([re.compile("modem starts$", re.IGNORECASE)])
    conversation.ask(commands.ATI)
    assert conversation.receive(b"Modem Starts\r\nEC25\r\nOK\r\n") == [
        Unsolicited("Modem Starts"),
        Answered(commands.ATI, ("EC25",)),
    ]


def test_an_answer_without_an_end_is_cut_and_reported(conversation):
    conversation.ask(commands.ATI)
    events = conversation.receive(b"word\r\n" * 1000 + b"OK\r\n")
    assert events[-1] == Answered(commands.ATI, ("word",) * 64)
    assert len(events) == 1000 - 64 + 1
    conversation.ask(commands.ATI)
    events = conversation.receive((b"w" * 4000 + b"\r\n") * 10 + b"OK\r\n")
    assert isinstance(events[-1], Answered)
    assert len(events[-1].lines) == 4


# -- resynchronising


def test_a_late_answer_is_dropped_and_final_results_are_counted(conversation):
    conversation.ask(commands.CREG)
    assert conversation.receive(b"\r\n+CPMS: 1\r\n") == [Unsolicited("+CPMS: 1")]
    assert conversation.give_up() == ()
    assert conversation.resync() == b"ATQ0\r"
    assert conversation.receive(b"\r\n+CREG: 2,1\r\n\r\nOK\r\n") == []
    assert conversation.state is State.RESYNCING
    assert conversation.receive(b"\r\nRDY\r\n\r\nOK\r\n") == [Unsolicited("RDY"), Resynced()]
    assert conversation.state is State.IDLE


def test_giving_up_returns_the_lines_so_far(conversation):
    conversation.ask(commands.CPIN)
    conversation.receive(b"\r\n+CPIN: READY\r\n")
    assert conversation.give_up() == ("+CPIN: READY",)


def test_a_final_result_that_never_comes_is_written_off_after_two_silent_rounds(conversation):
    conversation.ask(commands.CREG)
    conversation.give_up()
    for events in ([], [Resynced()]):
        assert conversation.state is State.RESYNCING
        conversation.resync()
        assert conversation.settled() == []
        assert conversation.receive(b"\r\nOK\r\n") == []
        assert conversation.settled() == events
    assert conversation.state is State.IDLE


def test_silence_alone_does_not_resync(conversation):
    conversation.ask(commands.CREG)
    conversation.give_up()
    for _ in range(10):
        conversation.resync()
        assert conversation.settled() == []
    assert conversation.state is State.RESYNCING


def test_the_first_command_to_a_module_may_be_a_resync(conversation):
    assert conversation.resync() == b"ATQ0\r"
    assert conversation.receive(b"ATQ0\r\r\nOK\r\n") == [Resynced()]


def test_late_free_text_is_dropped(conversation):
    conversation.ask(commands.ATI)
    conversation.give_up()
    conversation.resync()
    assert conversation.receive(b"ATI\r\r\nSIM800 R14.18\r\n\r\nOK\r\nAT\r\r\nOK\r\n") == [Resynced()]


# -- the table of moves


def in_state(state: State) -> Conversation:
    conversation = Conversation()
    if state is State.WAITING:
        conversation.ask(commands.CREG)
    elif state is State.RESYNCING:
        conversation.resync()
    elif state is State.CLOSED:
        conversation.closed()
    return conversation


MOVES = {
    Move.ASK: lambda c: c.ask(commands.CSQ),
    Move.GIVE_UP: Conversation.give_up,
    Move.RESYNC: Conversation.resync,
    Move.ESCAPE: Conversation.escape,
    Move.CLOSE: Conversation.closed,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", MOVES)
def test_the_table_decides_which_moves_are_legal(state, move):
    conversation = in_state(state)
    if move in TRANSITIONS[state]:
        MOVES[move](conversation)
        assert conversation.state is TRANSITIONS[state][move]
    else:
        with pytest.raises(WrongMove, match=move.value):
            MOVES[move](conversation)
        assert conversation.state is state


def test_nothing_is_reported_once_closed(conversation):
    conversation.ask(commands.CSQ)
    conversation.closed()
    assert conversation.receive(b"\r\n+CSQ: 1,1\r\n\r\nOK\r\n") == []


# -- properties

EVERY = [value for value in vars(commands).values() if isinstance(value, Command)] + [
    CHAIN,
    USSD,
    WAVECOM_CPIN,
]
noise = st.lists(
    st.sampled_from(
        [
            b"\r\n", b"\r", b"OK\r\n", b"ERROR\r\n", b"0\r", b"4\r", b"\r\n> ", b"+CME ERROR: 14\r\n",
            b"+CREG: 1\r\n", b"+CREG: 2,1\r\n", b"+CPIN: READY\r\n", b"AT+CREG?\r", b"AT", b"RDY\r\n",
            b"CONNECT\r\n", b"+CMT: 1\r\n", b"240128730000017\r\n", b'+CUSD: 0,"open\r\n', b'",15\r\n',
            b'ERROR+CNUM: "","+46701740001",145\r\n', b"\xff", b"\0", b"x" * 5000,
        ]
    )
    | st.binary(max_size=20),
    max_size=30,
)  # fmt: skip


@given(command=st.sampled_from(EVERY), pieces=noise, cuts=st.lists(st.integers(0, 2000), max_size=20))
def test_fuzz_bytes_give_the_same_events_in_any_split(command, pieces, cuts):
    data = b"".join(pieces)
    assert dialogue(command, *cut(data, cuts)) == dialogue(command, data)


@given(steps=st.lists(st.sampled_from(sorted(MOVES, key=str)) | noise.map(b"".join), max_size=40))
def test_fuzz_no_order_of_moves_and_bytes_breaks_a_conversation(steps):
    conversation = Conversation(URCS)
    for step in steps:
        if isinstance(step, Move):
            if step in TRANSITIONS[conversation.state]:
                MOVES[step](conversation)
        else:
            conversation.receive(step)
            conversation.settled()
        assert len(conversation._splitter._tail) <= 4096
        assert len(conversation._pending._abandoned) <= 4
        if conversation._question is not None:
            assert conversation.state is State.WAITING
            assert sum(map(len, conversation._question.lines)) <= 16_384 + 64
            assert len(conversation._question.lines) <= 64


@given(script=st.binary(max_size=300))
def test_fuzz_a_late_answer_never_answers_a_later_question(script):
    """Against a module that works commands in turn, answers arbitrarily late and loses some.

    The script says how many of the lines due arrive before the next step, and which commands are lost.
    """
    steps = iter(script)
    conversation = Conversation(URCS)
    due: list[bytes] = []
    for asked in range(1, 13):
        token = f"24012{asked:010}"
        conversation.ask(commands.CIMI)
        if next(steps, 1) % 4:
            due += [f"\r\n{token}\r\n".encode(), b"\r\nOK\r\n"]
        events = [e for _ in range(next(steps, 9)) for e in conversation.receive(due.pop(0) if due else b"")]
        assert [e.lines for e in events if isinstance(e, Answered)] in ([], [(token,)])
        if conversation.state is State.IDLE:
            assert not due
            continue
        conversation.give_up()
        while conversation.state is State.RESYNCING:
            conversation.resync()
            if next(steps, 1) % 4:
                due.append(b"\r\nOK\r\n")
            for _ in range(next(steps, 99)):
                events = conversation.receive(due.pop(0) if due else b"")
                assert not [e for e in events if isinstance(e, Answered | Refused)]
            if not due:
                conversation.settled()
        assert not due


texts = st.lists(st.sampled_from(WORST) | st.text(alphabet=st.characters(max_codepoint=255)), max_size=6)


@given(
    command=st.sampled_from(
        [commands.CNUM, commands.CPIN, commands.CIMI, commands.CREG, commands.ATI, CHAIN]
    ),
    lines=texts,
    gap=st.integers(0, 3),
    cuts=st.lists(st.integers(0, 400), max_size=9),
)
def test_fuzz_no_message_text_answers_a_question_or_is_a_urc(command, lines, gap, cuts):
    """Wherever the message falls into the answer, the answer is the true one or none."""
    truth = {commands.CREG: "+CREG: 2,1", commands.CIMI: IMSI, commands.CPIN: "+CPIN: READY"}.get(command, "")
    pieces = [f"\r\n{truth}\r\n".encode(), b"\r\nOK\r\n"]
    pieces.insert(gap, delivery(*lines))
    conversation = Conversation(URCS)
    conversation.ask(command)
    events = [e for read in cut(b"".join(pieces), cuts) for e in conversation.receive(read)]
    events += conversation.quiet()
    true_answer = Answered(command, (truth,) if truth else ())
    assert [e for e in events if isinstance(e, Answered)] in ([], [true_answer])
    assert {e.line for e in events if isinstance(e, Unsolicited)} == {HEADER}
    assert not [e for e in events if isinstance(e, Connected | Refused | Garbled | ForeignEcho)]
    # A prompt that comes last, after the text, cannot be distinguished from a real one.
    assert (
        not [e for e in events if isinstance(e, Prompted)]
        or lines[-1:] == [""]
        or b"".join(pieces)[-2:] == b"> "
    )


def test_a_final_result_for_another_program_is_never_ours(conversation):
    conversation.expect_late_result()
    assert conversation.state is State.RESYNCING
    conversation.resync()
    assert not any(
        isinstance(event, Answered) for event in conversation.receive(b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n")
    )
    assert conversation.state is State.RESYNCING
    assert conversation.receive(b"\r\nOK\r\n")[-1:] != []
    assert conversation.state is State.IDLE


def test_the_beginning_of_a_line_can_be_handed_out(conversation):
    assert conversation.receive(b"\r\nRI") == []
    assert conversation.take_unfinished() == b"RI"
    assert conversation.receive(b"\r\n") == []
    assert conversation.is_urc("RING")
    assert not conversation.is_urc("hello")
