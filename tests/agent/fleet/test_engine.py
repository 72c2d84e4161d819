"""The scripts, the connection and its rules, with a real redis-server."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess

import pytest
from host_rights import host_rights
from real_processes import free_port
from redis_server import RedisServer
from test_union import host_set

from agent.fleet.answers import EngineAway, NotThatEngine
from agent.fleet.election import Hold
from agent.fleet.engine import Engine
from agent.fleet.words import Beat, Stage
from agent.formats.engine_url import parse

RUN, OTHER = "a" * 16, "b" * 16

pytestmark = pytest.mark.slow


def beat(run=RUN, seq=1):
    return Beat(
        run=run, seq=seq, version=1, stage=Stage.RUNNING, modules=8, live=1, lease=30.0, may_lead=True
    ).text()


@contextlib.asynccontextmanager
async def engine_of(redis, url=None, **kind):
    engine = Engine(parse(url or f"redis://127.0.0.1:{redis.port}"), "main", name="test", **kind)
    try:
        yield engine
    finally:
        await engine.close()


@pytest.fixture
async def redis(tmp_path):
    async with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
async def engine(redis):
    async with engine_of(redis) as made:
        yield made


async def go_through_everything(engine):
    """Every command that the engine has, once; what a host's rights must allow."""
    first = await engine.turn("h1", RUN, "", beat(), "h1")
    assert first.taken
    assert not first.has_set
    assert first.watched == beat()
    held = host_set("h1", ("Port1", 1, 1)).text()
    assert await engine.tell("h1", RUN, beat(seq=2), held)
    assert (await engine.turn("h1", RUN, "", beat(seq=3), "")).has_set
    assert await engine.beats() == {"h1": beat(seq=3)}
    assert await engine.beat("h1") == beat(seq=3)
    assert await engine.sets(["h1", "h2"]) == {"h1": held}
    hold = Hold("", "record", 0.0, engine.about.identity)
    assert await engine.hold(hold, ring=True) == (True, "record", 0)
    assert await engine.hold(hold) == (False, "record", 0)
    assert await engine.record() == "record"
    await engine.say({"h1": "well"})
    assert (await engine.turn("h1", RUN, "", beat(seq=4), "")).said == "well"
    assert await engine.said() == {"h1": "well"}
    await engine.ring("s 4")
    await engine.drop("h1", beat(seq=1))
    assert await engine.beats() == {"h1": beat(seq=4)}
    await engine.drop("h1", beat(seq=4))
    assert await engine.beats() == {}


async def test_all_operations(engine):
    await go_through_everything(engine)
    assert engine.about.version.startswith("redis ")
    assert engine.about.role == "master"
    assert engine.about.eviction == "noeviction"


async def test_the_rules_of_the_documents_are_enough_and_allow_nothing_else(redis):
    rules = host_rights("secret").split()
    assert (await redis.ask("ACL", "SETUSER", *rules[1:])).startswith("+OK")
    async with engine_of(redis, f"redis://bank:secret@127.0.0.1:{redis.port}") as engine:
        await go_through_everything(engine)
        for words in (("KEYS", "*"), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("GET", "other")):
            with pytest.raises(EngineAway, match="permission"):
                await engine._command(lambda client, words=words: client.execute_command(*words))


async def test_a_wrong_password_is_said_without_it(redis):
    await redis.ask("ACL", "SETUSER", *host_rights("secret").split()[1:])
    async with engine_of(redis, f"redis://bank:wrong-one@127.0.0.1:{redis.port}") as engine:
        with pytest.raises(EngineAway) as why:
            await engine.beats()
        assert "password" in str(why.value)
        assert "wrong-one" not in str(why.value)


async def test_another_run_with_the_same_name_is_refused_until_the_old_one_may_be_replaced(engine):
    assert (await engine.turn("h1", RUN, "", beat(), "")).taken
    refused = await engine.turn("h1", OTHER, "", beat(OTHER), "")
    assert not refused.taken
    assert refused.other_beat == beat()
    assert not await engine.tell("h1", OTHER, beat(OTHER), "set")
    assert (await engine.turn("h1", OTHER, RUN, beat(OTHER), "")).taken
    assert not (await engine.turn("h1", RUN, "", beat(seq=9), "")).taken


async def test_scripts_that_the_engine_forgot_are_brought_again(redis, engine):
    await engine.turn("h1", RUN, "", beat(), "")
    await redis.ask("SCRIPT", "FLUSH")
    assert (await engine.turn("h1", RUN, "", beat(seq=2), "")).taken


