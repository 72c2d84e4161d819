"""The fleet's engine, a Redis or Valkey: the only file that knows redis-py.

One connection, one command at a time. After any error the outcome of a command is unknown and its connection closed;
a new one is made for the next command, and never by redis-py itself: each connection is to one process with one copy
of the data, which the election must know.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.resources
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis, Sentinel
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from agent.fleet import trouble
from agent.fleet.answers import About, EngineAway, NotThatEngine, Turn
from agent.fleet.election import Hold
from agent.formats.engine_url import EngineUrl
from agent.formats.hosts import is_loopback
from agent.formats.printable import one_line
from agent.onlinesim.dns import OffloadResolver

COMMAND: Final = 2.0
"""Seconds for a command, and for a connection."""
WAIT_MS: Final = 1000
"""How long replicas may take to confirm a renewal."""
SET_MS: Final = 3_600_000
"""A set is tidied away so long after its host's last beat."""
SAID_MS: Final = 86_400_000
Client = Any
"""A Redis of redis-py, whose types are those of both its modes at once."""


class Engine:
    """One account's keys in one engine."""

    def __init__(
        self,
        url: EngineUrl,
        account: str,
        *,
        name: str,
        ca_file: Path | None = None,
        timed: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """`name` is this connection's among the engine's clients; `timed` takes the seconds of each command."""
        self.about = About()
        self.latency: float | None = None
        """Seconds of the last command."""
        self.answers = 0
        """How many commands were answered."""
        self._url = url
        self._ca_file = ca_file
        self._name = name
        self._timed = timed
        self._prefix = f"sb1:{{{account}}}:"
        self._channel = f"{self._prefix}news"
        self._resolver = OffloadResolver(timeout=COMMAND)
        self._turn = asyncio.Lock()
        self._redis: Client = None
        self._once = _Once()
        self._scripts = {name: _text(f"{name}.lua") for name in ("hold", "turn", "tell", "drop")}

    async def turn(self, host: str, run: str, allowed: str, beat: str, watched: str) -> Turn:
        """Write a beat and read what there is to know. Raises EngineAway."""
        keys = ("hosts", f"set:{host}", "leader", "said")
        found = await self._script("turn", keys, host, run, allowed, beat, SET_MS, watched)
        if not found[0]:
            return Turn(taken=False, other_beat=found[1], record=found[2])
        return Turn(taken=True, has_set=bool(found[1]), record=found[2], said=found[3], watched=found[4])

    async def tell(self, host: str, run: str, beat: str, held: str) -> bool:
        """Write a set with its beat and ring; return False where another run has the name. Raises EngineAway."""
        keys = ("hosts", f"set:{host}")
        return bool(await self._script("tell", keys, host, run, beat, SET_MS, held, self._channel))

    async def hold(self, hold: Hold, *, acks: int = 0, ring: bool = False) -> tuple[bool, str, int]:
        """Replace the record; return whether it was, the record of now, and how many replicas confirmed it.

        Raises NotThatEngine, EngineAway.
        """

        async def work(redis: Client) -> tuple[bool, str, int]:
            if self.about.identity != hold.engine:
                raise NotThatEngine(trouble.ANOTHER)
            channel = self._channel if ring else ""
            won, text = await self._run(redis, "hold", ("leader",), hold.expected, hold.text, channel)
            confirmed = await redis.execute_command("WAIT", acks, WAIT_MS) if won and acks else 0
            return bool(won), text, int(confirmed)

        answer: tuple[bool, str, int] = await self._command(work)
        return answer

    async def beats(self) -> dict[str, str]:
        """Return the beat of each host. Raises EngineAway."""
        found: dict[str, str] = await self._command(lambda redis: redis.hgetall(self._key("hosts")))
        return found

    async def beat(self, host: str) -> str:
        """Return one host's beat, "" for none. Raises EngineAway."""
        found: str | None = await self._command(lambda redis: redis.hget(self._key("hosts"), host))
        return found or ""

    async def sets(self, hosts: Iterable[str]) -> dict[str, str]:
        """Return the sets that are there, by host. Raises EngineAway."""
        names = tuple(hosts)
        if not names:
            return {}
        keys = [self._key(f"set:{host}") for host in names]
        found = await self._command(lambda redis: redis.mget(keys))
        return {host: text for host, text in zip(names, found, strict=True) if text is not None}

    async def say(self, said: Mapping[str, str]) -> None:
        """Write what was made of some hosts. Raises EngineAway."""

        async def work(redis: Client) -> None:
            await redis.hset(self._key("said"), mapping=dict(said))
            await redis.pexpire(self._key("said"), SAID_MS)

        await self._command(work)

    async def said(self) -> dict[str, str]:
        """Return what the leader made of each host. Raises EngineAway."""
        found: dict[str, str] = await self._command(lambda redis: redis.hgetall(self._key("said")))
        return found

    async def record(self) -> str:
        """Return the record, "" for none. Raises EngineAway."""
        found: str | None = await self._command(lambda redis: redis.get(self._key("leader")))
        return found or ""

    async def drop(self, host: str, beat: str) -> None:
        """Forget a host that still stands at this beat. Raises EngineAway."""
        await self._script("drop", ("hosts", "said"), host, beat)

    async def ring(self, news: str) -> None:
        """Ring the bell. Raises EngineAway."""
        await self._command(lambda redis: redis.publish(self._channel, news))

    async def refused(self, commands: Iterable[Sequence[str]]) -> dict[str, str]:
        """Try commands, whose keys are names of ours behind "@"; return what the engine says of those it refuses.

        Raises EngineAway.
        """

        async def work(redis: Client) -> dict[str, str]:
            refused = {}
            for words in commands:
                known = [self._key(word[1:]) if word.startswith("@") else word for word in words]
                try:
                    await redis.execute_command(*known)
                except ResponseError as why:
                    refused[words[0].lower()] = one_line(str(why), 200)
            return refused

        tried: dict[str, str] = await self._command(work)
        return tried

    async def bell(self) -> AsyncIterator[str]:
        """Yield what is rung, over a connection of its own, "" when it stands. Raises EngineAway when that ends."""
        redis = None
        try:
            redis = await self._connect()
            async with redis.pubsub(ignore_subscribe_messages=True) as listener:
                await listener.subscribe(self._channel)
                yield ""
                while True:
                    news = await listener.get_message(timeout=1.0)
                    if news is not None and news["type"] == "message":
                        yield news["data"]
        except (RedisError, OSError, TimeoutError, ValueError) as why:
            raise _away(why) from why
        finally:
            await _close(redis)

    async def close(self) -> None:
        """Close the connection for commands."""
        redis, self._redis = self._redis, None
        await _close(redis)

    async def _script(self, name: str, keys: Iterable[str], *values: object) -> Any:
        return await self._command(lambda redis: self._run(redis, name, keys, *values))

    async def _run(self, redis: Client, name: str, keys: Iterable[str], *values: object) -> Any:
        script = redis.register_script(self._scripts[name])
        return await script(keys=[self._key(key) for key in keys], args=list(values))

    async def _command(self, work: Callable[[Client], Awaitable[Any]]) -> Any:
        async with self._turn:
            began, task = time.monotonic(), asyncio.current_task()
            cancelled = 0 if task is None else task.cancelling()
            try:
                if self._redis is None:
                    await self._open()
                async with asyncio.timeout(COMMAND + WAIT_MS / 1000):
                    answer = await work(self._redis)
                if task is not None and task.cancelling() > cancelled:
                    raise asyncio.CancelledError  # noqa: TRY301  redis-py 8.1.0 may swallow one in a command
            except NotThatEngine:
                raise
            except BaseException as why:
                await self.close()  # whatever it was, an answer may still be owed on this connection
                if isinstance(
                    why, RedisError | OSError | TimeoutError | ValueError | TypeError | LookupError
                ):
                    raise _away(why) from why
                raise
            self.latency = time.monotonic() - began
            self.answers += 1
            self._timed(self.latency)
            return answer

    async def _open(self) -> None:
        self._once = _Once()
        redis = self._redis = await self._connect()
        async with asyncio.timeout(COMMAND):
            await redis.initialize()
            redis.connection.register_connect_callback(self._once.refuse)
            self.about = await _about(redis)
        if self.about.role not in {"", "master"}:
            raise EngineAway(trouble.NO_WRITES.format(role=self.about.role))

    async def _connect(self) -> Client:
        """Return a client for the server of now, not yet connected."""
        address = self._url.addresses[0]
        if self._url.group:
            async with asyncio.timeout(COMMAND * (len(self._url.addresses) + 1)):
                address = await self._ask_sentinels()
        await self._look_up(*address)
        return Redis(
            host=address[0],
            port=address[1],
            db=self._url.database,
            username=self._url.user,
            password=self._url.password,
            client_name=self._name,
            single_connection_client=True,
            **self._settings(),
        )

    async def _ask_sentinels(self) -> tuple[str, int]:
        for address in self._url.addresses:
            with contextlib.suppress(OSError):
                await self._look_up(*address)
        sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]  # redis-py gives it no types
            self._url.addresses, sentinel_kwargs=self._settings()
        )
        try:
            host, port = await sentinel.discover_master(self._url.group)
        finally:
            await sentinel.aclose()
        return str(host), int(port)

    async def _look_up(self, host: str, port: int) -> None:
        """See that the name resolves, off the event loop: redis-py would ask in a thread that everybody shares."""
        if not is_loopback(host):
            await self._resolver.resolve(host, port, socket.AF_UNSPEC)

    def _settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "protocol": 2,
            "socket_timeout": COMMAND,
            "socket_connect_timeout": COMMAND,
            "retry": Retry(NoBackoff(), 0),  # a renewal that redis-py sends again comes too late
            "driver_info": None,  # Redis 7.0 has no CLIENT SETINFO
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
            "decode_responses": True,
            "encoding_errors": "surrogateescape",
        }
        if self._url.tls:
            settings |= {"ssl": True, "ssl_check_hostname": True}
            settings |= {"ssl_ca_certs": str(self._ca_file)} if self._ca_file is not None else {}
        return settings

    def _key(self, name: str) -> str:
        return self._prefix + name


