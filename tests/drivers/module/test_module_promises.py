"""A module may answer anything; what is made of it keeps these promises."""

from __future__ import annotations

import asyncio
import re

from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import LinkLost, NoAnswer, Refused
from drivers.module import Module
from drivers.observation import Registration, SimState
from drivers.vendors import DIALECTS
from tests.drivers.scripted_modules import FAMILIES, MemoryLink, ScriptedModule, read_transcript

ICCID, IMSI = "8946120000005000016", "240120000000016"
ASKED_AT_MOST = 120
"""Questions for one identification and one poll, however often each is refused."""

WORDS = st.sampled_from([
    "+CPIN: READY", "+CPIN: SIM PIN", "+CPIN: NOT READY", "+CPIN:", "READY", "+CREG: 2,1", "+CREG: 1", "+CEREG: 2,5",
    "+CGREG: 2,6", "+CSQ: 17,99", "+CSQ: 99,99", '+COPS: 0,0,"TELE2"', '+CNUM: "","+46701740616",145', "+CNUM: ,",
    f"+CCID: {ICCID}", '^ICCID: "98642100000005001006"', ICCID, f"{ICCID}F", IMSI, f"+CIMI: {IMSI}", "490154203237518",
    '+CRSM: 144,0,"98642100000005001006"', '+CRSM: 144,0,"0000001C6F40040011F0220102011C"', '+CRSM: 106,130,""',
    "^SYSINFO:2,3,0,5,1", "^SYSINFO:0,0,0,0,255", "#QSS: 1,0", "+CSMINS: 1,0", "+CFUN: 0", "Quectel", "SIM800 R14.18",
    "RDY", "+CME ERROR: 10", "OK", "ERROR",
])  # fmt: skip
TEXT = st.text(max_size=40) | st.text(alphabet='+CREGPINUMQ:,0123456789"F^#* ', max_size=60)
LINES = st.lists(WORDS | TEXT, max_size=4).map(tuple)
CODES = st.none() | st.sampled_from(
    [0, 3, 4, 10, 11, 12, 13, 14, 17, 30, 100, 262, 310, 515, 532, 772, -1, 10**9]
)
ANSWERS = (
    LINES | st.builds(Refused, st.just("AT"), CODES, TEXT, LINES) | st.builds(NoAnswer, st.just("AT"), LINES)
)
EXCHANGES = st.tuples(ANSWERS, st.lists(WORDS | TEXT, max_size=2))
"""The answer to one question, and the lines that come unasked meanwhile."""


class Anything:
    """A link that answers with whatever comes next, then as `last`; URCs go to `on_urc` meanwhile."""

    def __init__(self, script, last):
        self.script, self.last = list(script), last
        self.on_urc = lambda line: None
        self.asked = 0
        self.lines = []

    async def ask(self, command, timeout=None):  # noqa: ASYNC109  as the link has it
        self.asked += 1
        answer, urcs = self.script.pop(0) if self.script else (self.last, ())
        for line in urcs:
            self.on_urc(line)
        if isinstance(answer, Exception):
            self.lines += getattr(answer, "lines", ())
            raise answer
        self.lines += answer
        return answer


def swapped(digits):
    return "".join(b + a for a, b in zip(digits[::2], digits[1::2], strict=True))


async def polls(script, last, dialect, count):
    link = Anything(script, last)
    module = Module("any", link, clock=lambda: 1.0, dialect=dialect)
    link.on_urc = module.on_urc
    for _ in range(count):
        link.asked, published = 0, []
        seen = await module.poll(published.append)
        yield seen, published, link


@given(st.lists(EXCHANGES, max_size=60), ANSWERS, st.sampled_from([None, *DIALECTS]))
def test_fuzz_whatever_is_answered_a_poll_is_bounded_and_contains_only_what_was_answered(
    script, last, dialect
):
    async def run():
        async for seen, published, link in polls(script, last, dialect, 3):
            assert link.asked <= ASKED_AT_MOST
            for one in (seen, *published):
                hold(one, "\n".join(link.lines).upper())

    asyncio.run(run())


def hold(seen, said):
    """Every fact is in a line that the module sent since the beginning."""
    if seen.iccid is not None:
        assert re.fullmatch(r"89[0-9]{4}[0-9A-F]{12,14}", seen.iccid)
        bare = seen.iccid.rstrip("F")
        assert bare in said or swapped(bare.ljust(20, "F")) in said
    if seen.imsi is not None:
        assert re.fullmatch(r"[0-9]{6,15}", seen.imsi)
        assert seen.imsi in said
    if seen.complete and seen.sim is SimState.READY:
        assert "READY" in said or seen.imsi in said
        assert re.search(r"\+C5?[GE]?REG", said), "a registration comes from nothing else"
    assert seen.signal_dbm is None or -140 <= seen.signal_dbm <= -40
    for number in seen.numbers or ():
        assert re.fullmatch(r"\+?[0-9*#ABC]{1,40}", number.text)


@given(st.lists(st.tuples(LINES, st.just(())), max_size=60), st.integers(0, 60))
def test_fuzz_a_port_that_ends_is_reported_as_that_and_nothing_else_is_raised(script, place):
    script = script[:place]

    async def run():
        try:
            async for _ in polls(script, LinkLost("unplugged"), None, 40):
                pass
        except LinkLost:
            return
        raise AssertionError("it must have been noticed")

    asyncio.run(run())


NOISE = st.sampled_from([
    b"", b"\r\nRING\r\n", b"\r\n+CREG: 5\r\n", b'\r\n+CREG: 3,"8B37","0A265185"\r\n', b"\r\n+CPIN: READY\r\n",
    b"\0\0\0",
    b"\xff\xfe\x80\x9e", b"\r\n\r\n", b'\r\n+CMTI: "SM",3\r\n', b"\r\n^RSSI:19\r\n", b"\r\nUNDER-VOLTAGE WARNNING\r\n",
    b'\r\n+CUSD: 0,"OK",15\r\n', b"AT+CMGL=4\r", b"\r\n+CSQ: 3,99\r\n",
])  # fmt: skip


class Unsteady(ScriptedModule):
    """Does not hear some of what it is asked, by its place in the dialogue."""

    lost: frozenset[int] = frozenset()

    def hear(self, data):
        if len(self.asked) in self.lost:
            self.asked.append("")
            return b""
        return super().hear(data)


@given(
    st.sampled_from(FAMILIES),
    st.dictionaries(st.integers(0, 60), NOISE),
    st.dictionaries(st.integers(0, 60), NOISE),
    st.dictionaries(st.integers(0, 60), NOISE),
    st.sets(st.integers(0, 60), max_size=3),
    st.booleans(),
)
def test_fuzz_noise_and_lost_answers_never_make_another_sim_of_a_real_dialogue(
    family, before, within, after, lost, octets
):
    transcript = read_transcript(family).case("")
    said = Unsteady(transcript)
    said.before.update(before)
    said.within.update(within)
    said.after.update(after)
    said.lost = frozenset(lost)
    link = MemoryLink(said, octets=octets)
    module = Module(family, link, clock=lambda: 1.0)
    link.on_urc = module.on_urc
    facts = transcript.facts

    async def run():
        for _ in range(4):
            seen = await module.poll(lambda _: None)
            assert seen.iccid in {None, facts["iccid"]}
            assert seen.imsi in {None, facts["imsi"]}
            # Silence to a domain that it never answered leaves the others, and is named: too few, never too many.
            told = seen.registration in {None, Registration(int(facts["registration"]))}
            assert told or (not seen.registration.receives and "no answer to" in seen.detail)
        assert seen is not None

    asyncio.run(run())
