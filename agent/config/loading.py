"""Text and environment in; a frozen Config, or every mistake at once, with its place and in words for people."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agent.config import locate, models, source
from agent.config.alerts import AlertRules, Alerts
from agent.config.checks import conflicts
from agent.config.fleet import Fleet
from agent.config.fleet_checks import fleet_conflicts, host_name, redis_fault
from agent.config.models import Config
from agent.config.problem import ConfigError, Key, Problem
from agent.config.pydantic_words import in_our_words
from agent.config.source import Source
from agent.config.text_warnings import TextWarnings
from agent.formats.near_miss import near_miss
from agent.language import _

_SECTIONS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Config,
    ("onlinesim",): models.Onlinesim,
    ("bank",): models.Bank,
    ("ports", "*"): models.PortRule,
    ("sims", "*"): models.SimEntry,
    ("ussd", "*"): models.UssdQuery,
    ("shared_ports",): models.SharedPorts,
    ("status",): models.Status,
    ("history",): models.History,
    ("log",): models.Log,
    ("fleet",): Fleet,
    ("alerts",): Alerts,
    ("alerts", "when"): AlertRules,
}
TOKEN_CREDENTIAL = "status_token"  # noqa: S105  the name of systemd's credential
_SECRET = {"api_key", "token", "redis", "urls", "heartbeat_url"}
_FREE_KEYS = {"sims", "ussd", "usb", "labels"}
_RENAMED: dict[Key, str] = {("guests",): "shared_ports"}
_REQUIRED = {"path", "code", "redis"}


def load(
    text: str,
    *,
    file: str,
    environment: Mapping[str, str],
    folder: Path,
    drivers: Callable[[], Collection[str]] | None = None,
    credentials: Collection[str] = (),
    machine: Callable[[], str] = socket.gethostname,
    redis: Callable[[], str] = redis_fault,
) -> Config:
    """Read config.yaml. Raises ConfigError with every mistake.

    `file` is its name in messages, `folder` where relative paths start, `environment` the variables for `${NAME}`;
    `drivers` tells the names that `driver` may have (None: any). Under systemd ($CREDENTIALS_DIRECTORY) api_key_file
    is its credential api_key, unless the file names a key; and token_file its credential status_token, if that is
    among the names in `credentials` and the file names no token. `machine` tells this machine's name, and `redis` what
    is wrong with redis-py; both are asked only where there is a fleet.
    """
    read = source.read(text, file, environment)
    directory = environment.get("CREDENTIALS_DIRECTORY", "")
    token = bool(directory) and TOKEN_CREDENTIAL in credentials
    config, wrong, problems = _validated(read, folder)
    problems += read.problems
    if config is not None:
        of_fleet = fleet_conflicts(config, machine=machine(), fault=redis()) if config.fleet else ()
        found = conflicts(config, credential=bool(directory), token=token, drivers=drivers)
        for keys, message, hint in (*found, *of_fleet):
            if not any(_touches(key, wrong) for key in keys):
                blamed = next((key for key in keys if key in read.places.values), keys[0])
                problems.append(read.places.problem(blamed, message, hint, text=_text(read, blamed)))
    if problems or config is None:
        raise ConfigError(problems)
    if "store" not in config.model_fields_set:
        config = config.model_copy(update={"store": default_store(environment, folder)})
    if config.fleet is not None:
        fleet = config.fleet.model_copy(update={"host": host_name(config.fleet, machine())})
        config = config.model_copy(update={"fleet": fleet})
    return _finished(config, read, folder / directory if directory else None, token=token)


def default_store(environment: Mapping[str, str], folder: Path) -> Path:
    """Return where the store is that config.yaml does not name: a service may not write beside its configuration."""
    state = environment.get("STATE_DIRECTORY", "").partition(":")[0]  # systemd separates several by colons
    if not state and folder.resolve() == locate.SYSTEM.parent:
        state = str(locate.SYSTEM_STATE)
    return folder / state / "simbank.db"


def _finished(config: Config, read: Source, credentials: Path | None, *, token: bool) -> Config:
    onlinesim = config.onlinesim
    no_key = onlinesim.api_key is None and onlinesim.api_key_file is None
    if credentials and not onlinesim.sandboxed and no_key:
        onlinesim = onlinesim.model_copy(update={"api_key_file": credentials / "api_key"})
        config = config.model_copy(update={"onlinesim": onlinesim})
    if credentials and token and not config.status.has_token:
        status = config.status.model_copy(update={"token_file": credentials / TOKEN_CREDENTIAL})
        config = config.model_copy(update={"status": status})
    config.remember(read.places, TextWarnings.of(read))
    return config


def _validated(read: Source, folder: Path) -> tuple[Config | None, set[Key], list[Problem]]:
    """The models of `read.data`, the keys that are wrong, and a problem for each of them.

    Wrong values are left out of the models, so that the conflicts of the others are found in the same run.
    """
    wrong = set(read.unreadable)
    try:
        return Config.model_validate(read.data, context={"folder": folder}), wrong, []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    found = [(*_key(detail["loc"]), detail) for detail in details]
    wrong |= {key for key, at_key, _ in found if at_key}  # the value of a wrong key is not reported too
    problems = [
        _problem(read, key, detail, at_key=at_key)
        for key, at_key, detail in found
        if at_key or not _touches(key, wrong)
    ]
    wrong |= {key for key, _, _ in found}
    for key in wrong:
        _leave_out(read.data, key)
    try:
        return Config.model_validate(read.data, context={"folder": folder}), wrong, problems
    except ValidationError:
        return None, wrong, problems


def _touches(key: Key, wrong: set[Key]) -> bool:
    """Whether `key`, or a group around it, is wrong."""
    return any(key[:length] in wrong for length in range(len(key) + 1))


def _key(location: tuple[int | str, ...]) -> tuple[Key, bool]:
    """Pydantic's location as the path of a key, and whether the key itself is wrong."""
    if location and location[-1] == "[key]":
        return tuple(location[:-1]), True
    return tuple(location), False


