from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from drivers.at import events
from drivers.at.commands import CSQ


def test_an_event_is_a_value_that_never_changes():
    event = events.Answered(CSQ, ("+CSQ: 1,1",))
    assert event == events.Answered(CSQ, ("+CSQ: 1,1",))
    with pytest.raises(FrozenInstanceError):
        event.lines = ()  # type: ignore[misc]
