"""Names of modules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ports.naming import FIELDS, Unnamed, assign, unknown_fields

POOL = [Unnamed(f"usb-1-1:1.{n}", "Port{n}", f"/dev/ttyUSB{n}") for n in range(12)]


def test_numbers_are_given_in_natural_order_of_the_places():
    names = assign(reversed(POOL), {})
    assert [names.names[module.place] for module in POOL] == [f"Port{n}" for n in range(1, 13)]


def test_a_place_keeps_its_number_while_a_neighbour_is_missing():
    kept = assign(POOL, {}).kept
    later = assign(POOL[5:], kept)
    assert later.names[POOL[5].place] == "Port6"
    assert later.kept == kept


def test_a_new_place_gets_a_number_that_no_place_ever_had():
    kept = assign(POOL[:3], {}).kept
    assert assign([POOL[7]], kept).names == {POOL[7].place: "Port4"}


def test_a_gap_in_the_numbers_is_filled():
    assert assign([POOL[0], POOL[1]], {"elsewhere": 2}).kept == {
        "elsewhere": 2,
        POOL[0].place: 1,
        POOL[1].place: 3,
    }


def test_a_template_without_a_number_takes_none():
    names = assign([Unnamed("a", "Left"), Unnamed("b", "Port{n}")], {})
    assert names.names == {"a": "Left", "b": "Port1"}
    assert names.kept == {"b": 1}


def test_all_fields_are_filled_in():
    module = Unnamed("usb-1-1:1.0", "{n}/{path}/{imei}/{usb}", "/dev/ttyUSB3", "490154203237518")
    assert assign([module], {}).names[module.place] == "1//dev/ttyUSB3/490154203237518/usb-1-1:1.0"


def test_a_name_by_imei_waits_for_the_imei():
    assert assign([Unnamed("a", "M{imei}")], {}).names == {}
    assert assign([Unnamed("a", "M{imei}", imei="490154203237518")], {}).names == {"a": "M490154203237518"}


def test_a_number_is_kept_even_while_the_imei_is_waited_for():
    assert assign([Unnamed("a", "{n}-{imei}")], {}).kept == {"a": 1}


def test_a_value_with_braces_is_not_filled_in_again():
    assert assign([Unnamed("a", "{path}", path="{usb}")], {}).names == {"a": "{usb}"}


def test_one_name_for_two_places_is_a_clash():
    names = assign([Unnamed("b", "Port1"), Unnamed("a", "Port{n}"), Unnamed("c", "Other")], {"a": 1})
    assert names.clashes == {"Port1": ("a", "b")}


def test_a_number_that_would_make_a_name_given_in_so_many_letters_is_passed_over():
    names = assign([Unnamed("b", "Port1"), Unnamed("a", "Port{n}"), Unnamed("c", "Fax{n}")], {})
    assert names.names == {"a": "Port2", "b": "Port1", "c": "Fax1"}
    assert not names.clashes


@pytest.mark.parametrize(
    ("template", "unknown"),
    [("Port{n}", ()), ("{port}-{n}", ("port",)), ("{n.__class__}", ("n.__class__",)), ("{}", ("",))],
)
def test_braces_with_anything_else_are_told(template, unknown):
    assert unknown_fields(template) == unknown


def test_every_field_can_be_used():
    assert unknown_fields("".join(f"{{{field}}}" for field in FIELDS)) == ()


@given(st.lists(st.sets(st.sampled_from(POOL)), max_size=8))
def test_a_name_never_changes_and_never_belongs_to_two_places(looks):
    kept: dict[str, int] = {}
    seen: dict[str, str] = {}
    for look in looks:
        names = assign(look, kept)
        kept = dict(names.kept)
        assert set(names.names) == {module.place for module in look}
        for place, name in names.names.items():
            assert seen.setdefault(place, name) == name
    assert len(set(seen.values())) == len(seen)


def test_one_imei_in_two_places_is_no_clash():
    clones = [
        Unnamed("a", "M{imei}", imei="490154203237518"),
        Unnamed("b", "M{imei}", imei="490154203237518"),
    ]
    names = assign(clones, {}, {"b": "M490154203237518"})
    assert names.names == {"a": "M490154203237518-2", "b": "M490154203237518"}
    assert not names.clashes
    assert names.named == names.names
    assert names.twins == {"a": "M490154203237518-2"}


def test_one_imei_in_two_places_changes_no_name_that_the_number_tells_apart():
    clones = [Unnamed(place, "{n}-{imei}", imei="490154203237518") for place in "ab"]
    assert assign(clones, {}).names == {"a": "1-490154203237518", "b": "2-490154203237518"}
    assert not assign(clones, {}).twins


def test_a_name_by_imei_makes_room_for_one_given_in_so_many_letters():
    names = assign([Unnamed("a", "{imei}", imei="490154203237518"), Unnamed("b", "490154203237518")], {})
    assert names.names == {"a": "490154203237518-2", "b": "490154203237518"}
    assert not names.clashes


def test_a_place_that_yields_its_name_has_none_and_is_forgotten():
    moved = [
        Unnamed("a", "{imei}", imei="490154203237518", plugged=False),
        Unnamed("b", "{imei}", imei="490154203237518"),
    ]
    names = assign(moved, {}, {"a": "490154203237518", "elsewhere": "353270040000018"})
    assert names.names == {"b": "490154203237518"}
    assert names.yielded == {"a"}
    assert names.named == {"b": "490154203237518", "elsewhere": "353270040000018"}
