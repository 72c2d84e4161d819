"""`make vm`: the Debian package on a virtual SIM-bank host, with real udev, systemd, USB drivers and ModemManager.

    trial.py PACKAGE.deb [--suite bookworm] [--folder F] [--replugs 30] [--mains 3] [--only NAME …] [--seed N]

Makes the disk once, boots it, and goes through the proofs below. Prints one line for each, and ends with 1 where one
failed, with 0 and the reason where a machine of its kind cannot be had here.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

from account import Account
from bank import MODULES, Bank
from host import Host
from machine import Machine, best_accelerator, missing_programs
from proofs import PROOFS
from world import Proof, World


def main() -> int:
    """Run the proofs; return the exit code."""
    options = _options()
    lacking = missing_programs()
    if lacking or os.geteuid() != 0:
        reason = f"missing: {', '.join(lacking)}" if lacking else "only root can make a Debian disk"
        print(f"skipped: no virtual machine here ({reason})")
        return 0
    subprocess.run(
        [str(Path(__file__).with_name("image.sh")), str(options.folder), options.suite], check=True
    )
    accelerator = options.accelerator or best_accelerator()
    api_port = _free_port()
    machine = Machine(options.folder, ssh_port=_free_port(), api_port=api_port, accelerator=accelerator)
    account, bank = Account(api_port, modules=MODULES), Bank(options.folder, machine)
    print(f"{MODULES} modules, Debian {options.suite}, {accelerator}, seed {options.seed}", flush=True)
    world = World(
        machine,
        bank,
        Host(machine, options.package),
        account,
        random.Random(options.seed),
        options.replugs,
        options.mains,
    )
    try:
        return _run(world, options.only)
    finally:
        machine.mains_fail()
        bank.close()
        account.close()


def _run(world: World, only: list[str]) -> int:
    failed, began = 0, time.monotonic()
    for name, proof in PROOFS.items():
        if only and name not in only and name != "start":
            continue
        if not _hold(world, name, proof):
            failed += 1
            if name == "start":
                break
            try:
                world.restore()
            except Exception as problem:  # noqa: BLE001  whatever it is, the rest would prove nothing
                print(f"the rest is left out: what failed could not be undone ({problem})")
                break
    if world.account.blocks:
        print(f"FAILED the account was blocked {world.account.blocks} times: more numbers than modules")
        failed += 1
    print(f"{failed} failed, {(time.monotonic() - began) / 60:.1f} min")
    return 1 if failed else 0


def _hold(world: World, name: str, proof: Proof) -> bool:
    """Run one proof, print its line, and return whether it holds."""
    started = time.monotonic()
    try:
        seen, held = proof(world), True
    except Exception as problem:  # noqa: BLE001  a program of the guest may end in any way
        seen, held = f"{type(problem).__name__}: {problem}", False
    print(
        f"{'ok' if held else 'FAILED':6} {name:14} {time.monotonic() - started:5.0f} s  {seen.strip()}",
        flush=True,
    )
    return held


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path)
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/simbank-vm"))
    parser.add_argument("--accelerator", choices=("kvm", "tcg"))
    parser.add_argument("--replugs", type=int, default=30)
    parser.add_argument("--mains", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], choices=list(PROOFS))
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    return parser.parse_args()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
