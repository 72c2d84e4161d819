from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from drivers.vendors import GENERIC, UrcMeaning
from drivers.vendors.dialect import named, urc


def test_of_several_urcs_that_match_the_first_counts() -> None:
    dialect = replace(
        GENERIC, urcs=(urc(r"\+X: 0", UrcMeaning.SIM_GONE), urc(r"\+X:", UrcMeaning.SIM_CHANGED))
    )

    assert dialect.meaning("+X: 0") is UrcMeaning.SIM_GONE
    assert dialect.meaning("+X: 1") is UrcMeaning.SIM_CHANGED


def test_a_urc_is_matched_from_its_start_and_in_any_case() -> None:
    dialect = replace(GENERIC, urcs=(urc(r"\+x:", UrcMeaning.POWER),))

    assert dialect.meaning("+X: 1") is UrcMeaning.POWER
    assert dialect.meaning("so +X: 1") is None


def test_a_name_is_found_anywhere_in_a_line_and_in_any_case() -> None:
    assert named("acme").search("Manufacturer: ACME Ltd.")


def test_a_dialect_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        GENERIC.chains = True  # type: ignore[misc]
