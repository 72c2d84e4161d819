"""The group `status` of a config.yaml that is wrong elsewhere: a running agent can still be found by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.config import source
from agent.config.models import Status
from agent.config.problem import ConfigError

_STATUS = re.compile(r"^status[ \t]*:.*(?:\n(?:[ \t\r#].*)?)*", re.MULTILINE)
"""The group in block style: its name and the indented lines below."""


def status_of(text: str, environment: Mapping[str, str], folder: Path | None = None) -> Status:
    """Read each key of the group alone; one that cannot be read has its default. `folder`: of relative paths."""
    group = _group(text, environment)
    readable: dict[str, Any] = {}
    for name in Status.model_fields:
        if group.get(name) is None:
            continue
        try:
            one = Status.model_validate({name: group[name]}, context={"folder": folder} if folder else None)
            readable[name] = getattr(one, name)
        except ValidationError:
            continue
    return Status.model_construct(**readable)


def _group(text: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The group's values; where the whole file is not valid YAML, from the group's own lines."""
    alone = _STATUS.search(text)
    for part in (text, alone[0] if alone else ""):
        try:
            data = source.read(part, "", environment).data
        except ConfigError:
            continue
        group = data.get("status") if isinstance(data, dict) else None
        return group if isinstance(group, dict) else {}
    return {}
