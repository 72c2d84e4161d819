"""`alert --test`: a message to each service, what became of it, and the exit code."""

from __future__ import annotations

import http.server
import json
import threading

import pytest
from forked_agent import simbank

pytestmark = pytest.mark.slow


@pytest.fixture
def hook():
    """A web server in a thread; `taken` are the messages that it got."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    taken = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.taken = taken
    server.url = f"json://127.0.0.1:{server.server_port}/topsecret"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def write(folder, alerts):
    (folder / "config.yaml").write_text(
        f"version: 1\nports: [{{path: simulated}}]\nalerts: {alerts}\n", encoding="utf-8"
    )


def test_each_service_gets_a_message_and_its_line(tmp_path, hook):
    write(tmp_path, f"{{urls: ['{hook.url}'], language: ru}}")
    done = simbank(tmp_path, "alert", "--test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "json://… (1): sent\n", "")
    (message,) = hook.taken
    assert message["message"] == "Тестовое сообщение: уведомления с этой машины доходят"

    (tmp_path / "urls").write_text("json://127.0.0.1:1/topsecret\nnonsense topsecret\n")
    write(tmp_path, f"{{urls: ['{hook.url}'], urls_file: urls}}")
    done = simbank(tmp_path, "alert", "--test")
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first == "json://… (1): sent"
    assert second.startswith("json://… (2): not sent: ")
    assert second.endswith(": Connection refused")
    assert "no URL of a service in line 2" in done.stderr
    done = simbank(tmp_path, "alert", "--test", "--json")
    services = json.loads(done.stdout)["services"]
    assert (done.returncode, [one["sent"] for one in services]) == (1, [True, False])
    assert "topsecret" not in done.stdout + done.stderr


def test_without_services_or_without_test_nothing_is_sent(tmp_path):
    write(tmp_path, "{}")
    done = simbank(tmp_path, "alert", "--test")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "there is nobody to alert: set alerts.urls or alerts.urls_file in config.yaml\n"
    done = simbank(tmp_path, "alert")
    assert (done.returncode, done.stderr) == (2, "alert: --test sends a test message to each service\n")
    write(tmp_path, "{urls: [topsecret]}")
    done = simbank(tmp_path, "alert", "--test")
    assert done.returncode == 78
    assert "topsecret" not in done.stderr
