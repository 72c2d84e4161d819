"""How a check of one value in config.yaml fails, and the sentences that several of them say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from pydantic_core import PydanticCustomError

from agent.language import _


def refuse(message: str, hint: str = "") -> NoReturn:
    """Fail a check. `message` and `hint` are for people; they must not repeat a value that may be secret."""
    raise PydanticCustomError("config", "{message}", {"message": message, "hint": hint})


def write(text: str) -> str:
    """Say what to write."""
    return _('write "{text}"').format(text=text)


def write_plainly(text: object) -> str:
    """Say what to write, where quotes would be mistaken for a part of it."""
    return _("write {text}").format(text=text)


def must_be(choices: str) -> str:
    """Say which words a value may be."""
    return _("must be {choices}").format(choices=choices)


def known_are(words: Iterable[str]) -> str:
    """List what may be written."""
    return _("known are {words}").format(words=", ".join(words))


def between(least: object, most: object) -> str:
    """Say that a value must be in this range."""
    return _("must be {least} to {most}").format(least=least, most=most)


def at_least(least: object) -> str:
    """Say what to write instead of less."""
    return _("write {least} or more").format(least=least)


def at_most(most: object) -> str:
    """Say what to write instead of more."""
    return _("write {most} or less").format(most=most)
