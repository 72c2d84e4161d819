"""Which ports of an unlisted USB device are one module, over time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.bank.siblings import MOST_DISAGREEMENTS, Siblings
from drivers.ports import Port, UsbPlace, group

IMEI = "490154203237518"
OTHER_IMEI = "353270040000018"
CARD = "8946120000005000016"
OTHER_CARD = "8946120000005000024"


def modules(*interfaces: int, device: str = "1-2", ids: str = "dead:beef"):
    vid, pid = ids.split(":")
    return group([Port(f"/dev/tty{device}.{n}", UsbPlace(device, n, vid=vid, pid=pid)) for n in interfaces])


def place(interface: int, device: str = "1-2") -> str:
    return UsbPlace(device, interface).place


def ports(merged) -> list[int]:
    return [len(module.ports) for module in merged]


def merged_pair() -> Siblings:
    siblings = Siblings()
    siblings.merge(modules(0, 1))
    for interface in (0, 1):
        siblings.tell(place(interface), IMEI, CARD)
    assert ports(siblings.merge(modules(0, 1))) == [2]
    return siblings


def test_ports_that_told_nothing_are_modules_of_their_own():
    siblings = Siblings()
    assert ports(siblings.merge(modules(0, 1))) == [1, 1]
    siblings.tell(place(0), IMEI, CARD)
    siblings.tell(place(1), IMEI, None)
    assert ports(siblings.merge(modules(0, 1))) == [1, 1]


def test_one_imei_with_two_cards_and_one_card_with_two_imeis_stay_apart():
    siblings = Siblings()
    siblings.merge(modules(0, 1, 2))
    siblings.tell(place(0), IMEI, CARD)
    siblings.tell(place(1), IMEI, OTHER_CARD)
    siblings.tell(place(2), OTHER_IMEI, CARD)
    assert ports(siblings.merge(modules(0, 1, 2))) == [1, 1, 1]


def test_a_card_that_left_its_port_is_not_compared_with_any_more():
    """A bank moves one card from one clone to the next."""
    siblings = Siblings()
    siblings.merge(modules(0, 1))
    siblings.tell(place(0), IMEI, CARD)
    siblings.tell(place(0), IMEI, None)
    assert not siblings.tell(place(1), IMEI, CARD)
    assert ports(siblings.merge(modules(0, 1))) == [1, 1]


def test_merged_ports_stay_merged_when_the_bank_puts_another_card_in():
    siblings = merged_pair()
    siblings.tell(place(0), IMEI, OTHER_CARD)
    siblings.tell(place(0), IMEI, None)
    assert ports(siblings.merge(modules(0, 1))) == [2]


def test_a_replug_ends_what_was_concluded():
    siblings = merged_pair()
    assert ports(siblings.merge(modules(0))) == [1]
    assert ports(siblings.merge(modules(0, 1))) == [1, 1]


def test_the_neighbours_replug_ends_nothing():
    siblings = merged_pair()
    both = (*modules(0, 1), *modules(0, 1, device="1-3"))
    assert ports(siblings.merge(both)) == [2, 1, 1]
    assert ports(siblings.merge(modules(0, 1))) == [2]


def test_three_polls_in_a_row_that_disagree_split_what_was_merged():
    siblings = merged_pair()
    answers = [siblings.compare(place(0), agree=agree) for agree in (False, False, True, False, False, False)]
    assert answers == [False] * 5 + [True]
    assert ports(siblings.merge(modules(0, 1))) == [1, 1]


def test_ports_that_agree_later_are_merged_later():
    siblings = merged_pair()
    for _ in range(MOST_DISAGREEMENTS):
        siblings.compare(place(0), agree=False)
    siblings.merge(modules(0, 1))
    siblings.tell(place(0), IMEI, CARD)
    siblings.tell(place(1), IMEI, CARD)
    assert ports(siblings.merge(modules(0, 1))) == [2]


def test_bridges_and_modems_are_none_of_its_business():
    for ids, expected in (("0403:6011", [1, 1]), ("2c7c:0125", [2])):
        siblings = Siblings()
        for _ in range(2):
            assert ports(siblings.merge(modules(2, 3, ids=ids))) == expected
            assert not siblings.tell(place(2), IMEI, CARD)
            assert not siblings.tell(place(3), IMEI, CARD)


STEPS = st.one_of(
    st.tuples(
        st.just("tell"),
        st.integers(0, 3),
        st.sampled_from(["1-2", "1-3"]),
        st.sampled_from([IMEI, OTHER_IMEI, "000000000000000", None]),
        st.sampled_from([CARD, OTHER_CARD, None]),
    ),
    st.tuples(st.just("compare"), st.integers(0, 3), st.sampled_from(["1-2", "1-3"]), st.booleans()),
    st.tuples(st.just("unplug"), st.sampled_from(["1-2", "1-3"])),
)


@given(st.lists(STEPS, max_size=40))
def test_ports_are_merged_by_what_both_told_last_and_only_a_replug_or_three_polls_split_them(steps):
    siblings = Siblings()
    present = {"1-2", "1-3"}
    told: dict[str, tuple[str | None, str | None]] = {}
    before: set[frozenset[str]] = set()

    def together() -> set[frozenset[str]]:
        found = tuple(module for device in sorted(present) for module in modules(0, 1, 2, 3, device=device))
        merged = siblings.merge(found)
        assert sorted(port.path for m in merged for port in m.ports) == sorted(
            port.path for m in found for port in m.ports
        )
        groups = [[port.usb.place for port in m.ports] for m in merged]
        assert all(len({port.usb.device for port in m.ports}) == 1 for m in merged)
        return {frozenset((one, two)) for g in groups for one in g for two in g if one != two}

    siblings.merge(
        tuple(module for device in sorted(present) for module in modules(0, 1, 2, 3, device=device))
    )
    for step in steps:
        may_split = False
        match step:
            case ("tell", interface, device, imei, iccid):
                merged_into = any(place(interface, device) in pair for pair in before)
                if device in present and not merged_into:
                    siblings.tell(place(interface, device), imei, iccid)
                    told[place(interface, device)] = (imei, iccid)
            case ("compare", interface, device, agree):
                may_split = siblings.compare(place(interface, device), agree=agree)
            case ("unplug", device):
                present.symmetric_difference_update({device})
                told = {key: value for key, value in told.items() if not key.startswith(f"usb-{device}")}
                may_split = True
        now = together()
        for one, two in now - before:
            assert told[one] == told[two]
            assert IMEI in told[one] or OTHER_IMEI in told[one]
        assert may_split or before <= now
        before = now
