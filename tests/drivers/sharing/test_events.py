"""Events are values."""

from __future__ import annotations

import dataclasses

import pytest

from drivers.sharing.events import Released, Show


def test_events_are_equal_by_what_they_say_and_cannot_be_changed():
    assert Show(b"x") == Show(b"x")
    assert Released(True) != Released(False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Show(b"x").data = b"y"
