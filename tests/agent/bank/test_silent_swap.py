"""A bank swaps cards without a word, and the module goes on telling the number of the card before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.decision.texts import reason_text
from agent.numbers.lookup import Lookup
from agent.numbers.resolve import NumberBook
from agent.numbers.told import Telling, ToldNumbers
from agent.store.store import Store
from drivers.observation import NumberOrigin, NumberReading, Observation, SimState
from drivers.vendors.dialect import UrcMeaning
from tests.agent.fake_modules import FakeBank, FakePort, until

A, B = "8946120000096000010", "8946120000096000028"
OLD, NEW = "+46703910001", "+46703910002"


def cnum(text: str) -> tuple[NumberReading, ...]:
    return (NumberReading(text, NumberOrigin.CNUM),)


@pytest.fixture
def store():
    store = Store(None)
    yield store
    store.close()


def bank_of(store: Store, port: FakePort, told: ToldNumbers | None = None, **place) -> FakeBank:
    bank = FakeBank(port, lookup=Lookup(NumberBook({}), store).find, told=told or ToldNumbers())
    roster = bank.bank._roster

    async def placed():
        return [replace(one, **place) for one in await roster()]

    bank.bank._roster = placed
    return bank


def numbers(bank: FakeBank) -> list[str]:
    return [sim.number.text for sim in bank.bank.decision.live.values()]


async def swapped(bank: FakeBank) -> FakePort:
    """A live card was swapped silently; the module still tells its number."""
    await until(lambda: numbers(bank) == [OLD])
    port = bank.ports["port-1"]
    port.iccid = B
    await until(lambda: bank.reason("Port1") == "number_unknown")
    return port


async def test_the_old_number_never_stands_for_the_new_card_however_often_it_is_told(store):
    async with bank_of(store, FakePort(iccid=A, numbers=cnum(OLD))) as bank:
        port = await swapped(bank)
        polls = port.polls
        await until(lambda: port.polls > polls + 20)
        assert numbers(bank) == []
        verdict = bank.bank.decision.verdicts["Port1"]
        english, russian = (reason_text(verdict.reason, verdict.detail, one) for one in ("en", "ru"))
        assert f"still reports {OLD}" in english
        assert f'"{B}": "+…"' in english
        assert "restart the module" in english
        assert OLD in russian
        assert B in russian


async def test_another_number_counts_and_the_card_before_has_its_own_again_when_it_is_back(store):
    async with bank_of(store, FakePort(iccid=A, numbers=cnum(OLD))) as bank:
        port = await swapped(bank)
        port.numbers = cnum(NEW)
        await until(lambda: numbers(bank) == [NEW])
        port.iccid, port.numbers = A, cnum(OLD)
        await until(lambda: numbers(bank) == [OLD])


async def test_what_was_learned_for_the_new_card_counts_meanwhile(store):
    store.cards.learn(B, None, NEW, "cnum")
    async with bank_of(store, FakePort(iccid=A, numbers=cnum(OLD))) as bank:
        await until(lambda: numbers(bank) == [OLD])
        bank.ports["port-1"].iccid = B
        await until(lambda: numbers(bank) == [NEW])


async def test_after_a_boot_banner_the_number_is_believed_once_it_is_told_again(store):
    async with bank_of(store, FakePort(iccid=A, numbers=cnum(OLD))) as bank:
        port = await swapped(bank)
        port.numbers = None  # until it was asked anew
        booted = Observation(module="Port1", at=bank.clock(), sim=SimState.NOT_READY, restarted=True)
        port.on_urc(UrcMeaning.RESTARTED, booted)
        polls = port.polls
        await until(lambda: port.polls > polls + 3)
        assert numbers(bank) == []
        port.numbers = cnum(OLD)
        await until(lambda: numbers(bank) == [OLD])


async def test_lost_settings_are_a_restart_too_but_what_was_told_before_it_is_not_believed_after_it(store):
    async with bank_of(store, FakePort(iccid=A, numbers=cnum(OLD))) as bank:
        port = await swapped(bank)
        port.numbers, port.restarts_silently = None, True
        await until(lambda: not port.restarts_silently)
        polls = port.polls
        await until(lambda: port.polls > polls + 3)
        assert numbers(bank) == []
        port.numbers = cnum(OLD)
        await until(lambda: numbers(bank) == [OLD])


@pytest.mark.parametrize(("native", "believed"), [(True, [OLD]), (False, [])])
async def test_replugging_a_native_modem_restarts_it_and_a_bridge_restarts_nothing(store, native, believed):
    async with bank_of(store, FakePort(iccid=A, numbers=cnum(OLD)), native=native) as bank:
        port = await swapped(bank)
        port.unplugged = True
        bank.gone.add("port-1")
        bank.bank.ports_changed()
        await until(lambda: bank.bank.members["Port1"].place.ports == ())
        await until(lambda: bank.reason("Port1") == "unplugged")
        port.unplugged, polls = False, port.polls
        bank.gone.clear()
        bank.bank.ports_changed()
        await until(lambda: port.polls > polls + 10)
        assert numbers(bank) == believed


async def test_a_restart_of_the_agent_changes_nothing(store):
    kept: dict[str, tuple[Telling, ...]] = {}
    async with bank_of(
        store, FakePort(iccid=A, numbers=cnum(OLD)), ToldNumbers((), kept.__setitem__)
    ) as bank:
        await swapped(bank)
    rows = [telling for one in kept.values() for telling in one]
    async with bank_of(
        store, FakePort(iccid=B, numbers=cnum(OLD)), ToldNumbers(rows, kept.__setitem__)
    ) as bank:
        await until(lambda: bank.reason("Port1") == "number_unknown")
        polls = bank.ports["port-1"].polls
        await until(lambda: bank.ports["port-1"].polls > polls + 10)
        assert numbers(bank) == []
