"""Hosts of a fleet with each other, at a real engine."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from fake_modules import until
from fleets import LEASE, Hosts, sim
from real_processes import boottime
from redis_server import RedisServer, command

from agent.fleet import election
from agent.fleet.state import Claim, HostLife, HostState, Leading, LeftOut, RefusedBy
from agent.onlinesim.outcome import Accepted, Refusal, RefusalKind

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def short_requests(monkeypatch):
    """A request may be as short as its share of the lease."""
    monkeypatch.setattr(election, "LEAST_REQUEST", 0.1)


@pytest.fixture
async def redis(tmp_path):
    async with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
async def hosts(tmp_path, redis):
    async with Hosts(tmp_path, redis) as made:
        yield made


async def test_one_of_three_speaks_and_its_list_has_all_of_them(hosts):
    a, b, c = (hosts.host(name) for name in "abc")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1", "c/Port1")
    assert leader.lists[0] == ["a/Port1", "b/Port1", "c/Port1"], "a first list that was not whole"
    assert [host.sent() for host in (a, b, c) if host is not leader] == [None, None]
    state = leader.fleet.state()
    assert (state.state, state.leading, state.leader) == (HostState.LEADER, Leading.SPEAKING, leader.name)
    assert [host.name for host in state.hosts] == ["a", "b", "c"]
    assert state.cap == 12
    assert state.numbers == 3


async def test_a_change_of_a_member_is_in_the_list_at_once(hosts):
    a, b = hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    member = b if leader is a else a
    await hosts.sends(leader, "a/Port1", "b/Port1")
    began = boottime()
    member.offer(sim("Port1", 1), sim("Port2", 2))
    await until(lambda: len(leader.fleet.current() or ()) == 3, within=10)
    assert boottime() - began < LEASE / 6 + 2, "it came by a poll, and not by the bell"


async def test_a_host_that_dies_leaves_the_list_and_no_list_lacks_another(hosts):
    a, b, c = (hosts.host(name) for name in "abc")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1", "c/Port1")
    dead = next(host for host in (a, b, c) if host is not leader)
    await dead.kill()
    left = [f"{host.name}/Port1" for host in (a, b, c) if host is not dead]
    await hosts.sends(leader, *left)
    assert set(map(tuple, leader.lists)) == {("a/Port1", "b/Port1", "c/Port1"), tuple(left)}
    life = {host.name: host.life for host in leader.fleet.state().hosts}
    assert life[dead.name] is HostLife.SILENT


async def test_the_leader_dies_and_the_first_list_of_the_next_one_is_whole(hosts):
    a, b, c = (hosts.host(name) for name in "abc")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1", "c/Port1")
    await leader.kill()
    following = await hosts.leader(but=(leader,))
    left = [f"{host.name}/Port1" for host in (a, b, c) if host is not leader]
    await until(lambda: following.sent() is not None, within=20)
    assert following.lists[0] == left
    assert following.fleet.state().epoch == 2


async def test_an_orderly_stop_hands_over_at_once_and_the_set_counts_until_its_lease_ends(hosts):
    hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1")
    began = boottime()
    await leader.stop()
    following = await hosts.leader(but=(leader,))
    assert boottime() - began < LEASE * 0.7, "it waited for the lease"
    await until(lambda: following.sent() is not None, within=20)
    assert following.lists[0] == ["a/Port1", "b/Port1"]
    await hosts.sends(following, f"{following.name}/Port1")


async def test_a_host_that_withdraws_is_gone_at_once(hosts):
    a, b = hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    member = b if leader is a else a
    await hosts.sends(leader, "a/Port1", "b/Port1")
    began = boottime()
    member.live = []
    assert not await member.fleet.leave() or member is not leader
    await until(lambda: len(leader.fleet.current() or ()) == 1, within=10)
    assert boottime() - began < LEASE
    await member.stop(withdraw=True)
    await until(lambda: leader.fleet.state().hosts[1 if member is b else 0].life is HostLife.LEFT, within=10)


async def test_what_two_hosts_claim_is_reported_by_neither_and_both_are_told(hosts):
    a, b = hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1")
    member = b if leader is a else a
    both = sim("Port2", 77)
    a.offer(*a.live, both)
    b.offer(*b.live, both)
    await until(lambda: member.fleet.state().doubts, within=10)
    (doubt, *_) = member.fleet.state().doubts
    assert (doubt.host, doubt.module, doubt.others) == (member.name, "Port2", ((leader.name, "Port2"),))
    assert {one.claim for one in leader.fleet.state().doubts} == {Claim.CARD, Claim.NUMBER}
    await hosts.sends(leader, "a/Port1", "b/Port1")


async def test_a_host_with_more_numbers_than_modules_is_left_out_whole_and_told(hosts):
    a, b = hosts.host("a", bank_modules=1), hosts.host("b", bank_modules=1)
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1")
    member = b if leader is a else a
    member.offer(sim("Port1", 1), sim("Port2", 2))
    await hosts.sends(leader, f"{leader.name}/Port1")
    await until(lambda: member.fleet.state().left_out is LeftOut.TOO_MANY, within=10)


async def test_a_second_agent_with_the_name_is_refused_and_the_first_stays(hosts):
    a = hosts.host("a")
    await hosts.leader()
    copy = hosts.host("a")
    await until(lambda: copy.fleet.state().refused is RefusedBy.NAME, within=20)
    assert copy.fleet.state().state is HostState.REFUSED
    assert not copy.runs
    assert a.sent() == ["a/Port1"]


async def test_a_restart_with_its_own_store_takes_the_name_at_once(hosts):
    a, b = hosts.host("a"), hosts.host("b", lead=False)
    await hosts.sends(await hosts.leader(), "a/Port1", "b/Port1")
    await b.kill()
    again = hosts.host("b", lead=False, last_run=b.run)
    await until(lambda: again.runs, within=LEASE * 2)
    seen = set()
    end = boottime() + 2 * LEASE
    while boottime() < end:
        seen.add(tuple(a.sent() or ()))
        await asyncio.sleep(0.02)
    assert seen <= {("a/Port1", "b/Port1"), ()}, "it was missed"


async def test_a_host_with_another_key_takes_no_part(hosts):
    a = hosts.host("a")
    await hosts.leader()
    other = hosts.host("b", key="another-key")
    await until(lambda: other.fleet.state().refused is RefusedBy.KEY, within=20)
    await asyncio.sleep(LEASE)
    assert a.sent() == ["a/Port1"]
    assert not other.fleet.leads


async def test_no_beat_goes_out_while_modules_are_asked_again(hosts, redis):
    a, b = hosts.host("a"), hosts.host("b", lead=False)
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1")
    b.offer(None)
    await asyncio.sleep(LEASE / 6 + 0.1)
    beat = await redis.ask("HGET", "sb1:{main}:hosts", "b")
    await hosts.sends(a, "a/Port1")
    assert await redis.ask("HGET", "sb1:{main}:hosts", "b") == beat
    a.offer(None)
    assert a.sent() is None
    a.offer(sim("Port1", 97))
    b.offer(sim("Port1", 98))
    await hosts.sends(a, "a/Port1", "b/Port1")


async def test_a_leader_that_does_not_reach_onlinesim_lets_another_try(hosts):
    a, b = hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1")
    leader.accept()
    leader.accept(Refusal(403, "API_ACCESS_IP", RefusalKind.IP))
    following = await hosts.leader(but=(leader,))
    assert following is (b if leader is a else a)
    assert leader.events == ["lead", "stand aside"]
    assert not leader.fleet.fence.caught, "giving the lead away is no reason to confess"
    await asyncio.sleep(LEASE * 2)
    assert not leader.fleet.leads


async def test_nobody_gives_the_lead_away_without_a_successor(hosts):
    a = hosts.host("a")
    hosts.host("b", lead=False)
    await hosts.sends(await hosts.leader(), "a/Port1", "b/Port1")
    a.accept(Refusal(403, "API_ACCESS_IP", RefusalKind.IP))
    await asyncio.sleep(LEASE)
    assert a.fleet.leads


async def test_the_engine_dies_and_the_list_is_said_once_more_and_then_nobody_speaks(hosts, redis):
    a, b = hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1")
    leader.accept()
    leader.fleet.standing.accepted_at -= LEASE
    leader.events.clear()
    await redis.kill()
    await until(lambda: leader.events, within=20)
    assert leader.events == ["owed"]
    assert leader.fleet.current() is not None
    await until(lambda: not leader.fleet.leads, within=20)
    assert leader.events == ["owed", "stand aside"]
    await until(lambda: a.fleet.state().state is b.fleet.state().state is HostState.CUT_OFF, within=20)
    await redis.start()
    leader = await hosts.leader()
    leader.lists.clear()
    await until(lambda: leader.sent() is not None, within=30)
    assert leader.lists[0] == ["a/Port1", "b/Port1"]


async def test_the_engine_comes_back_empty_in_time_and_nobody_notices(hosts, redis):
    hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1")
    await redis.ask("FLUSHALL")
    await asyncio.sleep(2 * LEASE)
    assert leader.events == ["lead"]
    assert leader.sent() == ["a/Port1", "b/Port1"]


async def test_a_confession_is_heard_by_the_leader(hosts):
    a, b = hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    member = b if leader is a else a
    await hosts.sends(leader, "a/Port1", "b/Port1")
    member.fleet.fence.confess()
    await until(lambda: "owed" in leader.events, within=10)


async def test_a_member_knows_when_the_account_was_accepted_and_that_it_is_in(hosts):
    a, b = hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    member = b if leader is a else a
    await hosts.sends(leader, "a/Port1", "b/Port1")
    leader.accept()
    await until(lambda: member.fleet.state().ready, within=10)
    state = member.fleet.state()
    assert state.taken == 1
    assert abs(state.accepted_at - leader.fleet.state().accepted_at) < 1.0
    assert state.leader == leader.name
    member.fleet.watched()
    await until(lambda: len(member.fleet.state().hosts) == 2, within=10)


async def test_another_key_by_a_reload_is_told_with_other_hashes(hosts):
    a = hosts.host("a")
    await hosts.leader()
    before = a.fleet.standing.own.held
    a.fleet.rekey("0" * 24, lambda text: f"{len(text):024x}")
    await until(lambda: (a.fleet.standing.election.record or before).key == "0" * 24, within=10)
    assert a.fleet.standing.own.held.version == before.version + 1
    assert a.sent() == ["a/Port1"]


async def test_the_engine_never_hears_a_card_a_subscription_or_the_key(hosts, redis):
    heard = []

    async def monitor():
        reader, writer = await asyncio.open_connection("127.0.0.1", redis.port, limit=2**24)
        writer.write(command("MONITOR"))
        with contextlib.suppress(asyncio.CancelledError):
            while line := await reader.readline():
                heard.append(line.decode())
        writer.close()

    watching = asyncio.ensure_future(monitor())
    a, b = hosts.host("a"), hosts.host("b")
    leader = await hosts.leader()
    await hosts.sends(leader, "a/Port1", "b/Port1")
    leader.accept(Accepted())
    a.offer(*a.live, sim("Port2", 5))
    b.offer(*b.live, sim("Port2", 5))
    await until(lambda: leader.fleet.state().doubts, within=10)
    for host in (a, b):
        await host.stop()
    watching.cancel()
    await watching
    said = "".join(heard)
    assert "+46700000005" in said, "nothing was watched"
    for secret in ("8946120000", "the-api-key", a.live[0].iccid):
        assert secret not in said
