"""State machines as tables: the moves that each state allows, and where they lead."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeAlias, TypeVar

State = TypeVar("State", bound=enum.Enum)
Move = TypeVar("Move", bound=enum.Enum)
Transitions: TypeAlias = Mapping[State, Mapping[Move, State]]


class WrongMove(Exception):
    """A bug on our side: asked while waiting, for example."""


def next_state(transitions: Transitions[State, Move], state: State, move: Move) -> State:
    """Where a move leads. Raises WrongMove where the state does not allow it."""
    target = transitions[state].get(move)
    if target is None:
        raise WrongMove(f"cannot {move.value} while {state.value}")
    return target
