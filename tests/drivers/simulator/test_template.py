import pytest

from drivers.simulator import SimulatedModule
from drivers.simulator.lifecycle import SEARCHING
from drivers.simulator.session import Session
from drivers.simulator.sim import Lock
from drivers.simulator.template import TemplateValues, filled


@pytest.fixture
async def module(modules):
    return await modules("EC25")


def rendered(module: SimulatedModule, template):
    return filled(template, TemplateValues(module.state, Session(module.personality), "+QSIMSTAT"))


async def test_a_template_without_braces_stays_as_it_is(module):
    assert rendered(module, "Quectel") == "Quectel"


async def test_values_of_the_card_come_from_the_card(module):
    card = module.life.card
    assert rendered(module, "{iccid}/{imsi}/{number}") == f"{card.iccid}/{card.imsi}/{card.number}"
    assert len(rendered(module, "{iccid_f}")) == 20


async def test_n_is_the_value_of_the_asked_setting(module):
    assert rendered(module, "{n}") == "0"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda module: None, "3 7 3 1 6"),
        (lambda module: module.pull(), "0 0 0 255 0"),
        (lambda module: module.life.lock(Lock.PIN), "1 0 0 0 1"),
        (lambda module: module.life.lock(Lock.PUK), "1 0 0 0 3"),
    ],
)
async def test_each_vendor_counts_the_steps_of_the_card_in_its_own_way(module, change, expected):
    change(module)
    template = "{card_steps} {init_steps} {init_steps_2g} {huawei_sim} {usimstat}"
    assert rendered(module, template) == expected


async def test_an_unregistered_module_has_no_signal_and_no_service(module):
    module.life.set_network(SEARCHING)
    assert rendered(module, "{rssi} {rsrp} {service} {zte_service}") == "99 255 0 No Service"
