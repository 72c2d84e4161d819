"""Names of modules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.ports import Unnamed, assign
from drivers.ports.naming import Claim, names_by_imei

POOL = [Unnamed(f"usb-1-1:1.{n}", "Port{n}", f"/dev/ttyUSB{n}") for n in range(12)]
IMEI = "490154203237518"
OTHER = "353270040000018"


def test_numbers_are_given_in_natural_order_of_the_places():
    names = assign(reversed(POOL), {})
    assert [names.names[module.place] for module in POOL] == [f"Port{n}" for n in range(1, 13)]


def test_a_place_keeps_its_number_while_a_neighbour_is_missing():
    kept = assign(POOL, {}).numbers
    later = assign(POOL[5:], kept)
    assert later.names[POOL[5].place] == "Port6"
    assert later.numbers == kept


def test_a_new_place_gets_a_number_that_no_place_ever_had():
    kept = assign(POOL[:3], {}).numbers
    assert assign([POOL[7]], kept).names == {POOL[7].place: "Port4"}


def test_a_gap_in_the_numbers_is_filled():
    assert assign([POOL[0], POOL[1]], {"elsewhere": 2}).numbers == {
        "elsewhere": 2,
        POOL[0].place: 1,
        POOL[1].place: 3,
    }


def test_a_template_without_a_number_takes_none():
    names = assign([Unnamed("a", "Left"), Unnamed("b", "Port{n}")], {})
    assert names.names == {"a": "Left", "b": "Port1"}
    assert names.numbers == {"b": 1}


def test_all_fields_are_filled_in():
    module = Unnamed("usb-1-1:1.0", "{n}/{path}/{imei}/{usb}", "/dev/ttyUSB3", IMEI)
    assert assign([module], {}).names[module.place] == "1//dev/ttyUSB3/490154203237518/usb-1-1:1.0"


def test_a_name_by_imei_waits_for_the_imei():
    assert assign([Unnamed("a", "M{imei}")], {}).names == {}
    assert assign([Unnamed("a", "M{imei}", imei=IMEI)], {}).names == {"a": "M490154203237518"}


def test_a_number_is_kept_even_while_the_imei_is_waited_for():
    assert assign([Unnamed("a", "{n}-{imei}")], {}).numbers == {"a": 1}


def test_a_value_with_braces_is_not_filled_in_again():
    assert assign([Unnamed("a", "{path}", path="{usb}")], {}).names == {"a": "{usb}"}


def test_one_name_for_two_places_is_a_clash():
    names = assign([Unnamed("b", "Port1"), Unnamed("a", "Port{n}"), Unnamed("c", "Other")], {"a": 1})
    assert names.clashes == {"Port1": ("a", "b")}


def test_a_number_that_would_make_a_name_given_literally_is_passed_over():
    names = assign([Unnamed("b", "Port1"), Unnamed("a", "Port{n}"), Unnamed("c", "Fax{n}")], {})
    assert names.names == {"a": "Port2", "b": "Port1", "c": "Fax1"}
    assert not names.clashes


@given(st.lists(st.sets(st.sampled_from(POOL)), max_size=8))
def test_a_name_never_changes_and_never_belongs_to_two_places(searches):
    kept: dict[str, int] = {}
    seen: dict[str, str] = {}
    for search in searches:
        names = assign(search, kept)
        kept = dict(names.numbers)
        assert set(names.names) == {module.place for module in search}
        for place, name in names.names.items():
            assert seen.setdefault(place, name) == name
    assert len(set(seen.values())) == len(seen)


def test_one_imei_in_two_places_is_not_a_clash():
    clones = [
        Unnamed("a", "M{imei}", imei=IMEI),
        Unnamed("b", "M{imei}", imei=IMEI),
    ]
    names = assign(clones, {}, {"b": "M490154203237518"})
    assert names.names == {"a": "M490154203237518-2", "b": "M490154203237518"}
    assert not names.clashes
    assert names.by_imei == names.names
    assert names.suffixed == {"a": "M490154203237518-2"}


def test_one_imei_in_two_places_changes_no_name_that_the_number_distinguishes():
    clones = [Unnamed(place, "{n}-{imei}", imei=IMEI) for place in "ab"]
    assert assign(clones, {}).names == {"a": "1-490154203237518", "b": "2-490154203237518"}
    assert not assign(clones, {}).suffixed


def test_a_name_by_imei_makes_room_for_one_given_literally():
    names = assign([Unnamed("a", "{imei}", imei=IMEI), Unnamed("b", IMEI)], {})
    assert names.names == {"a": "490154203237518-2", "b": IMEI}
    assert not names.clashes


def test_a_place_that_releases_its_name_has_none_and_is_forgotten():
    moved = [
        Unnamed("a", "{imei}", imei=IMEI, plugged=False),
        Unnamed("b", "{imei}", imei=IMEI),
    ]
    names = assign(moved, {}, {"a": IMEI, "elsewhere": "353270040000018"})
    assert names.names == {"b": IMEI}
    assert names.released == {"a"}
    assert names.by_imei == {"b": IMEI, "elsewhere": "353270040000018"}


# names made of IMEIs: they follow the module, and no two places share one


def unplugged(place: str, name: str) -> Claim:
    return Claim(place, name, plugged=False)


def unconfirmed(place: str, name: str) -> Claim:
    return Claim(place, name, confirmed=False)


def test_each_place_has_the_name_that_its_imei_makes():
    assert names_by_imei([Claim("a", IMEI), Claim("b", OTHER)], {}) == {"a": IMEI, "b": OTHER}


def test_of_two_that_say_the_same_the_one_that_had_the_name_keeps_it():
    both = [Claim("a", IMEI), Claim("b", IMEI)]
    assert names_by_imei(both, {"b": IMEI}) == {"a": f"{IMEI}-2", "b": IMEI}
    assert names_by_imei(both, {"a": f"{IMEI}-2", "b": IMEI}) == {"a": f"{IMEI}-2", "b": IMEI}


def test_a_clone_keeps_its_number_when_the_first_goes():
    kept = {"a": IMEI, "b": f"{IMEI}-2", "c": f"{IMEI}-3"}
    claims = [unplugged("a", IMEI), Claim("b", IMEI), Claim("c", IMEI)]
    assert names_by_imei(claims, kept) == kept
    assert names_by_imei(claims[1:], kept) == {"b": f"{IMEI}-2", "c": f"{IMEI}-3"}


def test_a_module_that_moved_takes_its_name_along():
    assert names_by_imei([unplugged("a", IMEI), Claim("b", IMEI)], {"a": IMEI}) == {"b": IMEI}


def test_a_module_that_moved_while_the_agent_was_down_takes_its_name_along():
    assert names_by_imei([Claim("b", IMEI)], {"a": IMEI}) == {"b": IMEI}


def test_another_module_in_the_place_has_another_name():
    assert names_by_imei([Claim("a", OTHER)], {"a": IMEI}) == {"a": OTHER}
    assert names_by_imei([Claim("a", OTHER)], {"a": f"{IMEI}-2"}) == {"a": OTHER}


def test_modules_that_changed_places_while_the_agent_was_down_change_names_without_a_suffix():
    kept = {"a": IMEI, "b": OTHER}
    assert names_by_imei([unconfirmed("a", IMEI), unconfirmed("b", OTHER)], kept) == kept
    assert names_by_imei([Claim("a", OTHER), unconfirmed("b", OTHER)], kept) == {"b": OTHER}
    assert names_by_imei([Claim("a", OTHER), Claim("b", IMEI)], {"b": OTHER}) == {"a": OTHER, "b": IMEI}


def test_a_newcomer_whose_imei_is_only_remembered_gets_no_suffix_yet():
    assert names_by_imei([Claim("a", IMEI), unconfirmed("b", IMEI)], {"a": IMEI}) == {"a": IMEI}


def test_a_name_that_is_taken_is_not_given_again():
    assert names_by_imei([Claim("a", "Fax")], {}, {"Fax", "Fax-2"}) == {"a": "Fax-3"}
    assert names_by_imei([Claim("a", "Fax")], {"a": "Fax"}, {"Fax"}) == {"a": "Fax-2"}


def test_a_name_with_a_suffix_is_not_longer_than_any_other():
    claims = [Claim("a", "x" * 12), Claim("b", "x" * 12)]
    assert names_by_imei(claims, {}, longest=10) == {"a": "x" * 10, "b": "x" * 8 + "-2"}
    assert names_by_imei(claims, {"b": "x" * 8 + "-2"}, longest=10) == {"a": "x" * 10, "b": "x" * 8 + "-2"}


claims = st.dictionaries(
    st.sampled_from("abcde"), st.tuples(st.sampled_from([IMEI, OTHER]), st.booleans(), st.booleans())
)


@given(st.lists(claims, max_size=8))
def test_names_are_unique_and_stay_while_the_module_does(searches):
    kept: dict[str, str] = {}
    before: dict[str, str] = {}
    for search in searches:
        now = [Claim(place, *rest) for place, rest in search.items()]
        names = names_by_imei(now, kept)
        assert len(set(names.values())) == len(names)
        for claim in now:
            had = names.get(claim.place)
            assert had is None or had.startswith(claim.name)
            if claim.plugged and before.get(claim.place) == claim.name and claim.place in kept:
                assert had == kept[claim.place]
        used = set(names.values())
        kept = {place: name for place, name in kept.items() if name not in used} | names
        before = {place: search[place][0] for place in names}
