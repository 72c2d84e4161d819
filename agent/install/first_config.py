"""The first config.yaml of a bank: the shipped one with what an operator has said about server, modules and ports."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.config import NewPort, add_ports
from agent.config.edit import set_value
from agent.config.locate import SYSTEM_STATE
from agent.install.files import installed_config


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAnswers:
    """What was said. Without `ports` every USB serial port is used; `key_file` is "" where the service has the key."""

    server: str
    modules: int
    ports: Sequence[NewPort] = ()
    key_file: str = ""


def first_config(answers: FirstAnswers, *, service: bool) -> str:
    """Return the text; `service`: it goes to /etc/simbank-agent, and its store to /var/lib. Raises ConfigError."""
    text = installed_config()
    if not service:
        text = text.replace(f"\nstore: {SYSTEM_STATE}/simbank.db  #", "\nstore: simbank.db            #")
    text = set_value(text, ("onlinesim", "server"), answers.server)
    if answers.key_file:
        text = set_value(text, ("onlinesim", "api_key_file"), answers.key_file)
    text = set_value(text, ("bank", "modules"), answers.modules)
    if answers.ports:
        first, *others = answers.ports
        path = json.dumps(first.path, ensure_ascii=False)
        text, count = re.subn(r"(?m)^  - path: usb +#", lambda _: f"  - path: {path}  #", text)
        if count != 1:
            raise ValueError("the shipped file has changed")
        text = add_ports(text, others)
    return text