class _Once:
    """Refuses a second connection by the same client: it may be to another process, and nobody would notice."""

    async def refuse(self, _connection: object) -> None:
        """Called by redis-py after it has connected anew."""
        raise RedisError(trouble.LOST)


async def _about(redis: Client) -> About:
    try:
        found = await redis.info()
    except ResponseError:
        return About()  # its rules do not let us ask
    name = found.get("server_name", "redis")
    version = found.get("valkey_version") or found.get("redis_version") or ""
    return About(
        version=f"{name} {version}".strip(),
        role=str(found.get("role", "")),
        identity=f"{found.get('run_id', '')}:{found.get('master_replid', '')}".strip(":"),
        eviction=str(found.get("maxmemory_policy", "")),
    )


def _away(why: BaseException) -> EngineAway:
    if isinstance(why, EngineAway):
        return why
    return EngineAway(one_line(str(why), 200) or type(why).__name__)


async def _close(redis: Client) -> None:
    if redis is None:
        return
    with contextlib.suppress(RedisError, OSError, TimeoutError):
        if redis.connection is not None:
            await redis.connection.disconnect(nowait=True)
        async with asyncio.timeout(0.5):
            await redis.aclose()


def _text(file: str) -> str:
    return importlib.resources.files("agent.fleet").joinpath("lua", file).read_text(encoding="utf-8")
