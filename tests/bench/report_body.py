"""How much CPU the report of a very long list takes: run by `make bench`, or alone.

    .venv/bin/python tests/bench/report_body.py

An entry is made once, when its number joins; a report is written from all. Printed are the CPU time of a
message with its body, of the entries, and of what an unchanged list costs from the offer to the body.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from agent.onlinesim.messages import NumberEntry, SendNumbersOnline
from agent.onlinesim.outcome import Accepted
from agent.onlinesim.schedule import ReportPolicy, Schedule

NUMBERS: Final = 64_000
MARK_MS: Final = 50.0
ROUNDS: Final = 7


def entries(count: int) -> tuple[NumberEntry, ...]:
    """Return so many entries, each with every field."""
    return tuple(
        NumberEntry(
            number=f"+4670{index:07}",
            country_id=46,
            operator=24012,
            date_start=1_658_209_063,
            port_id=f"Port{index}",
            rent=0,
        )
        for index in range(count)
    )


def cpu_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the least CPU time of several rounds: other programs can only add to it."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times) * 1000


def unchanged(made: tuple[NumberEntry, ...]) -> Callable[[], object]:
    """Return a heartbeat of an unchanged list, from the offer to the body."""
    schedule = Schedule(ReportPolicy(), lambda: 1.0, now=0.0)
    at = 0.0

    def beat() -> object:
        nonlocal at
        at += 240.0
        schedule.offer(made, at)
        message = schedule.take(at)
        body = message.body if message is not None else None
        schedule.finished(Accepted(), at)
        return body

    beat()
    return beat


def measure(count: int = NUMBERS) -> dict[str, float]:
    """Return the figures in ms of CPU time, and the body's length in octets."""
    made = entries(count)
    return {
        "numbers": count,
        "octets": len(SendNumbersOnline(numbers=made).body),
        "body_ms": cpu_ms(lambda: SendNumbersOnline(numbers=made).body),
        "entries_ms": cpu_ms(lambda: entries(count), 1),
        "heartbeat_ms": cpu_ms(unchanged(made)),
    }


def main() -> int:
    """Print the figures; exit 1 where the body takes more than its mark."""
    found = measure()
    print(
        f"report of {found['numbers']:,} numbers: {found['body_ms']:.1f} ms of CPU for a body of"
        f" {found['octets'] / 1e6:.1f} MB; making the entries once {found['entries_ms']:.0f} ms;"
        f" a heartbeat of the unchanged list {found['heartbeat_ms']:.2f} ms"
    )
    within = found["body_ms"] <= MARK_MS
    print(
        f"{'ok  ' if within else 'MISS'} body of a report: {found['body_ms']:.1f} ms of CPU (mark {MARK_MS:.0f});"
        " .venv/bin/python tests/bench/report_body.py",
        file=sys.stderr,
    )
    return int(not within)


if __name__ == "__main__":
    sys.exit(main())
