"""What a broken config.yaml still tells of where the agent answers.

Responsible for reading the group `status` alone, whatever is wrong elsewhere: an agent that runs goes on with what
it read before, and people want to see it all the more. Must not be used for anything that needs the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agent.config import source
from agent.config.models import Status
from agent.config.problem import ConfigError

_STATUS = re.compile(r"^status[ \t]*:.*(?:\n(?:[ \t\r#].*)?)*", re.MULTILINE)
"""The group as most people write it: what is indented below its name."""


def status_of(text: str, environment: Mapping[str, str]) -> Status:
    """Read the group's keys, each on its own; what cannot be read has its default."""
    group = _group(text, environment)
    readable: dict[str, Any] = {}
    for name in Status.model_fields:
        if group.get(name) is None:
            continue
        try:
            readable[name] = getattr(Status.model_validate({name: group[name]}), name)
        except ValidationError:
            continue
    return Status.model_construct(**readable)


def _group(text: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The values as YAML has them; where the whole is no YAML, those of the group's own lines."""
    alone = _STATUS.search(text)
    for part in (text, alone[0] if alone else ""):
        try:
            data = source.read(part, "", environment).data
        except ConfigError:
            continue
        group = data.get("status") if isinstance(data, dict) else None
        return group if isinstance(group, dict) else {}
    return {}