def _leave_out(data: Any, key: Key) -> None:
    """Remove the value of `key` from `data`; a required one goes with its entry, a URL with its list."""
    key = key[: key.index("urls") + 1] if "urls" in key else key
    holder: Any = None
    part: Any = None
    inner = data
    for part_of_key in key[:-1] if key and key[-1] in _REQUIRED else key:
        if not isinstance(inner, dict | list):
            break
        holder, part = inner, part_of_key
        inner = inner.get(part) if isinstance(inner, dict) else inner[part]
    if isinstance(holder, list):
        holder[part] = {"path": "usb"}  # only `ports` is a list; the others keep their index
    elif holder is not None:
        holder.pop(part, None)


def _problem(read: Source, key: Key, detail: ErrorDetails, *, at_key: bool) -> Problem:
    unknown = detail["type"] == "extra_forbidden"
    written = str(key[-1]) if (unknown or at_key) and key else _text(read, key)
    message, hint = in_our_words(detail, written, _bounds(detail["loc"]))
    if unknown:
        hint = _meant(key)
    elif not at_key and read.texts.get(key) in {"", "~", "null"}:
        message = _("has no value")
        required = key[-1] in _REQUIRED
        hint = _("write one, or remove the entry") if required else _("remove the key to use its default")
    at = read.places.of_key(key) if unknown or at_key else None
    return read.places.problem(key, message, hint, text=written, at=at)


def _text(read: Source, key: Key) -> str:
    """The value as written in the file, empty where it may be a secret."""
    return "" if _SECRET & set(map(str, key)) else read.texts.get(key, "")


def _bounds(location: tuple[int | str, ...]) -> tuple[object, object]:
    """The least and the most that a number may be."""
    section = _section(tuple(location))
    field = section.model_fields.get(str(location[-1])) if section and location else None
    bounds = field.metadata if field is not None else []
    least = next((bound.ge for bound in bounds if isinstance(bound, Ge)), "…")
    most = next((bound.le for bound in bounds if isinstance(bound, Le)), "…")
    return least, most


def _section(key: Key) -> type[BaseModel] | None:
    """The group that holds `key`, None where people name the keys."""
    pattern = tuple("*" if isinstance(part, int) or (key[0] in _FREE_KEYS and depth == 1) else part
                    for depth, part in enumerate(key[:-1]))  # fmt: skip
    return _SECTIONS.get(pattern)


def _meant(key: Key) -> str:
    """A hint for an unknown key: its new name, a similar one beside it, or the group that has it."""
    section = _section(key)
    word = str(key[-1])
    if key in _RENAMED:
        return _('it is now called "{name}"').format(name=_RENAMED[key])
    if hint := near_miss(word, section.model_fields) if section else "":
        return hint
    for path, other in _SECTIONS.items():
        if path and other is not section and word in other.model_fields:
            return _("it belongs under {group}").format(group=path[0])
    if section is None:
        return _("remove it")
    return _("known keys: {keys}").format(keys=", ".join(section.model_fields))
