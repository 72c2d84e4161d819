"""Which country a mobile country code belongs to."""

import phonenumbers
import pytest

from agent.formats import mcc


@pytest.mark.parametrize(
    ("imsi", "region"),
    [
        ("240120000000017", "SE"),
        ("310260000000000", "US"),
        ("316010000000000", "US"),
        ("404450000000000", "IN"),
        ("406000000000000", "IN"),
        ("460000000000000", "CN"),
        ("441100000000000", "JP"),
        ("235940000000000", "GB"),
        ("250010000000000", "RU"),
        ("901280000000000", None),
        ("001010000000000", None),
        ("340010000000000", None),
        ("362510000000000", None),
        ("658010000000000", None),
        ("425010000000000", "IL"),
        ("425050000000000", "PS"),
        ("425060000000000", "PS"),
        ("505010000000000", "AU"),
        ("505100000000000", "NF"),
        ("24", None),
        ("", None),
        ("٢٤٠", None),
    ],
)
def test_a_sim_is_at_home_in_the_country_of_its_mcc(imsi, region):
    assert region == mcc.home_region(imsi)


def test_every_country_of_the_table_has_numbers():
    assert set(mcc.REGIONS.values()) <= phonenumbers.SUPPORTED_REGIONS


def test_every_code_lies_where_e_212_puts_countries():
    assert all(200 <= code <= 799 for code in mcc.REGIONS)
    assert len(mcc.REGIONS) > 230
