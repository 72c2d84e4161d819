"""Text and environment in, a frozen Config or every mistake at once out.

Responsible for turning what pydantic and the rules find into problems with a place, in words for people. Must
not know the file system: where the text came from is told, and nothing is opened.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agent.config import models, source
from agent.config.checks import conflicts, text_warnings
from agent.config.models import Config
from agent.config.problem import ConfigError, Key, Problem, near_miss
from agent.config.source import Source

_SECTIONS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Config,
    ("onlinesim",): models.Onlinesim,
    ("bank",): models.Bank,
    ("ports", "*"): models.PortRule,
    ("sims", "*"): models.SimEntry,
    ("ussd", "*"): models.UssdQuery,
    ("shared_ports",): models.SharedPorts,
    ("status",): models.Status,
    ("log",): models.Log,
}
_SECRET = {"api_key", "token"}
_FREE_KEYS = {"sims", "ussd", "usb"}
_STAND_INS = {"path": "usb", "code": "*100#"}
"""Take the place of a required value that cannot be read, so that what is around it can."""

_MOST_ROUNDS = 10
_RENAMED: dict[Key, str] = {("guests",): "shared_ports"}
_SWITCHES = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
_KINDS = {
    "extra_forbidden": ("unknown key", ""),
    "missing": ("is missing", "add it to this entry"),
    "string_type": ("must be text", "put it into quotes"),
    "path_type": ("must be the path of a file", "write one path"),
    "bool_type": ("must be true or false", "write true or false, without quotes"),
    "int_type": ("must be a whole number", "write digits alone, without quotes"),
    "model_type": ("must be a group of keys", 'each in a line of its own: "key: value"'),
    "mapping_type": ("must be a group of keys", 'each in a line of its own: "key: value"'),
    "tuple_type": ("must be a list", 'each entry begins with "- "'),
}


def load(
    text: str,
    *,
    file: str,
    environment: Mapping[str, str],
    folder: Path,
    drivers: Collection[str] | None = None,
) -> Config:
    """Read config.yaml.

    `file` is its name in messages, `folder` where its relative paths start, `environment` what `${NAME}`
    stands for; `drivers` the names that `driver` may take (None: any). Under systemd ($CREDENTIALS_DIRECTORY)
    api_key_file is its credential api_key, unless the file names a key. Raises ConfigError with every problem
    that was found.
    """
    read = source.read(text, file, environment)
    problems = list(read.problems)
    credentials = environment.get("CREDENTIALS_DIRECTORY", "")
    config, aside = _validated(read, folder, problems)
    if config is not None:
        for keys, message, hint in conflicts(config, credential=bool(credentials), drivers=drivers):
            if not any(_touches(key, aside) for key in keys):
                blamed = next((key for key in keys if key in read.places.values), keys[0])
                problems.append(read.places.problem(blamed, message, hint, text=_text(read, blamed)))
    if problems or config is None:
        raise ConfigError(problems)
    return _finished(config, read, folder / credentials if credentials else None)


def _finished(config: Config, read: Source, credentials: Path | None) -> Config:
    told = config.onlinesim
    if credentials and not told.sandboxed and told.api_key is None and told.api_key_file is None:
        config = config.model_copy(
            update={"onlinesim": told.model_copy(update={"api_key_file": credentials / "api_key"})}
        )
    config.remember(read.places, text_warnings(config, read))
    return config


def _validated(read: Source, folder: Path, problems: list[Problem]) -> tuple[Config | None, set[Key]]:
    """The models of `read.data`, and the keys that were set aside.

    What is wrong is told and taken out of the data, and the rest is judged again: one mistake must not hide
    another.
    """
    aside: set[Key] = set(read.unreadable)
    for key in read.unreadable:
        _set_aside(read.data, key)
    for _ in range(_MOST_ROUNDS):
        try:
            return Config.model_validate(read.data, context={"folder": folder}), aside
        except ValidationError as wrong:
            details = wrong.errors(include_url=False, include_input=False)
        found = [(*_key(detail["loc"]), detail) for detail in details]
        for key, at_key, detail in sorted(found, key=lambda each: not each[1]):
            if not _touches(key, aside):
                problems.append(_problem(read, key, detail, at_key=at_key))
            if at_key:  # a wrong name makes what stands behind it doubtful too
                aside.add(key)
        for key, _at_key, _detail in found:
            aside.add(key)
            _set_aside(read.data, key)
    return None, aside


def _touches(key: Key, aside: set[Key]) -> bool:
    """Whether `key`, or what holds it, was set aside."""
    return any(key[:length] in aside for length in range(len(key) + 1))


def _key(location: tuple[int | str, ...]) -> tuple[Key, bool]:
    """Pydantic's location as the path of a key, and whether the key itself is meant."""
    if location and location[-1] == "[key]":
        return tuple(location[:-1]), True
    return tuple(location), False


