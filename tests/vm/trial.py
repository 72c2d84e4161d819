"""`make vm`: the Debian package on a virtual SIM-bank host, with real udev, systemd, USB drivers and ModemManager.

    trial.py PACKAGE.deb [--suite bookworm] [--folder F] [--replugs 30] [--mains 3] [--only NAME …] [--seed N]

Makes the disk once, boots it, and goes through the proofs. Prints a line for each and a table at the end, and writes
all that as JSON (--json F). Ends with 1 where a proof failed or could not be run, with 0 and the reason where no such
machine can be had here.
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
from typing import Any

from account import Account
from bank import MODULES, Bank
from host import Host
from machine import Machine, best_accelerator, missing_programs
from proofs import PROOFS
from results import FAILED, NOT_RUN, OK, Result, table, write_json
from world import Proof, World


def main() -> int:
    """Run the proofs; return the exit code."""
    options = _options()
    facts: dict[str, Any] = {"suite": options.suite, "seed": options.seed, "modules": MODULES}
    file = options.json or options.folder / "results.json"
    lacking = missing_programs()
    if lacking or os.geteuid() != 0:
        reason = f"missing: {', '.join(lacking)}" if lacking else "only root can make a Debian disk"
        print(f"skipped: no virtual machine here ({reason})")
        write_json(file, facts | {"skipped": reason})
        return 0
    image = Path(__file__).with_name("image.sh")
    if subprocess.run([str(image), str(options.folder), options.suite], check=False).returncode:
        print(f"FAILED the disk could not be made; see above and {options.folder}/apt.log")
        write_json(file, facts | {"failed": "the disk could not be made"})
        return 1
    accelerator = options.accelerator or best_accelerator()
    print(f"{MODULES} modules, Debian {options.suite}, {accelerator}, seed {options.seed}", flush=True)
    results, blocks = _all(options, accelerator)
    print(table(results))
    if blocks:
        print(f"FAILED the account was blocked {blocks} times: more numbers than modules")
    good = not blocks and all(result.result == OK for result in results)
    write_json(file, facts | {"accelerator": accelerator, "good": good, "blocks": blocks}, results)
    print(f"{'all good' if good else 'NOT GOOD'}; as JSON in {file}")
    return 0 if good else 1


def _all(options: argparse.Namespace, accelerator: str) -> tuple[list[Result], int]:
    """Run the proofs in a machine of their own; return what they showed, and how often the account was blocked."""
    api_port = _free_port()
    machine = Machine(options.folder, ssh_port=_free_port(), api_port=api_port, accelerator=accelerator)
    account, bank = Account(api_port, modules=MODULES), Bank(options.folder, machine)
    host, chance = Host(machine, options.package), random.Random(options.seed)
    world = World(machine, bank, host, account, chance, options.replugs, options.mains)
    try:
        return _run(world, options.only), account.blocks
    finally:
        machine.mains_fail()
        bank.close()
        account.close()


def _run(world: World, only: list[str]) -> list[Result]:
    results: list[Result] = []
    wanted = {name: proof for name, proof in PROOFS.items() if not only or name in only or name == "start"}
    for name, proof in wanted.items():
        result = _hold(world, name, proof)
        results.append(result)
        print(result.line(), flush=True)
        if result.result != OK and not _restored(world, name):
            break
    return results + [Result(name, NOT_RUN) for name in list(wanted)[len(results) :]]


def _hold(world: World, name: str, proof: Proof) -> Result:
    """Run one proof."""
    started, cpu = time.monotonic(), world.machine.cpu_seconds
    try:
        seen, result = proof(world), OK
    except Exception as problem:  # noqa: BLE001  a program of the guest may end in any way
        seen, result = f"{type(problem).__name__}: {problem}", FAILED
    return Result(name, result, time.monotonic() - started, world.machine.cpu_seconds - cpu, seen)


def _restored(world: World, name: str) -> bool:
    """Undo what a proof that failed left behind; return whether the rest would prove anything."""
    if name == "start":
        return False
    try:
        world.restore()
    except Exception as problem:  # noqa: BLE001  whatever it is, the rest would prove nothing
        print(f"the rest is left out: what failed could not be undone ({problem})", flush=True)
        return False
    return True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path)
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--folder", type=Path, help="default: /var/tmp/simbank-vm-SUITE")
    parser.add_argument("--json", type=Path, help="default: results.json in the folder")
    parser.add_argument("--accelerator", choices=("kvm", "tcg"))
    parser.add_argument("--replugs", type=int, default=30)
    parser.add_argument("--mains", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], choices=list(PROOFS))
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    options.folder = options.folder or Path(f"/var/tmp/simbank-vm-{options.suite}")
    return options


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
