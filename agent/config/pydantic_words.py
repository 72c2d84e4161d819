"""Pydantic's errors in words for people: a message, and a hint what to write."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from pydantic_core import ErrorDetails

from agent.config.refusal import at_least, at_most, between, must_be, write, write_plainly
from agent.formats.near_miss import near_miss
from agent.language import N_, _, ngettext

Said = tuple[str, str]
"""A message and a hint."""

_GROUP: Final = (N_("must be a group of keys"), N_('each in a line of its own: "key: value"'))
_SWITCH: Final = (N_("must be true or false"), N_("write true or false"))
_WHOLE: Final = (N_("must be a whole number"), N_("write digits only"))
_UNKNOWN: Final = (N_("is not a usable value"), N_("see the shipped config.yaml for what it can be"))
MISSING: Final = (N_("is missing"), N_("add it to this entry"))
KINDS: Final = {
    "extra_forbidden": (N_("unknown key"), ""),
    "missing": MISSING,
    "string_type": (N_("must be a single value"), N_("write one text, not a list or group")),
    "path_type": (N_("must be a file path"), N_("write one path")),
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "model_type": _GROUP,
    "mapping_type": _GROUP,
    "dict_type": _GROUP,
    "tuple_type": (N_("must be a list"), N_('each entry begins with "- "')),
}
"""By its error types (docs.pydantic.dev, "Validation Errors"); those that hold a value are functions below."""


def in_our_words(detail: ErrorDetails, written: str, bounds: tuple[object, object]) -> Said:
    """Return them in the process's language; `bounds` are the least and the most that a number may be."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "config":
        return str(context["message"]), str(context["hint"])
    if kind in WITH_VALUES:
        return WITH_VALUES[kind](context, written, bounds)
    message, hint = KINDS.get(kind, _UNKNOWN)
    return _(message), _special(kind, detail["loc"], written) or (_(hint) if hint else "")


def _special(kind: str, location: tuple[int | str, ...], written: str) -> str:
    """Return a hint that fits this value better; empty where there is none."""
    if kind in {"model_type", "mapping_type", "dict_type"} and (
        glued := re.match(r"(\w+):([^\s/]\S*)", written)
    ):
        return _('put a space after the colon: "{text}"').format(text=f"{glued[1]}: {glued[2]}")
    if kind == "missing" and location == ("fleet", "redis"):
        return _("write one such as {example}").format(example="rediss://USER:PASSWORD@HOST:6379")
    if kind == "model_type" and written and location[:1] == ("ports",):
        return write(f"path: {written}")
    return ""


def _choice(context: dict[str, Any], written: str, _bounds: tuple[object, object]) -> Said:
    words = re.findall(r"'([^']*)'", str(context["expected"]))
    *first, last = words
    choices = _("{words} or {last}").format(words=", ".join(first), last=last) if first else last
    return must_be(choices), near_miss(written, words) or write_plainly(choices)


def _edge(context: dict[str, Any], _written: str, bounds: tuple[object, object]) -> Said:
    hint = at_least(context["ge"]) if "ge" in context else at_most(context["le"])
    return between(*bounds), hint


def _too_long(context: dict[str, Any], _written: str, _bounds: tuple[object, object]) -> Said:
    most = int(context["max_length"])
    text = ngettext("has more than {n} entry", "has more than {n} entries", most)
    return text.format(n=most), _("remove some")


WITH_VALUES: Final[dict[str, Callable[[dict[str, Any], str, tuple[object, object]], Said]]] = {
    "enum": _choice,
    "literal_error": _choice,
    "greater_than_equal": _edge,
    "less_than_equal": _edge,
    "too_long": _too_long,
}
