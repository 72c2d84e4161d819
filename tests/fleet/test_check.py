"""`check` of a fleet, against a real engine: each thing that would keep a host out, once."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import time

import pytest
from host_rights import host_rights
from redis_server import RedisServer

from agent.check.finding import Level
from agent.check.fleet import FleetInput, check_fleet
from agent.fleet.engine import Engine
from agent.fleet.words import Beat, Record, Stage
from agent.formats.engine_url import parse

RUN = "a" * 16
ACL = host_rights("pass")


def beat(seq=1, **changes):
    made = Beat(
        run=RUN, seq=seq, version=1, stage=Stage.RUNNING, modules=64, live=60, lease=30.0, may_lead=True
    )
    return dataclasses.replace(made, **changes).text()


def record(**changes):
    made = Record(host="bank-2", run=RUN, epoch=3, seq=9, lease=30.0, key="the-key")
    return dataclasses.replace(made, **changes).text()


@contextlib.asynccontextmanager
async def checking(url, **changes):
    """Yield a function that runs the check."""
    parsed = parse(url)
    engine = Engine(parsed, "main", name="check", ca_file=changes.pop("ca_file", None))

    async def no_sleep(_seconds):
        changed = changes.get("meanwhile")
        if changed is not None:
            await changed()

    given = FleetInput(
        engine=engine, url=parsed, host="bank-1", lease=30.0, lead=True, cap=None, modules=64, key="the-key",
        is_member=False, sleep=no_sleep, clock=time.monotonic,
    )  # fmt: skip
    given = dataclasses.replace(
        given, **{name: value for name, value in changes.items() if name != "meanwhile"}
    )
    try:
        yield await check_fleet(given)
    finally:
        await engine.close()


@pytest.fixture
async def redis(tmp_path):
    async with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def url(redis):
    return f"redis://127.0.0.1:{redis.port}"


def bad(findings):
    return [(found.level, found.text, found.fix) for found in findings if found.level is not Level.OK]


def texts(findings):
    return [found.text for found in findings]


async def test_an_empty_engine_is_good_and_joining_changes_every_port_id(url):
    async with checking(url) as findings:
        assert [text for _, text, _ in bad(findings)] == [
            "joining changes every port_id: Port1 becomes bank-1/Port1"
        ]
        said = "\n".join(texts(findings))
    assert "answers without TLS, on this machine: redis 7" in said or "valkey" in said
    assert "every command of a host was tried" in said
    assert "there is no leader yet" in said
    assert "the name bank-1 is free" in said
    assert "64 modules together" in said


async def test_a_member_sees_the_others_the_leader_and_the_sum(redis, url):
    await redis.ask("HSET", "sb1:{main}:hosts", "bank-1", beat(), "bank-2", beat(), "bank-3", beat())
    await redis.ask("SET", "sb1:{main}:leader", record())
    async with checking(url, is_member=True) as findings:
        assert bad(findings) == []
        said = "\n".join(texts(findings))
    assert "bank-2 is the leader, term 3; server and key agree" in said
    assert "2 other hosts run: bank-2, bank-3" in said
    assert "this host is part of it as bank-1" in said
    assert "192 modules together" in said


async def test_what_disagrees_between_the_hosts_is_told(redis, url):
    await redis.ask(
        "HSET",
        "sb1:{main}:hosts",
        "bank-2",
        beat(live=9000, lease=60.0, may_lead=False),
        "bank-3",
        "nonsense",
    )
    await redis.ask("SET", "sb1:{main}:leader", record(key="other"))
    async with checking(url, cap=100, lead=False, is_member=True) as findings:
        found = bad(findings)
    assert [text for _, text, _ in found] == [
        "bank-2 reports to another server, or with another key",
        "the beats of bank-3 cannot be read",
        "the hosts have 128 modules together, fleet.modules is 100",
        "9000 numbers make a list of 1.1 MB at each change",
        "the hosts have different leases: 30s, 1m",
        "no host may lead: all have lead: false",
    ]
    assert "mode: incremental" in found[3][2]
    assert [level for level, _, _ in found].count(Level.PROBLEM) == 2


async def test_a_name_is_taken_when_its_beat_moves_on(redis, url):
    await redis.ask("HSET", "sb1:{main}:hosts", "bank-1", beat())
    async with checking(url) as findings:
        assert "the name bank-1 is free: its last agent has ended" in texts(findings)

    async def moves_on():
        await redis.ask("HSET", "sb1:{main}:hosts", "bank-1", beat(seq=2))

    async with checking(url, meanwhile=moves_on) as findings:
        assert (
            Level.PROBLEM,
            "another agent calls itself bank-1",
            "give each host its own fleet.host",
        ) in bad(findings)


async def test_nothing_that_it_tries_is_left_for_the_fleet_to_read(redis, url):
    async with checking(url):
        pass
    assert await redis.ask("HLEN", "sb1:{main}:hosts") == ":0"
    assert await redis.ask("EXISTS", "sb1:{main}:leader", "sb1:{main}:said", "sb1:{main}:check:hash") == ":0"


@pytest.mark.parametrize(
    ("rights", "password", "words", "fix"),
    [
        (ACL, "pass", None, None),
        (ACL, "wrong", "invalid username-password pair", "correct user and password in fleet.redis"),
        (ACL.replace(" +pexpire", ""), "pass", "refuses pexpire", "rights of docs/fleet.md"),
        (
            ACL.replace("~sb1:{main}", "~sb1:{other}"),
            "pass",
            "no permissions to access",
            "rights of docs/fleet.md",
        ),
        (ACL.replace("&sb1:{main}:*", "&other"), "pass", "refuses publish", "rights of docs/fleet.md"),
    ],
)
async def test_login_and_rights_are_tried(tmp_path, rights, password, words, fix):
    users = tmp_path / "users.acl"
    users.write_text(f"user default off\n{rights}\n")
    redis = RedisServer(tmp_path, "--aclfile", str(users), login=("bank", "pass"))
    async with redis, checking(f"redis://bank:{password}@127.0.0.1:{redis.port}") as findings:
        found = [one for one in bad(findings) if one[0] is Level.PROBLEM]
    if words is None:
        assert found == []
        return
    [(_, text, told)] = found
    assert words in text
    assert fix in told
    assert password not in text


async def test_an_engine_that_is_away_a_replica_or_forgetful(redis, url):
    await redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    async with checking(url) as findings:
        assert "the engine may throw keys away when its memory is full (allkeys-lru)" in texts(findings)
    await redis.ask("REPLICAOF", "127.0.0.1", "1")
    async with checking(url) as findings:
        [(_, text, fix)] = bad(findings)
        assert "takes no writes" in text
        assert "connect to the master" in fix
    await redis.kill()
    async with checking(url) as findings:
        [(_, text, fix)] = bad(findings)
        assert "Connect call failed" in text
        assert "systemctl status redis-server" in fix


async def test_a_certificate_of_ones_own_needs_ca_file_and_the_right_name(tmp_path):
    make_certificates(tmp_path)
    options = (
        "--tls-port", "{port}", "--port", "0", "--tls-auth-clients", "no", "--tls-cert-file", str(tmp_path / "one.crt"),
        "--tls-key-file", str(tmp_path / "one.key"), "--tls-ca-cert-file", str(tmp_path / "ca.crt"),
    )  # fmt: skip
    async with RedisServer(tmp_path, *options, tls=tmp_path / "ca.crt") as redis:
        async with checking(f"rediss://localhost:{redis.port}", ca_file=tmp_path / "ca.crt") as findings:
            assert any("answers with TLS" in text for text in texts(findings)), findings
        async with checking(f"rediss://localhost:{redis.port}") as findings:
            [(_, text, fix)] = bad(findings)
            assert "certificate" in text.lower()
            assert "fleet.ca_file" in fix
        async with checking(f"rediss://127.0.0.1:{redis.port}", ca_file=tmp_path / "ca.crt") as findings:
            [(_, text, fix)] = bad(findings)
            assert "fleet.ca_file" in fix


def make_certificates(folder):
    """A CA and a certificate for localhost."""

    def run(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("req", "-x509", *made, "-days", "2", "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test CA")
    run("req", *made, "-keyout", "one.key", "-out", "one.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    run("x509", "-req", "-in", "one.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-out", "one.crt", "-extfile", "names")  # fmt: skip
