"""The child that sends alerts makes no system call that the systemd unit forbids, whatever Apprise does in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from missing import missing, need

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "agent/install/system/simbank-agent.service").read_text(encoding="utf-8")
URLS = (
    "json://127.0.0.1:1/hook",
    "jsons://127.0.0.1:1/hook",
    "mailto://127.0.0.1:1?from=a@example.org&to=b@example.org&smtp=127.0.0.1&mode=insecure",
    "json://localhost:1/hook",
)


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """What the child asks of the kernel, one line for each call."""
    need("strace")
    trace = tmp_path_factory.mktemp("child") / "trace"
    messages = [{"url": url, "title": "t", "body": "b", "kind": "info"} for url in URLS]
    request = {"path": sys.path, "within": 60, "send": True, "messages": messages}
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", str(trace), sys.executable, "-I", str(ROOT / "agent/alerts/child.py")],
        input=json.dumps(request).encode(),
        capture_output=True,
        timeout=200,
        check=False,
    )
    if not trace.exists() or b"ptrace" in done.stderr:
        missing("strace may not trace here")
    assert len(done.stdout.splitlines()) == len(URLS), done
    return trace.read_text(encoding="utf-8", errors="replace").splitlines()


def settings(name):
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT)


def sets_of_systemd():
    need("systemd-analyze", "systemd")
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    sets: dict[str, list[str]] = {}
    for line in listed.splitlines():
        if line.startswith("@"):
            within = sets.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.strip().startswith("#"):
            within.append(line.strip())
    return sets


def allowed():
    """The calls that the unit's filter lets through."""
    sets = sets_of_systemd()

    def calls_of(name):
        if not name.startswith("@"):
            return {name}
        return set().union(*map(calls_of, sets[name]))

    found: set[str] = set()
    for line in settings("SystemCallFilter"):
        names = set().union(*map(calls_of, line.lstrip("~").split()))
        found = found - names if line.startswith("~") else found | names
    return found


@pytest.mark.slow
def test_every_call_is_one_that_the_filter_lets_through(calls):
    made = {found[1] for line in calls if (found := re.match(r"\d+ +(\w+)\(", line))}
    assert {"socket", "connect", "execve", "setpriority", "prlimit64"} <= made
    assert made - allowed() == set()


@pytest.mark.slow
def test_the_families_of_its_sockets_are_allowed_and_no_memory_is_written_and_executed(calls):
    text = "\n".join(calls)
    families = set(re.findall(r"\bsocket\((AF_\w+)", text))
    assert "AF_INET" in families
    assert families <= set(settings("RestrictAddressFamilies")[0].split())
    assert re.findall(r"\b(?:mmap|mprotect|pkey_mprotect)\(.*PROT_WRITE\|PROT_EXEC.*", text) == []


@pytest.mark.slow
def test_it_writes_nothing_but_its_own_score(calls):
    written = re.findall(r'\bopen(?:at)?\([^"]*"([^"]+)", [^)]*O_(?:WRONLY|RDWR)', "\n".join(calls))
    assert {path for path in written if not path.startswith("/dev/")} <= {"/proc/self/oom_score_adj"}