def _set_aside(data: Any, key: Key) -> None:
    """Take the value of `key` out of `data`, or the value that stands where a group should hold it."""
    holder = data
    for depth, part in enumerate(key, start=1):
        inner = _inside(holder, part)
        if depth == len(key) or not isinstance(inner, dict | list):
            _replace(holder, part)
            return
        holder = inner


def _inside(holder: Any, part: int | str) -> Any:
    if isinstance(holder, dict):
        return holder.get(str(part))
    return holder[int(part)] if int(part) < len(holder) else None


def _replace(holder: Any, part: int | str) -> None:
    if isinstance(holder, list):
        if int(part) < len(holder):
            holder[int(part)] = {"path": _STAND_INS["path"]}
    elif part in _STAND_INS:
        holder[str(part)] = _STAND_INS[str(part)]
    else:
        holder.pop(str(part), None)


def _problem(read: Source, key: Key, detail: ErrorDetails, *, at_key: bool) -> Problem:
    unknown = detail["type"] == "extra_forbidden"
    written = str(key[-1]) if (unknown or at_key) and key else _text(read, key)
    message, hint = _words(detail, written)
    if unknown:
        hint = _meant(key)
    elif not at_key and read.texts.get(key) in {"", "~", "null"} and key != ("fleet",):
        message, hint = "has no value", "leave the key out for its default"
    at = read.places.of_key(key) if unknown or at_key else None
    return read.places.problem(key, message, hint, text=written, at=at)


def _text(read: Source, key: Key) -> str:
    """The value as it stands in the file, empty where it may be a secret."""
    return "" if _SECRET & set(map(str, key)) else read.texts.get(key, "")


def _words(detail: ErrorDetails, written: str) -> tuple[str, str]:
    """Pydantic's finding in words for people: a message and a hint."""
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "config":
        return str(context["message"]), str(context["hint"])
    if kind in {"enum", "literal_error"}:
        expected = str(context["expected"])
        choices = expected.replace("'", "")
        if detail["loc"] == ("version",):
            return f"must be {choices}", f"this program knows version {choices} of the keys"
        near = near_miss(written, re.findall(r"'([^']*)'", expected))
        return f"must be {choices}", near or f"write {choices}"
    if kind == "bool_type" and written.lower() in _SWITCHES:
        return "must be true or false", f"write {_SWITCHES[written.lower()]}"
    if kind == "int_type" and re.fullmatch(r"[0-9]{1,9}", written):
        return _KINDS[kind][0], f"write {written}, without quotes"
    if kind in {"greater_than_equal", "less_than_equal"}:
        edge = f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"
        return f"must be {_range(detail['loc'])}", f"write {edge}"
    if kind == "model_type" and written and detail["loc"][:1] == ("ports",):
        return _KINDS[kind][0], f'write "path: {written}"'
    return _KINDS.get(kind, (detail["msg"], "see the shipped config.yaml for what it takes"))


def _range(location: tuple[int | str, ...]) -> str:
    """The least and the most that a number may be."""
    section = _section(tuple(location))
    bounds = section.model_fields[str(location[-1])].metadata if section else []
    least = next((bound.ge for bound in bounds if isinstance(bound, Ge)), "…")
    most = next((bound.le for bound in bounds if isinstance(bound, Le)), "…")
    return f"{least} to {most}"


def _section(key: Key) -> type[BaseModel] | None:
    """The group that holds `key`, None where people name the keys."""
    pattern = tuple("*" if isinstance(part, int) or (key[0] in _FREE_KEYS and depth == 1) else part
                    for depth, part in enumerate(key[:-1]))  # fmt: skip
    return _SECTIONS.get(pattern)


def _meant(key: Key) -> str:
    """What an unknown key may have been meant to be: a near miss beside it, or a key of another group."""
    section = _section(key)
    word = str(key[-1])
    if key in _RENAMED:
        return f'it is now called "{_RENAMED[key]}"'
    hint = near_miss(word, section.model_fields) if section else ""
    if hint:
        return hint
    for path, other in _SECTIONS.items():
        if path and other is not section and word in other.model_fields:
            return f"it belongs under {path[0]}"
    return f"there are {', '.join(section.model_fields)}" if section else "take it away"
