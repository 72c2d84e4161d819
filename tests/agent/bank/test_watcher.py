"""When a module is asked: after a URC, between ports, for a USSD query, and rarely where nobody answers."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from fake_modules import FakeBank, FakeModule, FakePort, until
from starvation import starved

from agent.bank import watcher as watching
from agent.bank.place import Place
from agent.bank.ussd import UssdQuery
from agent.bank.watcher import Watcher
from drivers.observation import NumberOrigin, NumberReading, Observation, PortState, SimState
from drivers.vendors.dialect import UrcMeaning


class Watched:
    """A watcher over several fake ports of one module."""

    def __init__(self, **ports: FakePort) -> None:
        self.ports = ports
        self.published: list[Observation] = []
        self.tries: list[str] = []
        self.most_open = 0
        self.interval = 0.01
        self.second_look = False
        self.clock = asyncio.get_running_loop().time
        place = Place(key="k", name="Port1", order=1, ports=tuple(ports))
        self.watcher = Watcher(
            place,
            connect=self.connect,
            clock=lambda: self.clock(),
            publish=self.published.append,
            interval=lambda: self.interval,
            second_look=lambda: self.second_look,
        )

    async def connect(self, place, address, on_urc):
        port = self.ports[address]
        self.tries.append(address)
        if port.problem is not None:
            from drivers.errors import PortUnavailable

            raise PortUnavailable(port.problem, "held")
        port.opened += 1
        port.open_now += 1
        self.most_open = max(self.most_open, sum(one.open_now for one in self.ports.values()))
        port.on_urc = on_urc
        return FakeModule(place.name, port, asyncio.get_running_loop().time)

    async def __aenter__(self) -> Watched:
        self.task = asyncio.create_task(self.watcher.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_of_several_ports_the_first_that_answers_is_used():
    async with Watched(diag=FakePort(answers=False), at=FakePort()) as watched:
        await until(lambda: watched.ports["at"].polls > 3)
        assert watched.ports["diag"].opened == 1
        assert watched.ports["diag"].open_now == 0


async def test_a_port_held_by_another_program_is_passed_over():
    from drivers.errors import PortProblem

    async with Watched(second=FakePort(problem=PortProblem.BUSY), first=FakePort()) as watched:
        await until(lambda: watched.ports["first"].polls > 3)
        assert not [one for one in watched.published if one.port is PortState.BUSY]


async def test_a_module_that_answered_once_is_mute_and_not_something_else():
    async with Watched(only=FakePort()) as watched:
        await until(lambda: watched.ports["only"].polls > 1)
        watched.ports["only"].unplugged = True
        await until(lambda: watched.published[-1].port is PortState.GONE)
        watched.ports["only"].unplugged = False
        watched.ports["only"].answers = False
        await until(lambda: watched.published[-1].port is PortState.MUTE)


async def test_ports_that_never_answer_are_asked_rarely(monkeypatch):
    monkeypatch.setattr(watching, "BACKOFF", (0.05, 30.0))
    async with Watched(one=FakePort(answers=False), two=FakePort(answers=False)) as watched:
        await until(lambda: watched.ports["two"].opened == 2)
        await asyncio.sleep(0.2)
        assert watched.ports["one"].opened == 2
        assert watched.published[-1].port is PortState.NOT_A_MODEM


async def test_a_module_that_answered_once_is_asked_often_enough_to_be_back_within_seconds(monkeypatch):
    monkeypatch.setattr(watching, "BACKOFF", (0.01, 0.01, 60.0))
    monkeypatch.setattr(watching, "MAX_BACKOFF_KNOWN", 0.02)
    async with Watched(only=FakePort()) as watched:
        only = watched.ports["only"]
        await until(lambda: only.polls > 1)
        only.answers = False
        only.unplugged = True
        await until(lambda: watched.published[-1].port is PortState.GONE)
        only.unplugged = False
        await until(lambda: watched.published[-1].port is PortState.MUTE)
        await asyncio.sleep(0.2)
        only.answers = True
        polls = only.polls
        await until(lambda: only.polls > polls + 1)


async def test_a_deaf_port_is_not_asked_more_often_for_a_sibling_that_is_held(monkeypatch):
    from drivers.errors import PortProblem

    monkeypatch.setattr(watching, "RETRY_OPEN", 0.005)
    monkeypatch.setattr(watching, "BACKOFF", (0.05, 30.0))
    async with Watched(held=FakePort(problem=PortProblem.BUSY), deaf=FakePort(answers=False)) as watched:
        await until(lambda: watched.ports["deaf"].opened == 2)
        await until(lambda: watched.tries.count("held") > 20)
        assert watched.ports["deaf"].opened == 2
        assert {one.port for one in watched.published} == {PortState.BUSY}


async def test_a_better_port_that_comes_later_is_used_and_nothing_is_published_of_the_change():
    async with Watched(first=FakePort(), second=FakePort()) as watched:
        first, second = watched.ports.values()
        watched.watcher.move(replace(watched.watcher.place, ports=("first",)))
        await until(lambda: first.polls > 2)
        watched.watcher.move(replace(watched.watcher.place, ports=("second", "first")))
        await until(lambda: second.polls > 2)
        assert (first.open_now, second.open_now) == (0, 1)
        assert {one.port for one in watched.published} == {PortState.OPEN}
        assert all(one.complete for one in watched.published)
        assert watched.most_open == 2  # the one serves until the other does


async def test_a_port_that_a_client_may_use_is_not_left_for_a_better_one():
    async with Watched(first=FakePort(), second=FakePort()) as watched:
        first = watched.ports["first"]
        watched.watcher.move(replace(watched.watcher.place, ports=("first",), share=True))
        await until(lambda: first.polls > 2)
        watched.watcher.move(replace(watched.watcher.place, ports=("second", "first")))
        polls = first.polls
        await until(lambda: first.polls > polls + 3)
        assert watched.tries == ["first"]


async def test_a_better_port_that_does_not_work_is_left_and_nothing_is_published_of_it(monkeypatch):
    from drivers.errors import PortProblem

    monkeypatch.setattr(watching, "RETRY_BETTER", 0.01)
    monkeypatch.setattr(watching, "BACKOFF", (0.01,))
    for trouble in (
        {"problem": PortProblem.BUSY},
        {"answers": False},
        {"unplugged": True},
        {"sim": None},
    ):
        async with Watched(first=FakePort()) as watched:
            first = watched.ports["first"]
            await until(lambda first=first: first.polls > 2)
            watched.ports["second"] = FakePort(**trouble)
            watched.watcher.move(replace(watched.watcher.place, ports=("second", "first")))
            await until(lambda watched=watched: watched.tries.count("second") > 3)
            polls = first.polls
            await until(lambda first=first, polls=polls: first.polls > polls + 2)
            assert first.opened == first.open_now == 1
            assert watched.ports["second"].open_now <= 1
            assert {one.port for one in watched.published} == {PortState.OPEN}


async def test_after_a_loss_the_first_port_is_tried_first_again(monkeypatch):
    monkeypatch.setattr(watching, "RETRY_OPEN", 0.05)
    async with Watched(second=FakePort(), first=FakePort()) as watched:
        second, first = watched.ports.values()
        await until(lambda: second.polls > 2)
        second.unplugged = True
        await until(lambda: watched.published[-1].port is PortState.GONE)
        second.unplugged = False
        await until(lambda: watched.published[-1].port is PortState.OPEN)
        assert (second.opened, first.opened) == (2, 0)


async def test_a_first_port_that_is_lost_for_good_leaves_the_module_to_the_next(monkeypatch):
    monkeypatch.setattr(watching, "RETRY_OPEN", 0.01)
    async with Watched(second=FakePort(), first=FakePort()) as watched:
        second, first = watched.ports.values()
        await until(lambda: second.polls > 2)
        second.unplugged = True
        await until(lambda: first.polls > 2)


async def test_a_module_that_sends_a_urc_in_every_poll_is_not_polled_without_pause(monkeypatch):
    from drivers.vendors.dialect import UrcMeaning

    monkeypatch.setattr(watching, "MIN_INTERVAL", 0.001)
    monkeypatch.setattr(watching, "URC_EVERY", 0.2)
    monkeypatch.setattr(watching, "SECOND_POLL_AFTER", 0.01)
    async with Watched(only=FakePort(chatters=UrcMeaning.SIM_CHANGED)) as watched:
        watched.interval = 60
        began = asyncio.get_running_loop().time()
        await until(lambda: watched.ports["only"].polls >= 1 + watching.URCS_AT_ONCE)
        assert (
            asyncio.get_running_loop().time() - began < 0.1 + starved()
        )  # one is as good as another at first
        await until(lambda: watched.ports["only"].polls >= 4 + watching.URCS_AT_ONCE)
        assert asyncio.get_running_loop().time() - began >= 0.5


async def test_what_a_urc_proves_is_published_at_once_however_many_came_before():
    from drivers.vendors.dialect import UrcMeaning

    async with Watched(only=FakePort(chatters=UrcMeaning.SIM_CHANGED)) as watched:
        watched.interval = 60
        await until(lambda: watched.ports["only"].polls > watching.URCS_AT_ONCE)
        gone = Observation(module="Port1", at=0.0, sim=SimState.ABSENT)
        watched.ports["only"].on_urc(UrcMeaning.SIM_GONE, gone)
        assert watched.published[-1] is gone


async def test_a_flood_of_urcs_does_not_flood_the_module():
    from drivers.vendors.dialect import UrcMeaning

    async with Watched(only=FakePort()) as watched:
        watched.interval = 60
        await until(lambda: watched.ports["only"].polls == 1)
        end = asyncio.get_running_loop().time() + 0.5
        while asyncio.get_running_loop().time() < end:
            watched.ports["only"].on_urc(UrcMeaning.REGISTRATION, None)
            await asyncio.sleep(0.001)
        assert watched.ports["only"].polls <= 1 + 0.5 / watching.MIN_INTERVAL + 1


async def test_after_a_urc_the_module_is_polled_twice(monkeypatch):
    from drivers.vendors.dialect import UrcMeaning

    monkeypatch.setattr(watching, "SECOND_POLL_AFTER", 0.2)
    async with Watched(only=FakePort()) as watched:
        watched.interval = 60
        await until(lambda: watched.ports["only"].polls == 1)
        await asyncio.sleep(0.15)
        watched.ports["only"].on_urc(UrcMeaning.SIM_CHANGED, None)
        await until(lambda: watched.ports["only"].polls == 3)


async def test_the_network_is_asked_for_the_sim_that_is_there():
    number = NumberReading("+46701740000", NumberOrigin.USSD)
    results: list[NumberReading] = []
    async with Watched(only=FakePort(own_number=number)) as watched:
        await until(lambda: watched.ports["only"].polls > 1)
        wanted = UssdQuery(str(watched.ports["only"].iccid), "*100#", re.compile(r"(\d+)"))
        watched.watcher.schedule_ussd(wanted, results.append)
        await until(lambda: results == [number])
        assert watched.ports["only"].asked_network == ["*100#"]


async def test_a_question_that_was_called_off_is_not_asked():
    async with Watched(only=FakePort()) as watched:
        port = watched.ports["only"]
        await until(lambda: port.polls > 1)
        watched.watcher.schedule_ussd(UssdQuery(str(port.iccid), "*100#", re.compile(r"(\d+)")), print)
        watched.watcher.cancel_ussd()
        polls = port.polls
        await until(lambda: port.polls > polls + 2)
        assert port.asked_network == []


async def test_the_network_is_not_asked_for_a_sim_that_is_gone():
    async with Watched(only=FakePort()) as watched:
        await until(lambda: watched.ports["only"].polls > 1)
        watched.watcher.schedule_ussd(UssdQuery("8946120000005000099", "*100#", re.compile(r"(\d+)")), print)
        polls = watched.ports["only"].polls
        await until(lambda: watched.ports["only"].polls > polls + 2)
        assert watched.ports["only"].asked_network == []


async def test_an_answer_of_the_network_does_not_count_for_the_next_sim():
    number = NumberReading("+46701740000", NumberOrigin.USSD)
    results: list[NumberReading] = []
    async with Watched(only=FakePort(own_number=number)) as watched:
        await until(lambda: watched.ports["only"].polls > 1)
        port = watched.ports["only"]
        wanted = UssdQuery(str(port.iccid), "*100#", re.compile(r"(\d+)"))

        async def swapped_meanwhile(self, code, match):
            port.iccid = "8946120000005000099"
            return number

        original, FakeModule.own_number = FakeModule.own_number, swapped_meanwhile
        try:
            watched.watcher.schedule_ussd(wanted, results.append)
            polls = port.polls
            await until(lambda: port.polls > polls + 3)
        finally:
            FakeModule.own_number = original
        assert results == []


async def test_a_bank_asks_the_network_and_believes_it():
    number = NumberReading("+46701740000", NumberOrigin.USSD)
    looked_up = []

    def lookup(iccid, imsi, numbers):
        looked_up.append(numbers)
        return FakeBank.lookup(iccid, imsi, numbers)

    async with FakeBank(FakePort(own_number=number), lookup=lookup) as bank:
        await until(lambda: bank.live == {"Port1"})
        card = bank.bank.members["Port1"].state.iccid
        bank.bank.ask_network("Port1", UssdQuery(card, "*100#", re.compile(r"(\d+)")))
        await until(lambda: looked_up[-1] == (number,))


async def test_a_second_look_comes_once_nothing_was_heard_for_a_while():
    now = 100.0
    async with Watched(only=FakePort()) as watched:
        watched.interval, watched.second_look, watched.clock = 60, True, lambda: now
        port, watcher = watched.ports["only"], watched.watcher

        async def polls_at(at: float) -> int:
            nonlocal now
            now = at
            watcher.wake()
            for _ in range(10):
                await asyncio.sleep(0)
            return port.polls

        await until(lambda: port.polls == 1)
        assert await polls_at(100.4) == 1
        port.on_urc(UrcMeaning.NOISE, None)
        assert await polls_at(100.8) == 1
        assert await polls_at(100.9) == 2
        watched.second_look = False
        assert await polls_at(130.0) == 2
