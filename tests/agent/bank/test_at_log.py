"""The dialogue that people may follow: bounded, whole lines, masked."""

from __future__ import annotations

import asyncio

import pytest

from agent.bank.at_log import AtLog, AtLogs, Sender


@pytest.fixture
def at_log():
    logs = at_logs()
    log = logs.of("Port1")
    log.follow = lambda: logs.follow(["Port1"])
    return log


def at_logs():
    return AtLogs(clock=lambda: 10.0, wall=lambda: 1000.0, personal=False)


@pytest.mark.parametrize(("followed", "heard"), [(("Port1", "Port2"), "12"), ((), "123"), (("Port2",), "2")])
async def test_several_modules_are_followed_at_once_and_all_with_those_to_come(followed, heard):
    logs = at_logs()
    old = [logs.of(name) for name in ("Port1", "Port2")]
    reading = logs.follow(followed)
    first = asyncio.ensure_future(anext(reading))
    await asyncio.sleep(0)
    for number, log in enumerate([*old, logs.of("Port3")], 1):
        log.note_bytes(Sender.MODULE, b"%d\r\n" % number)
    lines = [await first, *[await anext(reading) for _ in heard[1:]]]
    assert [(line.module, line.text) for line in lines] == [(f"Port{one}", one) for one in heard]
    await reading.aclose()
    assert not any(log.followed for log in (*old, logs.of("Port3"), logs.of("Port4")))


async def read(at_log: AtLog, *passed: tuple[Sender, bytes]) -> list[tuple[str, str]]:
    lines = []

    async def reader() -> None:
        async for line in at_log.follow():
            lines.append((line.sender.value, line.text))  # noqa: PERF401  it never ends, so nothing can be extended

    task = asyncio.create_task(reader())
    await asyncio.sleep(0)
    for sender, data in passed:
        at_log.note_bytes(sender, data)
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return lines


async def test_lines_come_whole_however_the_bytes_came(at_log):
    lines = await read(
        at_log,
        (Sender.AGENT, b"AT+CPIN?\r"),
        (Sender.MODULE, b"\r\n+CP"),
        (Sender.MODULE, b"IN: READY\r\n\r\nOK\r\n"),
    )
    assert lines == [("agent", "AT+CPIN?"), ("module", "+CPIN: READY"), ("module", "OK")]


async def test_what_is_personal_is_masked(at_log):
    assert await read(at_log, (Sender.MODULE, b"8946120000005000016\r\n")) == [("module", "8946…016")]


async def test_an_unprintable_byte_in_front_unmasks_nothing(at_log):
    assert await read(at_log, (Sender.MODULE, b"\0008946120000005000016\r\n")) == [
        ("module", "\\x008946…016")
    ]


async def test_unprintable_bytes_are_shown_and_do_no_harm_to_a_terminal(at_log):
    assert await read(at_log, (Sender.MODULE, b"\x1b[2J\x00\xff\r\n")) == [("module", "\\x1b[2J\\x00ÿ")]


async def test_a_prompt_is_shown_without_a_line_end(at_log):
    assert await read(at_log, (Sender.MODULE, b"\r\n> ")) == [("module", "> ")]


async def test_an_endless_line_is_shown_in_pieces_and_does_not_grow(at_log):
    lines = await read(at_log, *[(Sender.MODULE, b"x" * 1000)] * 20)
    assert sum(len(text) for _, text in lines) >= 15_000
    assert all(len(text) <= 6000 for _, text in lines)


async def test_a_reader_that_is_too_slow_loses_the_oldest(at_log):
    reading = at_log.follow()
    first = asyncio.create_task(anext(reading))
    await asyncio.sleep(0)
    for n in range(5000):
        at_log.note_bytes(Sender.MODULE, b"%d\r\n" % n)
    assert (await first).text == "4000"
    await reading.aclose()
    assert not at_log.followed


def test_without_a_reader_nothing_is_kept(at_log):
    at_log.note_bytes(Sender.MODULE, b"half a li")
    assert at_log._unfinished == {}


def test_the_newest_answer_to_each_command_is_kept(at_log):
    for n in range(100):
        at_log.note_answer(f"AT+Q{n}", (f"{n}",), 0.1)
    at_log.note_answer("AT+Q99", ("8946120000005000016",), 0.5)
    assert len(at_log.answers) == 40
    assert at_log.answers[-1].lines == ("8946…016",)
    assert at_log.answers[-1].at == 9.5


def test_whether_answers_are_masked_is_decided_when_they_are_shown(at_log):
    """So that what came before the setting was changed is masked too."""
    at_log.personal = True
    at_log.note_answer("AT+CCID", ("8946120000005000016",), 0.1)
    assert at_log.answers[-1].lines == ("8946120000005000016",)
    at_log.personal = False
    assert at_log.answers[-1].lines == ("8946…016",)
