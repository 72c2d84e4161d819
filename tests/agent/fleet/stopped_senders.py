"""Processes that are stopped between the last check and the body of a request, and a server that notes what it gets."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from real_processes import boottime

from agent.fleet.fence import Fence, FencedSender
from agent.fleet.mark import RequestMark
from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline

LEADS_FOR = 0.6
MARGIN = 0.4
_FORK = multiprocessing.get_context("fork")


class Until:
    """A right to speak that ends at an instant."""

    def __init__(self, deadline):
        self.deadline = deadline

    def budget(self, now):
        left = self.deadline - now
        return left if left > 0.1 else 0.0


class Market:
    """Notes when each list arrived."""

    def __init__(self):
        self.arrived = []
        market = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                market.arrived.append(boottime())
                answer = b'{"response":1}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Stopped(Fence):
    """A fence whose process is stopped right after its last check has passed."""

    def _may_send(self):
        may = super()._may_send()
        os.kill(os.getpid(), signal.SIGSTOP)
        return may


def _send(url, folder, deadline, timer):
    async def one():
        mark = RequestMark(Path(folder) / "mark")
        fence = Stopped(Until(deadline), margin=MARGIN, clock=boottime, mark=mark, on_late=lambda: None)
        if not timer:
            fence._timer = None
        async with open_session() as session:
            entry = NumberEntry(number="+46701", country_id=46, port_id="a/Port1", rent=0)
            await FencedSender(OnlinesimClient(session, url, None), fence).send(
                SendNumbersOnline(numbers=(entry,))
            )

    asyncio.run(one())


def stop_between_check_and_body(folder: Path, trials: int, *, timer: bool = True, at_once: int = 5):
    """Return how each process ended, and how many lists arrived after their sender's deadline."""
    codes, stale = [], 0
    with Market() as market:
        for first in range(0, trials, at_once):
            market.arrived.clear()
            deadline = boottime() + LEADS_FOR + 0.4
            senders = []
            for number in range(first, min(first + at_once, trials)):
                (place := folder / str(number)).mkdir()
                senders.append(_FORK.Process(target=_send, args=(market.url, str(place), deadline, timer)))
            for sender in senders:
                sender.start()
            time.sleep(max(0.0, deadline + MARGIN - boottime()))  # the time after which nobody may send
            for sender in senders:
                if sender.is_alive():
                    os.kill(sender.pid, signal.SIGCONT)
                sender.join(10)
                codes.append(sender.exitcode)
            stale += sum(at > deadline for at in market.arrived)
    return codes, stale
