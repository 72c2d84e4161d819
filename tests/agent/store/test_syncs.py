"""How often the disk itself is asked to keep something, counted by strace: a memory card must live for years."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap

from missing import missing, need

MOST_FOR_A_COMMIT = 3
MOST_TO_EMPTY_THE_JOURNAL = 3
BUSY_MINUTES = 9

PROGRAM = textwrap.dedent("""
    import asyncio, os, sys, time
    from pathlib import Path
    from types import SimpleNamespace
    from agent.store import writer
    from agent.store.history import Minute
    from agent.store.past import Happened, SentReport
    from agent.store.store import Store

    BUSY_MINUTES = int(sys.argv[2])
    CALENDAR = {"strftime": time.strftime, "gmtime": time.gmtime}

    def mark():
        os.getpriority(os.PRIO_PROCESS, 0)

    async def main():
        now = [1_796_000_000.0]
        store = Store(Path(sys.argv[1]), wall=lambda: now[0])
        for n in range(10):  # each change adds what a report says
            mark()
            store.cards.placed(f"89461200000050{n:05d}", "240120000000016", f"Port{n}")
            store.note_live({f"Port{m}": f"89461200000050{m:05d}" for m in range(n + 1)})
            store.places.number({f"usb-1-{n}:1.0": n + 1})
            await store.before_report()
            assert not store._writer.owes
        mark()
        for minute in range(30):  # minutes in which nothing comes, with removals, heartbeats, history and the plot
            now[0] += 60.0
            store.note_alive()
            store.note_minute(Minute(at=int(now[0]), live=10, lowest=9, highest=10, cap=16))
            for n in range(10):
                store.cards.saw(f"89461200000050{n:05d}", "240120000000016", f"Port{n}")
            store.note_live({f"Port{m}": f"89461200000050{m:05d}" for m in range(max(0, 9 - minute))})
            store.past.note_alive()
            store.past.note(Happened(3, f"Port{n}", f"894612{n}", None, "no_sim") for n in range(20))
            store.past.note_report(SentReport(
                at=now[0], method="sendNumbersOnline", outcome="accepted", status=200, numbers=1, took_s=0.1,
                message="",
            ))
            assert not store._writer.must_wait()
            await store.before_report()
            assert store.flush(5)
        mark()
        writer.EMPTY_EVERY = 0.0
        store.cards.note_ussd("8946120000005000016")
        assert store.flush(5)
        writer.EMPTY_EVERY = 600.0
        store.cards.note_ussd("8946120000005000024")
        assert store.flush(5)
        mark()
        store.cards.placed("8946120000005000099", "240120000000016", "Port1")
        await store.before_report()
        mark()
        past = [0.0]
        writer.time = SimpleNamespace(monotonic=lambda: time.monotonic() + past[0], **CALENDAR)
        for minute in range(BUSY_MINUTES):  # in which ten times as much is written as a bank ever has to tell
            past[0] += 60.0
            for n in range(writer.MANY_IN_JOURNAL + 1):
                store.cards.note_ussd(f"8946120000006{n:05d}{minute}")
            assert store.flush(10)
        mark()
        store.close()

    asyncio.run(main())
""")


def test_what_a_report_adds_costs_one_synced_commit_and_all_else_one_sync_a_minute(tmp_path):
    need("strace")
    calls = tmp_path / "calls"
    trace = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=fsync,fdatasync,sync_file_range,msync,getpriority",
        "-o",
        str(calls),
    ]
    done = subprocess.run(
        [*trace, sys.executable, "-c", PROGRAM, str(tmp_path / "simbank.db"), str(BUSY_MINUTES)],
        check=False,
        capture_output=True,
        text=True,
    )
    if "Operation not permitted" in done.stderr:
        missing("strace may not trace here")
    assert done.returncode == 0, done.stderr
    syncs = [0]
    for line in calls.read_text().splitlines():
        if "getpriority(" in line:
            syncs.append(0)
        elif "resumed" not in line and "exited" not in line:
            syncs[-1] += 1
    _start, *adding, quiet, emptied, after, busy, _end = syncs
    assert len(adding) == 10
    assert all(1 <= count <= MOST_FOR_A_COMMIT for count in adding), syncs
    assert quiet == 0, syncs
    assert emptied <= MOST_TO_EMPTY_THE_JOURNAL, syncs
    assert 1 <= busy <= BUSY_MINUTES, syncs
    assert 1 <= after <= MOST_FOR_A_COMMIT, syncs
    assert sum(itertools.islice(adding, 1, None)) == 9, syncs  # one each, once the journal is there
