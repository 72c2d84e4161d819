from pathlib import Path

import pytest

from drivers.simulator import SimulatedModule
from drivers.simulator.sim import Lock


def is_port(path):
    return Path(path).is_char_device()


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_module_is_up_and_identifies_itself(talk):
    module, client = await talk("EC25")
    assert await client.ask("ATI") == ["Quectel", "EC25", "Revision: EC25EFAR02A09M4G", "OK"]
    assert await client.ask("AT+CGSN") == [module.state.imei, "OK"]
    assert await client.ask("AT+CIMI") == [module.state.card.imsi, "OK"]
    truth = module.truth()
    assert (truth["plugged"], truth["answers"], truth["sim"], truth["registered"]) == (
        True,
        True,
        "ready",
        True,
    )


async def test_the_truth_is_what_is_in_the_module(talk):
    module, _ = await talk()
    card = module.state.card
    truth = module.truth()
    assert (truth["iccid"], truth["imsi"], truth["number"]) == (card.iccid, card.imsi, card.e164)
    module.pull()
    truth = module.truth()
    assert (truth["sim_present"], truth["iccid"], truth["number"]) == (False, None, None)


async def test_a_quiet_pull_sends_no_urc_but_shows_in_answers(talk):
    module, client = await talk("EC25")
    await client.ask("AT+CREG=2")
    await client.ask("AT+CMEE=1")
    module.pull(quiet=True)
    await client.hears_nothing()
    assert await client.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    assert await client.ask("AT+CREG?") == ["+CREG: 2,0", "OK"]


async def test_a_card_that_is_put_back_is_the_same_one(talk):
    module, client = await talk(speed=1000)
    iccid = module.state.card.iccid
    module.pull()
    module.insert()
    await client.hears("SMS Ready")
    assert module.state.card.iccid == iccid
    assert module.truth()["registered"]


async def test_a_swap_is_silent_and_complete(talk):
    module, client = await talk("EC25")
    other = SimulatedModule("SIM800", seed=99)._first_card
    module.life.exchange_card(other)
    await client.hears_nothing()
    assert await client.ask("AT+CIMI") == [other.imsi, "OK"]
    assert (await client.ask("AT+CREG?"))[0].startswith("+CREG: 0,1")


@pytest.mark.parametrize(("lock", "words"), [(Lock.PIN, "+CPIN: SIM PIN"), (Lock.PUK, "+CPIN: SIM PUK")])
async def test_locked_cards(talk, lock, words):
    module, client = await talk("EC25")
    module.life.lock(lock)
    await client.hears(words)
    assert await client.ask("AT+CPIN?") == [words, "OK"]
    assert not module.truth()["registered"]
    module.life.lock(Lock.NONE)
    await client.hears("+QUSIM: 1")
    assert await client.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]


async def test_a_reboot_forgets_the_clients_settings(talk):
    module, client = await talk("SIM800", speed=1000)
    await client.ask("AT+CMEE=1")
    await client.ask("AT+CREG=2")
    module.reboot()
    await client.hears("SMS Ready")
    assert await client.raw("AT+NOSUCH") == b"AT+NOSUCH\r\r\nERROR\r\n"
    assert (await client.ask("AT+CREG?"))[0].startswith("+CREG: 0,")
    assert (await client.ask("AT+CMEE?"))[0] == "+CMEE: 0"


async def test_a_booting_module_sends_nothing_before_its_banner(talk):
    module, client = await talk("SIM800", speed=10)
    module.reboot()
    client.write(b"AT\r")
    await client.hears_nothing(0.03)
    assert (await client.hears("RDY")).startswith(b"\r\nRDY")


async def test_power_down_sends_a_last_urc(talk):
    module, client = await talk("SIM800")
    client.write(b"AT+CPOWD=1\r")
    await client.hears("NORMAL POWER DOWN")
    client.write(b"AT\r")
    await client.hears_nothing()
    assert not module.answers


async def test_unplugging_hangs_up_and_replugging_brings_another_path(talk, opened):
    module, client = await talk("SIM800", speed=1000)
    path = module.path
    module.unplug()
    await client.until(lambda _: client.hung_up)
    assert not is_port(path)
    assert not module.truth()["plugged"]
    module.replug()
    assert module.path != path
    assert is_port(module.path)
    client = opened(module.path)
    await client.hears("SMS Ready")
    assert (await client.ask("AT+CPIN?"))[-2:] == ["+CPIN: READY", "OK"]


async def test_unplugging_twice_and_replugging_twice_changes_nothing(modules):
    module = await modules()
    module.replug()
    module.unplug()
    module.unplug()
    module.replug()
    path = module.path
    module.replug()
    assert module.path == path


async def test_a_thousand_replugs_leak_nothing(modules):
    module = await modules("EC25", ports=[("a", "at", None), ("b", "nmea", None)], speed=1e6)
    module.unplug()
    module.replug()
    before = descriptors()
    for _ in range(1000):
        module.unplug()
        module.replug()
    assert descriptors() == before
    assert len(module._pending) < 10


async def test_closing_gives_every_descriptor_back():
    before = descriptors()
    async with SimulatedModule("EC25") as module:
        assert descriptors() > before
        module.fault("flood")
    assert descriptors() == before


async def test_an_empty_holder(modules, opened):
    module = await modules("SIM800", empty=True)
    client = opened(module.path)
    await client.ask("ATE0")
    assert await client.ask("AT+CPIN?") == ["+CPIN: NOT INSERTED", "OK"]


async def test_the_same_seed_gives_the_same_module():
    def identity(seed):
        module = SimulatedModule("SIM800", seed=seed)
        return module.state.imei, module._first_card.iccid, module.state.lac

    assert identity(5) == identity(5) != identity(6)
