"""Names as people change them: each name is one module's, before and after, whatever is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bank.names import NamedPlace, NameRefused, Names

TEMPLATE = "Port{n}"


def place(n, *, there=True, imei=None, template=TEMPLATE, name=None):
    ports = (f"/dev/ttyUSB{n}",) if there else ()
    return NamedPlace(key=f"usb-{n}", name=name or f"Port{n}", template=template, ports=ports, imei=imei)


def names(*places):
    return Names(
        places=places, numbers={one.key: int(one.key[4:]) for one in places if one.template == TEMPLATE}
    )


def called(found):
    return {one.key: one.name for one in found.places}


def test_a_name_of_another_form_is_kept_as_it_was_given():
    found = names(place(1), place(2)).rename("Port1", "left shelf")
    assert called(found) == {"usb-1": "left shelf", "usb-2": "Port2"}
    assert (found.numbers, found.given) == ({"usb-2": 2}, {"usb-1": "left shelf"})


def test_a_name_that_the_template_makes_is_a_number_again():
    found = names(place(1)).rename("Port1", "left").rename("left", "Port7")
    assert (found.numbers, found.given) == ({"usb-1": 7}, {})


def test_a_number_that_another_template_has_leaves_the_name_as_it_was_given():
    found = names(place(1), place(2, template="Left{n}", name="Left3"))
    found = Names(places=found.places, numbers={"usb-1": 1, "usb-2": 3}).rename("Port1", "Port3")
    assert (found.numbers, found.given) == ({"usb-2": 3}, {"usb-1": "Port3"})


def test_a_taken_name_is_refused_and_swap_exchanges_the_two():
    both = names(place(1), place(2))
    with pytest.raises(NameRefused, match=r"Port2 is taken by /dev/ttyUSB2; --swap exchanges the two"):
        both.rename("Port1", "Port2")
    assert called(both.rename("Port1", "Port2", swap=True)) == {"usb-1": "Port2", "usb-2": "Port1"}
    with pytest.raises(NameRefused, match="nothing can be exchanged"):
        both.rename("Port1", "Port9", swap=True)


def test_a_name_that_a_place_without_a_module_has_can_be_freed():
    with pytest.raises(NameRefused, match=r"forget Port2` frees it, and `simbank-agent move Port2 PLACE`"):
        names(place(1), place(2, there=False)).rename("Port1", "Port2")


def test_a_module_in_another_place_gets_its_name_again():
    found = names(place(1, there=False), place(9)).move("Port1", ("usb-9",))
    assert called(found) == {"usb-9": "Port1"}
    assert (found.numbers, found.given, found.dropped) == ({"usb-9": 1}, {}, {"usb-1"})
    again = names(place(1, there=False), place(9))
    assert called(again.move("Port1", ("/dev/x", "/dev/ttyUSB9"))) == called(found)
    assert called(again.move("Port1", ("Port9",))) == called(found)


def test_a_name_does_not_leave_a_module_that_is_there_unless_they_exchange():
    both = names(place(1), place(9))
    with pytest.raises(NameRefused, match="--swap"):
        both.move("Port1", ("usb-9",))
    assert called(both.move("Port1", ("usb-9",), swap=True)) == {"usb-1": "Port9", "usb-9": "Port1"}
    with pytest.raises(NameRefused, match="no module is at usb-5 now"):
        both.move("Port1", ("usb-5",))
    with pytest.raises(NameRefused, match="already"):
        both.move("Port1", ("usb-1",))


def test_a_whole_bank_on_another_host_gets_its_names_by_imei_where_that_is_sure():
    gone = [place(n, there=False, imei=f"35000000000000{n}") for n in range(1, 5)]
    here = [place(10 + n, imei=f"35000000000000{n}") for n in range(1, 4)]
    clone = place(20, imei="350000000000003")
    found, moved = names(*gone, *here, clone).move_all()
    assert [name for name, _ in moved] == ["Port1", "Port2"]
    assert called(found)["usb-11"] == "Port1"
    assert called(found)["usb-13"] == "Port13"
    assert found.move_all()[1] == ()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=10))
def test_a_whole_bank_is_moved_as_module_by_module(modules):
    before = names(
        *(place(n, there=there, imei=f"35000000000000{imei}") for n, (there, imei) in enumerate(modules, 1))
    )
    found, moved = before.move_all()
    one_by_one = before
    for name, target in moved:
        one_by_one = one_by_one.move(name, (target.key,))
    assert found == one_by_one


def test_a_place_is_forgotten_only_without_a_module():
    found = names(place(1), place(2, there=False))
    assert found.forget("Port2").dropped == {"usb-2"}
    with pytest.raises(NameRefused, match="unplug it"):
        found.forget("Port1")
    with pytest.raises(NameRefused, match=r'did you mean "Port1"'):
        found.forget("Port11")


@pytest.mark.parametrize("bad", ["", " ", "a\nb", "Port{n}", " left", "x" * 101, "a\u202eb"])
def test_what_is_no_name_is_refused(bad):
    with pytest.raises(NameRefused, match="name"):
        names(place(1)).rename("Port1", bad)


@pytest.mark.parametrize(
    ("template", "said"), [("{imei}", "moves with it"), ("Desk", "change its name there")]
)
def test_a_name_of_config_yaml_is_changed_there(template, said):
    found = Names(places=(place(1, template=template, name="one"), place(2)), numbers={"usb-2": 2})
    for wrong in (lambda: found.rename("one", "two"), lambda: found.rename("Port2", "one", swap=True)):
        with pytest.raises(NameRefused, match=said):
            wrong()


MOVES = st.one_of(
    st.tuples(
        st.just("rename"),
        st.integers(1, 6),
        st.sampled_from(["Port1", "Port3", "left", "Port8"]),
        st.booleans(),
    ),
    st.tuples(
        st.just("move"),
        st.integers(1, 6),
        st.sampled_from(["usb-1", "usb-2", "usb-4", "usb-6"]),
        st.booleans(),
    ),
    st.tuples(st.just("forget"), st.integers(1, 6), st.just(""), st.just(False)),
)


@given(st.lists(MOVES, max_size=12), st.sets(st.integers(1, 6)))
def test_no_name_is_ever_two_modules_and_no_module_that_is_there_is_lost(moves, there):
    found = names(*(place(n, there=n in there) for n in range(1, 7)))
    for what, n, other, swap in moves:
        name = called(found).get(f"usb-{n}", "none")
        try:
            if what == "rename":
                found = found.rename(name, other, swap=swap)
            elif what == "move":
                found = found.move(name, (other,), swap=swap)
            else:
                found = found.forget(name)
        except NameRefused:
            continue
        assert len(set(called(found).values())) == len(found.places)
        assert {f"usb-{n}" for n in there} <= called(found).keys()
        assert len(set(found.numbers.values())) == len(found.numbers)
        assert not found.numbers.keys() & found.given.keys()
        for one in found.places:
            number = found.numbers.get(one.key)
            assert one.name == (found.given.get(one.key) or f"Port{number}")
