"""The words that config.yaml lets one choose from."""

import enum
from pathlib import Path

import pytest

from agent.config import enums

SHIPPED = (Path(__file__).parents[3] / "config.yaml").read_text(encoding="utf-8")
WORDS = [
    word
    for kind in vars(enums).values()
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum)
    for word in kind
]


@pytest.mark.parametrize("word", WORDS)
def test_every_choice_is_in_the_shipped_file(word):
    assert word in SHIPPED


def test_the_more_exact_path_counts_before_the_less_exact():
    kinds = enums.PathKind
    assert kinds.URL < kinds.EXACT < kinds.GLOB < kinds.EVERY_USB
