"""Where every key and value of a file stood."""

from agent.config.places import KeyPlace, Places, spell


def test_a_key_that_is_not_written_is_where_its_group_is():
    places = Places("c", {("bank",): KeyPlace(3, 1)}, {(): KeyPlace(1, 1), ("bank",): KeyPlace(4, 3)})
    assert places.of(("bank", "lease")) == KeyPlace(4, 3)
    assert places.of_key(("bank",)) == KeyPlace(3, 1)
    assert places.of(("log", "level")) == KeyPlace(1, 1)


def test_a_key_is_spelt_as_people_write_it():
    assert Places("c").problem(("ports", 2, "name"), "m").key == "ports[2].name"
    assert spell(("sims", "a\nb", "number")) == "sims.a b.number"
