"""The child that sends, with real services on this machine: webhook, mail, one that never answers."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
import os
import select
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

from agent.alerts import child
from agent.alerts.courier import Courier, Delivery, receipts_of
from agent.alerts.texts import Kind, Message

pytestmark = pytest.mark.slow
MESSAGE = Message("bank-1: Потерян 1 модуль", "Потерян 1 модуль: Port1\n<b>61</b> & 3", Kind.WARNING)
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def hook():
    """A web server; `received` has what was posted, by path. /fails answers 500, /hangs never."""
    received = asyncio.Queue()
    over = asyncio.Event()

    async def post(request):
        body = await request.json()
        if request.path == "/hangs":
            await over.wait()
        await received.put((request.path, body))
        return web.Response(status=500 if request.path == "/fails" else 200)

    async def report(_):
        return web.Response(text="1")

    app = web.Application()
    app.router.add_post("/{path:.*}", post)
    app.router.add_get("/report", report)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    received.port = site._server.sockets[0].getsockname()[1]
    yield received
    over.set()
    await runner.cleanup()


class Mailbox:
    """What an SMTP server took."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  aiosmtpd's name
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"


@pytest.fixture
async def mailbox():
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()
    await server.wait_closed()


def mail_url(port):
    return f"mailto://127.0.0.1:{port}/?from=bank@example.org&to=op@example.org&mode=insecure&smtp=127.0.0.1"


async def test_a_webhook_and_a_mail_arrive_whole(hook, mailbox):
    urls = (f"json://127.0.0.1:{hook.port}/hook", mail_url(mailbox.port))
    receipts = await Courier().send([Delivery(url, MESSAGE) for url in urls])

    assert [receipt.sent for receipt in receipts] == [True, True], receipts
    path, body = hook.get_nowait()
    assert (path, body["title"], body["message"], body["type"]) == (
        *("/hook", MESSAGE.title, MESSAGE.body, "warning"),
    )
    (mail,) = mailbox.mails
    assert mail["subject"] == MESSAGE.title
    assert "Port1" in mail.get_body(("html", "plain")).get_content()
    assert "apprise" not in sys.modules


async def test_each_failure_has_its_cause_and_shows_no_part_of_the_url(hook):
    urls = [
        f"json://oper:hunter22@127.0.0.1:{hook.port}/fails?+x=tokentoken",
        "json://127.0.0.1:1/secretpath",
        "tgram://123456789:AAbbccddeeffgghh_secret/987654321/",
        "nosuchservice://topsecret",
        "tgram://topsecret",
    ]
    receipts = await Courier().send([Delivery(url, MESSAGE) for url in urls])

    whys = [receipt.why for receipt in receipts]
    assert not any(receipt.sent for receipt in receipts)
    assert "500" in whys[0]
    assert "Connection refused" in whys[1]
    assert "knows no such service" in whys[3]
    assert "knows no such service" in whys[4]
    said = " ".join(whys)
    for secret in (
        "hunter22",
        "oper",
        "tokentoken",
        "secretpath",
        "AAbbcc",
        "123456789",
        "987654321",
        "topsecret",
    ):
        assert secret not in said


async def test_a_service_that_never_answers_delays_neither_another_nor_the_agent(hook):
    courier = Courier()
    order = []

    async def send():
        urls = (f"json://127.0.0.1:{hook.port}/hangs", f"json://127.0.0.1:{hook.port}/hook")
        receipts = await courier.send([Delivery(url, MESSAGE) for url in urls])
        order.append("alerts")
        return receipts

    async def report():
        await hook.get()  # the other service has its message: the child is at work
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", hook.port)
            writer.write(b"GET /report HTTP/1.0\r\n\r\n")
            assert (await reader.read()).endswith(b"1")
            writer.close()
        order.append("reports")

    receipts, _ = await asyncio.gather(send(), report())
    assert order == ["reports", "alerts"]
    assert [(one.sent, one.may_have_arrived) for one in receipts] == [(False, True), (True, False)]


def program(tmp_path, text):
    file = tmp_path / "child.py"
    file.write_text(
        "import json, os, signal, subprocess, sys, time\n" + textwrap.dedent(text), encoding="utf-8"
    )
    return file


