"""Names made of IMEIs: they follow the module, and no two places share one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.ports.twins import Claim, tell_apart

IMEI = "490154203237518"
OTHER = "353270040000018"


def unplugged(place: str, name: str) -> Claim:
    return Claim(place, name, plugged=False)


def untold(place: str, name: str) -> Claim:
    return Claim(place, name, told=False)


def test_each_place_is_called_as_its_module_says():
    assert tell_apart([Claim("a", IMEI), Claim("b", OTHER)], {}) == {"a": IMEI, "b": OTHER}


def test_of_two_that_say_the_same_the_one_that_had_the_name_keeps_it():
    both = [Claim("a", IMEI), Claim("b", IMEI)]
    assert tell_apart(both, {"b": IMEI}) == {"a": f"{IMEI}-2", "b": IMEI}
    assert tell_apart(both, {"a": f"{IMEI}-2", "b": IMEI}) == {"a": f"{IMEI}-2", "b": IMEI}


def test_a_twin_keeps_its_number_when_the_first_goes():
    kept = {"a": IMEI, "b": f"{IMEI}-2", "c": f"{IMEI}-3"}
    claims = [unplugged("a", IMEI), Claim("b", IMEI), Claim("c", IMEI)]
    assert tell_apart(claims, kept) == kept
    assert tell_apart(claims[1:], kept) == {"b": f"{IMEI}-2", "c": f"{IMEI}-3"}


def test_a_module_that_moved_takes_its_name_along():
    assert tell_apart([unplugged("a", IMEI), Claim("b", IMEI)], {"a": IMEI}) == {"b": IMEI}


def test_a_module_that_moved_while_nobody_looked_takes_its_name_along():
    assert tell_apart([Claim("b", IMEI)], {"a": IMEI}) == {"b": IMEI}


def test_another_module_in_the_place_has_another_name():
    assert tell_apart([Claim("a", OTHER)], {"a": IMEI}) == {"a": OTHER}
    assert tell_apart([Claim("a", OTHER)], {"a": f"{IMEI}-2"}) == {"a": OTHER}


def test_modules_that_changed_places_while_nobody_looked_change_names_and_are_no_twins():
    kept = {"a": IMEI, "b": OTHER}
    assert tell_apart([untold("a", IMEI), untold("b", OTHER)], kept) == kept
    assert tell_apart([Claim("a", OTHER), untold("b", OTHER)], kept) == {"b": OTHER}
    assert tell_apart([Claim("a", OTHER), Claim("b", IMEI)], {"b": OTHER}) == {"a": OTHER, "b": IMEI}


def test_a_newcomer_of_which_only_memory_speaks_is_no_twin_yet():
    assert tell_apart([Claim("a", IMEI), untold("b", IMEI)], {"a": IMEI}) == {"a": IMEI}


def test_a_name_that_is_given_otherwise_is_nobodys():
    assert tell_apart([Claim("a", "Fax")], {}, {"Fax", "Fax-2"}) == {"a": "Fax-3"}
    assert tell_apart([Claim("a", "Fax")], {"a": "Fax"}, {"Fax"}) == {"a": "Fax-2"}


def test_a_twin_is_no_longer_than_any_other_name():
    claims = [Claim("a", "x" * 12), Claim("b", "x" * 12)]
    assert tell_apart(claims, {}, longest=10) == {"a": "x" * 10, "b": "x" * 8 + "-2"}
    assert tell_apart(claims, {"b": "x" * 8 + "-2"}, longest=10) == {"a": "x" * 10, "b": "x" * 8 + "-2"}


claims = st.dictionaries(
    st.sampled_from("abcde"), st.tuples(st.sampled_from([IMEI, OTHER]), st.booleans(), st.booleans())
)


@given(st.lists(claims, max_size=8))
def test_names_are_unique_and_stay_while_the_module_does(looks):
    kept: dict[str, str] = {}
    before: dict[str, str] = {}
    for look in looks:
        now = [Claim(place, *rest) for place, rest in look.items()]
        names = tell_apart(now, kept)
        assert len(set(names.values())) == len(names)
        for claim in now:
            had = names.get(claim.place)
            assert had is None or had.startswith(claim.name)
            if claim.plugged and before.get(claim.place) == claim.name and claim.place in kept:
                assert had == kept[claim.place]
        used = set(names.values())
        kept = {place: name for place, name in kept.items() if name not in used} | names
        before = {place: look[place][0] for place in names}
