"""Cards that are forgotten: everywhere, and never while a module holds them."""

from __future__ import annotations

from contextlib import closing
from string import Formatter

import pytest

from agent.bank.inventory import Inventory
from agent.bank.roster import FoundPort, Roster
from agent.config import PortRule
from agent.control.answer_texts import NOTHING_LISTED, answer_in
from agent.control.keeper import Keeper
from agent.control.messages import Request
from agent.store.store import Store
from drivers.ports import Port, UsbPlace
from tests.language.english import english_in
from tests.language.speaking import speaking

NOW = 1_796_000_000
CARD, IMSI, NUMBER = "8946120000005000016", "240120000000016", "+46701740000"


class Source:
    async def list_ports(self):
        return [
            FoundPort(Port(f"/dev/ttyUSB{n}", UsbPlace(f"1-{n}", 0, vid="0403", pid="6011")), (0,))
            for n in (1, 2)
        ]


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "simbank.db", wall=lambda: NOW)) as store:
        store.cards.placed(CARD, IMSI, "Port1")
        store.cards.learn(CARD, IMSI, NUMBER, "cnum")
        store.cards.note_ussd(CARD)
        store.tellings.keep("usb-1-1:1.0", [(CARD, NUMBER)])
        store.note_live({"Port1": CARD})
        yield store


@pytest.fixture
def inventory(store):
    places = store.places
    roster = Roster((PortRule(path="usb"),), numbers=places.numbers, given=places.given)
    return Inventory(roster, Source(), store=store, shared_ports=None, on_clash=lambda _: None)


@pytest.mark.parametrize("what", [CARD, CARD[:-1], IMSI, NUMBER])
async def test_a_card_is_forgotten_by_whatever_names_it(store, inventory, what, tmp_path):
    await inventory.places()
    answer = Keeper(inventory, store).do(Request(task="forget", name=what))
    assert answer.lines == (f"{CARD} is forgotten: its number and its date_start",)
    assert store.flush(5)
    for kept in (store, Store(tmp_path / "simbank.db", read_only=False) if store.close() is None else store):
        assert not {**kept.cards.sims, **kept.cards.learned, **kept.cards.asked_ussd}
        assert not kept.live
        # Else the number would be believed for the next card in this module.
        assert list(kept.tellings) == [("usb-1-1:1.0", CARD, NUMBER)]
    kept.close()


async def test_a_card_in_a_module_is_not_forgotten(store, inventory):
    await inventory.places()
    answer = Keeper(inventory, store, holding=lambda: {"Port2": CARD}).do(Request(task="forget", name=IMSI))
    assert answer.refused.startswith("this SIM is in Port2 now: remove it first")
    assert store.cards.sims.keys() == {CARD}


async def test_what_is_neither_a_module_nor_a_known_card_is_refused(store, inventory):
    keeper = Keeper(inventory, store)
    assert keeper.do(Request(task="modules")).refused == NOTHING_LISTED
    await inventory.places()
    assert "did you mean" in keeper.do(Request(task="forget", name="Port11")).refused
    assert "no SIM" in keeper.do(Request(task="forget", name="8946120000005000099")).refused


async def test_a_refusal_is_english_whatever_the_agent_speaks_and_is_told_in_russian(store, inventory):
    await inventory.places()
    with speaking("ru"):
        answer = Keeper(inventory, store).do(Request(task="forget", name="Port11"))
    assert answer.refused == 'no module is called Port11; did you mean "Port1"?'
    assert answer_in(answer.refused, "ru") == 'модуля Port11 нет; может быть, "Port1"?'


@pytest.mark.parametrize("text", answer_in.texts)
def test_each_answer_is_told_in_russian(text):
    made = text[0] if isinstance(text, tuple) else text
    names = {name for _, name, _, _ in Formatter().parse(made) if name}
    told = answer_in(made.format(**{name: "1" if name == "n" else f"<{name}>" for name in names}), "ru")
    assert english_in(told) == ""
    assert all(f"<{name}>" in told for name in names - {"n"})


async def test_modules_are_told_in_natural_order_with_their_places(store, inventory):
    await inventory.places()
    keeper = Keeper(inventory, store)
    keeper.do(Request(task="rename", name="Port1", to=("Port10",)))
    rows = keeper.do(Request(task="modules")).modules
    assert [(one.name, one.place, one.ports) for one in rows] == [
        ("Port2", "usb-1-2:1.0", ("/dev/ttyUSB2",)),
        ("Port10", "usb-1-1:1.0", ("/dev/ttyUSB1",)),
    ]
