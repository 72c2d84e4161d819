from __future__ import annotations

from drivers.at import commands
from drivers.vendors import by_name


def test_the_imei_is_asked_only_without_a_plus() -> None:
    assert by_name("aithinker").imei == (commands.ATGSN,)
