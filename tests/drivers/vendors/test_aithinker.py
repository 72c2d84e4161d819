from __future__ import annotations

from drivers.at import commands
from drivers.vendors import by_name


def test_the_imei_is_asked_without_a_plus_and_never_otherwise() -> None:
    assert by_name("aithinker").imei == (commands.ATGSN,)