async def test_a_child_that_hangs_dies_with_all_that_it_started(tmp_path):
    file = program(
        tmp_path,
        f"""
        there = subprocess.Popen(["sleep", "1000"])
        open({str(tmp_path / "pids")!r}, "w").write(f"{{os.getpid()}} {{there.pid}}")
        signal.pause()
    """,
    )
    (receipt,) = await Courier(program=file, within=2.0).send([Delivery("json://x", MESSAGE)])

    assert not receipt.sent
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        await asyncio.to_thread(gone, pid)


def gone(pid):
    """Wait until a process has ended."""
    with contextlib.suppress(ProcessLookupError):
        ending = os.pidfd_open(pid)
        select.select([ending], [], [])  # readable once it has
        os.close(ending)


async def test_no_secret_is_in_arguments_or_environment_and_none_of_the_agents_reaches_the_child(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("ONLINESIM_API_KEY", "keykeykey")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:3128")
    file = program(
        tmp_path,
        """
        request = json.loads(sys.stdin.read())
        said = json.dumps([sys.argv, open("/proc/self/cmdline").read(), dict(os.environ)])
        print(json.dumps({"at": 0, "ok": False, "why": said}))
    """,
    )
    (receipt,) = await Courier(program=file).send([Delivery("json://topsecret", MESSAGE)])

    assert "topsecret" not in receipt.why
    assert "keykeykey" not in receipt.why
    assert "127.0.0.1:3128" in receipt.why


async def test_at_the_end_the_child_is_ended_and_none_is_started_any_more(tmp_path):
    file = program(tmp_path, f"open({str(tmp_path / 'began')!r}, 'w').close(); signal.pause()")
    courier = Courier(program=file)
    sending = asyncio.ensure_future(courier.send([Delivery("json://x", MESSAGE)]))
    while not (tmp_path / "began").exists():
        await asyncio.sleep(0.01)
    courier.end()
    assert not (await sending)[0].sent
    (tmp_path / "began").unlink()
    assert not (await courier.send([Delivery("json://x", MESSAGE)]))[0].sent
    assert not (tmp_path / "began").exists()


async def test_without_apprise_the_receipt_says_so(monkeypatch):
    monkeypatch.setattr(sys, "path", [one for one in sys.path if "site-packages" not in one])
    (receipt,) = await Courier().send([Delivery("json://x", MESSAGE)])
    assert "Apprise cannot be loaded" in receipt.why


async def test_a_program_that_cannot_be_started_is_a_failure(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    (receipt,) = await Courier().send([Delivery("json://x", MESSAGE)])
    assert "cannot be started" in receipt.why


async def test_urls_are_looked_at_and_nothing_is_sent(hook):
    urls = [f"json://127.0.0.1:{hook.port}/hook", "tgram://x", "foo://bar"]
    assert [one.sent for one in await Courier().examine(urls)] == [True, False, False]
    assert hook.empty()


@pytest.mark.parametrize(
    "answers", [b"", b"nonsense\n", b'{"at": 7, "ok": true, "why": ""}\n', b'{"at": 0}\n[]\n{"at": null}\n']
)
def test_answers_that_are_none_leave_the_message_unanswered(answers):
    (receipt,) = receipts_of(answers, 1)
    assert not receipt.sent
    assert receipt.may_have_arrived


def test_a_childs_answers_count_as_far_as_they_came():
    answers = b'{"at": 1, "ok": true, "why": ""}\n{"at": 0, "ok"'
    assert [one.sent for one in receipts_of(answers, 2)] == [False, True]


def test_parts_of_a_url_are_hidden_in_any_case_and_quoted_or_not():
    url = "json://user:p%40ssword@Host.example/AbCd?k=val%20ue"
    text = "p@ssword p%40ssword host.example abcd VAL UE val%20ue k"
    assert child.without_secrets(text, url) == "… … … … … … k"


def test_the_child_ends_by_the_kernels_clock_when_its_agent_was_killed(tmp_path):
    """`confine` alone ends a process that nobody waits for."""
    code = "import child, signal; child.confine(-0.9); signal.pause()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "agent/alerts", timeout=100, check=False)
    assert done.returncode == -14


def test_apprise_is_only_in_the_child():
    code = "import agent.app.wiring, agent.cli.run, json, sys; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert not {"apprise", "requests", "yaml"} & set(json.loads(done.stdout))
