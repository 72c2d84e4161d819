"""The next step after a refusal or a trouble."""

import re

import pytest

from agent.onlinesim.advice import advice_for
from agent.onlinesim.outcome import FailureKind, RefusalKind


@pytest.mark.parametrize("kind", [*RefusalKind, *FailureKind])
def test_each_kind_has_a_next_step_in_both_languages(kind):
    assert len(advice_for(kind).split()) >= 5
    assert re.search("[а-я]", advice_for(kind, "ru"))
    assert not re.search("[а-я]", advice_for(kind))
