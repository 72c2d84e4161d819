"""The guest as an operator's host: the package, its service, its configuration, and what the service says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import account
from machine import GuestError, Machine

CONFIG: Final = """\
version: 1
onlinesim: {{server: "http://127.0.0.1:8080"}}
bank: {{modules: {modules}, settle: 1s}}
{more}
"""
"""All that README says is needed: no `store:`, which a service has without being told."""


class Host:
    """What is done to the guest, and asked of it, by its commands."""

    def __init__(self, machine: Machine, package: Path) -> None:
        self._machine = machine
        self._package = package

    def install(self) -> None:
        """Install the package, or install it again."""
        self._machine.copy(self._package, "/root/agent.deb")
        self._machine.run(
            "DEBIAN_FRONTEND=noninteractive apt-get install -y --reinstall /root/agent.deb", timeout=900
        )

    def configure(self, modules: int, more: str = "") -> None:
        """Write config.yaml and the key."""
        self._machine.write("/etc/simbank-agent/config.yaml", CONFIG.format(modules=modules, more=more))
        self._machine.write("/etc/simbank-agent/api_key", account.KEY + "\n")

    def service(self, verb: str) -> None:
        """Start, stop, restart, reload, enable or disable the service."""
        self._machine.run(f"systemctl {verb} simbank-agent", timeout=200)

    def property(self, name: str) -> str:
        """What systemd says of the service, such as MainPID, NRestarts or MemoryCurrent."""
        return self._machine.run(f"systemctl show simbank-agent -p {name} --value").strip()

    def modules(self) -> dict[str, dict[str, Any]]:
        """The modules that the running agent shows, by name."""
        shown = json.loads(self._machine.run("simbank-agent status --json"))
        return {str(module["name"]): module for module in shown["modules"]}

    def module_at(self, path: str) -> dict[str, Any]:
        """The module that has a port; path: /dev/ttyUSB3, say."""
        for module in self.modules().values():
            if path in module["ports"]:
                return module
        raise GuestError(f"no module has {path}")

    def journal(self, since: str) -> str:
        """The service's log since a moment such as "-5min" or "2026-11-30 12:00:00"."""
        return self._machine.run(f"journalctl -u simbank-agent -o cat --no-pager --since '{since}'")

    def now(self) -> str:
        """The guest's time, as `journal` takes it."""
        return self._machine.run("date '+%Y-%m-%d %H:%M:%S'").strip()

    def ttys(self) -> list[str]:
        """The serial ports on USB."""
        return self._machine.run("ls /dev/ttyUSB* /dev/ttyACM* 2>/dev/null || true").split()
