"""The JSON Schema of config.yaml for editors, made from the models."""

from __future__ import annotations

from typing import Any

from agent.config.models import Config


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    made = Config.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "config.yaml of simbank-agent",
        **{name: value for name, value in made.items() if name != "title"},
    }
