"""What must hold on a real kernel, in the order in which it is proven."""

from __future__ import annotations

from typing import Final

from package_proofs import package
from plug_proofs import hot_plug, many_replugs
from power_proofs import mains_fail
from program_proofs import brltty, modem_manager, other_program, shared_port
from service_proofs import grouping, hardening, reload, start, watchdog
from world import Proof

PROOFS: Final[dict[str, Proof]] = {
    "start": start,
    "grouping": grouping,
    "hardening": hardening,
    "hot-plug": hot_plug,
    "replugs": many_replugs,
    "modemmanager": modem_manager,
    "other-program": other_program,
    "reload": reload,
    "watchdog": watchdog,
    "mains-fail": mains_fail,
    "shared-port": shared_port,
    "brltty": brltty,
    "package": package,
}
