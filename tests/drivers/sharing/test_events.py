"""Events are values."""

from __future__ import annotations

import dataclasses

import pytest

from drivers.sharing.events import Ended, Show


def test_events_are_equal_by_what_they_say_and_cannot_be_changed():
    assert Show(b"x") == Show(b"x")
    assert Ended(True) != Ended(False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Show(b"x").data = b"y"
