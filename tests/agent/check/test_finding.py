"""What a finding says."""

from agent.check.finding import counted, some


def test_many_names_are_the_first_and_a_count():
    assert some(["a", "b", "c"]) == "a, b, c"
    assert some(f"ttyUSB{n}" for n in range(64)) == "ttyUSB0, ttyUSB1, ttyUSB2 and 61 more"


def test_one_thing_is_no_plural():
    assert [counted(number, "port") for number in (0, 1, 2)] == ["0 ports", "1 port", "2 ports"]
