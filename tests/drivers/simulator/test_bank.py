import asyncio
from pathlib import Path

import pytest

from drivers.simulator import SimulatedBank


def is_port(path):
    return Path(path).is_char_device()


@pytest.fixture
async def bank(stack):
    return await stack.enter_async_context(SimulatedBank(modules=8, slots=32, latency=0, speed=500))


async def test_the_shipped_bank_has_64_modules_and_512_slots_and_knows_all_its_numbers():
    async with SimulatedBank() as bank:
        assert (len(bank.modules), len(bank.cards), bank.rows) == (64, 512, 8)
        assert len(bank.ports) == 64
        truth = bank.truth()
        assert len({facts["iccid"] for facts in truth.values()}) == 64
        assert all(facts["number"] and facts["registered"] and facts["answers"] for facts in truth.values())


async def test_ports_have_paths_names_and_places(bank):
    port = bank.ports[0]
    assert is_port(port["path"])
    assert (port["name"], port["module"]) == ("Port1", "Port1")
    assert port["usb"] == {
        "device": "1-1.1.1",
        "interface": 0,
        "port": 0,
        "vid": "0403",
        "pid": "6011",
        "product": "Quad RS232-HS",
    }


async def test_modules_are_found_by_number_and_by_name(bank):
    assert bank.module(3) is bank.module("3") is bank.module("Port3")
    for unknown in ("0", "9", "Port9", "x"):
        with pytest.raises(KeyError):
            bank.module(unknown)


async def test_a_swap_takes_the_next_row_or_the_slot_that_is_named(bank):
    bank.swap(2)
    assert bank.module(2).life.card is bank.cards[9]
    bank.swap(2)
    assert bank.module(2).life.card is bank.cards[17]
    bank.swap(2, 31)
    assert bank.module(2).life.card is bank.cards[31]


async def test_a_row_switch_takes_every_module_off_the_air_and_restarts_it(bank, opened):
    client = opened(bank.module("2").path)
    bank.switch_row(2)
    assert not any(facts["sim_present"] or facts["registered"] for facts in bank.truth().values())
    await client.hears("*ATREADY: 1")  # the second personality is the A7670
    while not all(facts["registered"] for facts in bank.truth().values()):
        await asyncio.sleep(0.005)
    assert [module.life.card for module in bank.modules] == bank.cards[16:24]
    with pytest.raises(ValueError, match="0 to 3"):
        bank.switch_row(4)


async def test_an_unplugged_module_takes_no_part_in_a_row_switch(bank):
    bank.module(1).unplug()
    bank.switch_row(1)
    assert not bank.module(1).plugged
    assert bank.module(1).life.card is bank.cards[0]


async def test_clones_and_doubles(bank):
    bank.clone_imei(1, 2)
    bank.same_sim(3, 4)
    bank.same_number(5, 6)
    truth = bank.truth()
    assert truth["Port1"]["imei"] == truth["Port2"]["imei"]
    assert truth["Port3"]["iccid"] == truth["Port4"]["iccid"]
    assert truth["Port5"]["number"] == truth["Port6"]["number"]
    assert truth["Port5"]["iccid"] != truth["Port6"]["iccid"]


async def test_links_follow_the_ports(tmp_path):
    async with SimulatedBank(modules=2, slots=2, links=tmp_path / "ports") as bank:
        link = tmp_path / "ports" / "Port1"
        assert str(link.readlink()) == bank.module(1).path
        bank.module(1).unplug()
        bank.relink()
        assert not link.is_symlink()
        bank.module(1).replug()
        bank.relink()
        assert str(link.readlink()) == bank.module(1).path
    assert list((tmp_path / "ports").iterdir()) == []


async def test_a_mixed_bank_lists_the_ports_that_do_not_answer_too():
    async with SimulatedBank(modules=2, slots=2, mix=["SIM800", "EC25"], tree="mixed") as bank:
        assert [port["name"] for port in bank.ports] == [
            "Port1",
            "Port2-00",
            "Port2-01",
            "Port2-02",
            "Port2-03",
        ]
        assert {port["module"] for port in bank.ports} == {"Port1", "Port2"}
        assert bank.module(2).path == bank.ports[3]["path"]


async def test_the_same_seed_gives_the_same_bank():
    async def truth(seed):
        async with SimulatedBank(modules=4, slots=8, seed=seed) as bank:
            return [(facts["imei"], facts["iccid"], facts["number"]) for facts in bank.truth().values()]

    assert await truth(1) == await truth(1) != await truth(2)


@pytest.mark.parametrize("sizes", [{"modules": 0, "slots": 8}, {"modules": 8, "slots": 7}])
def test_a_bank_without_modules_or_with_too_few_slots_is_none(sizes):
    with pytest.raises(ValueError, match="at least one module"):
        SimulatedBank(**sizes)


async def test_a_booting_bank_registers_after_a_while():
    async with SimulatedBank(modules=2, slots=2, booting=True) as bank:
        assert not any(facts["registered"] for facts in bank.truth().values())
