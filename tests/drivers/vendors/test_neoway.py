from __future__ import annotations

from drivers.vendors import by_name


def test_the_phone_book_may_take_a_minute() -> None:
    assert by_name("neoway-2g").phone_book == 60.0
