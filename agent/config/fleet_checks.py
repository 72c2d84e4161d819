"""What `fleet:` asks of the rest of config.yaml and of this machine, and what in it may surprise."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from importlib import metadata

from agent.config.enums import PortRole
from agent.config.fleet import WORD_HINT, Fleet
from agent.config.models import Config
from agent.config.port_fields import LONGEST_PORT_ID, PLACEHOLDERS
from agent.config.problem import Key
from agent.formats.fleet_word import is_word
from agent.language import _, ngettext

INSTALL = "pip install 'simbank-agent[fleet]'"
LEAST_REDIS = (8, 1)
"""redis-py, of which 8.1 is the first without a deadlock on cancel that its own issues name."""
_FLEET: Key = ("fleet",)


def redis_fault() -> str:
    """Say what is wrong with redis-py on this machine; "" where it can be used. Imports nothing."""
    if importlib.util.find_spec("redis") is None:
        return _("needs the Python package redis, which is not installed")
    try:
        version = metadata.version("redis")
        numbers = tuple(int(part) for part in version.split(".")[:2])
    except (metadata.PackageNotFoundError, ValueError):
        return ""
    least = ".".join(map(str, LEAST_REDIS))
    text = _("needs redis-py {least} or newer; {version} is installed")
    return "" if numbers >= LEAST_REDIS else text.format(least=least, version=version)


def host_name(fleet: Fleet, machine: str) -> str:
    """Return the host's name in the fleet: as configured, else the first part of the machine's name."""
    return fleet.host if fleet.host is not None else machine.partition(".")[0]


def fleet_conflicts(
    config: Config, *, machine: str, fault: str
) -> Iterator[tuple[tuple[Key, ...], str, str]]:
    """Yield every conflict, as `checks.conflicts` does. `machine`: its name; `fault`: see `redis_fault`."""
    fleet = config.fleet
    if fleet is None:
        return
    if fault:
        yield (_FLEET,), fault, INSTALL
    host = host_name(fleet, machine)
    if not is_word(host):
        message = _('host is not given, and the name of this machine cannot be one: "{name}"')
        yield (("fleet", "host"), _FLEET), message.format(name=host), _(WORD_HINT)
        return
    if fleet.modules is not None and fleet.modules < config.bank.modules:
        message = _("is less than bank.modules of this host alone ({n})").format(n=config.bank.modules)
        yield (
            (("fleet", "modules"), ("bank", "modules")),
            message,
            _("write the modules of the whole account"),
        )
    if fleet.ca_file is not None and not fleet.url.tls:
        yield (
            (("fleet", "ca_file"), ("fleet", "redis")),
            _("is for rediss:// only"),
            _("write rediss://, or remove it"),
        )
    yield from _long_names(config, host)


def _long_names(config: Config, host: str) -> Iterator[tuple[tuple[Key, ...], str, str]]:
    """Names of ports that are too long behind the name of the host and a slash."""
    most = LONGEST_PORT_ID - 1 - len(host)
    for index, rule in enumerate(config.ports):
        name = rule.name if rule.may_match_many else rule.name.replace("{path}", rule.path)
        for placeholder in PLACEHOLDERS:
            name = name.replace(placeholder, "1")
        if rule.enabled and rule.role is not PortRole.CONTROL and most < len(name) <= LONGEST_PORT_ID:
            message = ngettext(
                'has more than {n} character: in a fleet "{prefix}" stands before it',
                'has more than {n} characters: in a fleet "{prefix}" stands before it',
                most,
            ).format(n=most, prefix=f"{host}/")
            keys: tuple[Key, ...] = (("ports", index, "name"), ("ports", index, "path"))
            hint = _("Onlinesim allows {n} for a port_id: shorten it").format(n=LONGEST_PORT_ID)
            yield keys, message, hint


def fleet_warnings(config: Config) -> Iterator[tuple[Key, str, str]]:
    """Yield what is allowed, and may not do what somebody expects."""
    fleet = config.fleet
    if fleet is None:
        return
    if config.onlinesim.sandboxed:
        hint = _("to try a fleet run `simbank-agent simulate --hosts 3`, or give all hosts one server")
        yield ("fleet",), _("each host has a sandbox of its own: nobody sees the whole list"), hint
    if fleet.url.group and not fleet.acks:
        hint = _("set acks: 1, else two hosts may report for some seconds after a failover")
        yield ("fleet", "redis"), _("Sentinel without acks"), hint
