"""Codes that change a subscriber's services are never sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at import ussd_codes
from drivers.at.allowlist import allowed


@pytest.mark.parametrize("code", ["*100#", "*123*1#", "*111#", "*105#", "*99#", "*161#", "*110*10#"])
def test_an_own_number_query_is_allowed(code):
    assert ussd_codes.objection(code) is None


@pytest.mark.parametrize(
    "service",
    [
        "21",
        "61",
        "62",
        "67",
        "002",
        "004",
        "33",
        "330",
        "331",
        "332",
        "333",
        "35",
        "351",
        "353",
        "43",
        "30",
        "31",
        "76",
        "77",
        "300",
        "37",
        "59",
        "66",
        "75",
        "88",
        "96",
        "03",
        "04",
        "042",
        "05",
        "052",
        "06",
        "214",
        "360",
        "361",
        "362",
        "363",
        "591",
        "592",
        "593",
        "594",
        "750",
        "751",
        "752",
        "753",
        "754",
    ],
)
def test_a_service_of_22_030_is_refused_with_and_without_a_parameter(service):
    assert ussd_codes.objection(f"*{service}#")
    assert ussd_codes.objection(f"*{service}*46701740000#")


@pytest.mark.parametrize(
    "code",
    [
        "**21*46701740000#",
        "##002#",
        "*#06#",
        "#31#",
        "*100",
        "100#",
        "*#",
        "*100#1",
        "*1*2*3#",
        "*100#\r",
        "ATD112;",
        "",
    ],
)
def test_any_other_form_is_refused(code):
    assert ussd_codes.objection(code)


@given(st.text())
def test_fuzz_an_allowed_code_has_one_form(code):
    if ussd_codes.objection(code) is None:
        assert code.startswith("*")
        assert code.endswith("#")
        assert all(part.isdigit() and part.isascii() for part in code[1:-1].split("*"))


@given(st.from_regex(r"\*?[0-9*#]{0,12}#?", fullmatch=True))
def test_fuzz_the_allow_list_refuses_what_has_an_objection_and_nothing_else(code):
    assert allowed(f'AT+CUSD=1,"{code}",15') == (ussd_codes.objection(code) is None)
