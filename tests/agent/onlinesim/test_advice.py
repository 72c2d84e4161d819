"""The next step after a refusal or a trouble."""

import re

import pytest

from agent.onlinesim.advice import mend
from agent.onlinesim.outcome import RefusalKind, TroubleKind


@pytest.mark.parametrize("kind", [*RefusalKind, *TroubleKind])
def test_each_kind_has_a_next_step_in_both_languages(kind):
    assert len(mend(kind).split()) >= 5
    assert re.search("[а-я]", mend(kind, "ru"))
    assert not re.search("[а-я]", mend(kind))