async def test_a_restarted_engine_is_another_one_and_takes_no_hold_that_was_meant_for_the_old(redis, engine):
    await engine.turn("h1", RUN, "", beat(), "")
    before = engine.about.identity
    assert before
    await redis.kill()
    with pytest.raises(EngineAway):
        await engine.beats()
    await redis.start()
    with pytest.raises(NotThatEngine):
        await engine.hold(Hold("", "mine", 0.0, before))
    assert await engine.record() == ""
    assert engine.about.identity != before
    assert await engine.hold(Hold("", "mine", 0.0, engine.about.identity)) == (True, "mine", 0)


async def test_a_connection_that_was_cut_is_not_made_again_behind_our_back(redis, engine):
    await engine.turn("h1", RUN, "", beat(), "")
    await redis.ask("CLIENT", "KILL", "TYPE", "normal")
    with pytest.raises(EngineAway):
        await engine.hold(Hold("", "mine", 0.0, engine.about.identity))
    assert await engine.record() == ""


async def test_an_engine_that_stands_still_costs_two_seconds_and_the_next_command_works(redis, engine):
    await engine.turn("h1", RUN, "", beat(), "")
    redis.signal(signal.SIGSTOP)
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(EngineAway):
        await engine.beats()
    assert loop.time() - began >= 1.9
    redis.signal(signal.SIGCONT)
    assert await engine.beats() == {"h1": beat()}


async def test_a_cancelled_command_leaves_no_answer_for_the_next_one(redis, engine):
    await engine.turn("h1", RUN, "", beat(), "")
    redis.signal(signal.SIGSTOP)
    asked = asyncio.ensure_future(engine.record())
    await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    redis.signal(signal.SIGCONT)
    assert await engine.beats() == {"h1": beat()}


async def test_a_replica_is_no_engine(redis, tmp_path):
    async with (
        RedisServer(tmp_path, "--replicaof", "127.0.0.1", str(redis.port), name="replica") as replica,
        engine_of(replica) as engine,
    ):
        with pytest.raises(EngineAway, match="slave"):
            await engine.beats()


async def test_a_renewal_says_how_many_replicas_hold_it(redis, engine, tmp_path):
    async with RedisServer(tmp_path, "--replicaof", "127.0.0.1", str(redis.port), name="replica") as replica:
        while "up" not in await asyncio.wait_for(
            replica.ask("INFO", "replication"), 10
        ) or "link_status:up" not in (await replica.ask("INFO", "replication")):
            await asyncio.sleep(0.05)
        await engine.beats()
        won = await engine.hold(Hold("", "mine", 0.0, engine.about.identity), acks=1)
        assert won == (True, "mine", 1)
        replica.signal(signal.SIGSTOP)
        won = await engine.hold(Hold("mine", "next", 0.0, engine.about.identity), acks=1)
        assert won == (True, "next", 0)


async def test_a_full_engine_is_away(redis, engine):
    await engine.turn("h1", RUN, "", beat(), "")
    await redis.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(EngineAway, match=r"OOM|memory"):
        await engine.tell("h1", RUN, beat(seq=2), "set")


async def test_the_bell_is_heard_and_ends_with_its_connection(redis, engine):
    heard = []

    async def listen():
        async for news in engine.bell():
            heard.append(news)
            if news == "":
                await engine.tell("h1", RUN, beat(), "set")
            elif news == "h h1":
                await engine.ring("s 3")
            else:
                await redis.kill()

    with pytest.raises(EngineAway):
        await listen()
    assert heard == ["", "h h1", "s 3"]


async def test_tls_is_spoken_with_a_ca_of_ones_own(tmp_path):
    subprocess.run(  # noqa: ASYNC221  a moment, and nothing else runs
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    options = ("--tls-cert-file", str(tmp_path / "cert.pem"), "--tls-key-file", str(tmp_path / "key.pem"),
               "--tls-auth-clients", "no")  # fmt: skip
    async with RedisServer(tmp_path, *options) as redis:
        await redis.ask("CONFIG", "SET", "tls-port", str(port := free_port()))
        url = f"rediss://localhost:{port}"
        async with engine_of(redis, url, ca_file=tmp_path / "cert.pem") as engine:
            await go_through_everything(engine)
        async with engine_of(redis, url) as engine:
            with pytest.raises(EngineAway, match=r"(?i)certificate"):
                await engine.beats()


async def test_a_host_name_that_nobody_knows_is_away():
    async with engine_of(None, "rediss://no-such-host.invalid:6379") as engine:
        with pytest.raises(EngineAway):
            await engine.beats()
