"""`make bench`: how fast and small the agent is, as ratios in one run.

The modules are a program of its own (farm.c), so that what they cost is in no figure. Each figure stands against (a)
what one module needs for its own answers, 10 ms a command, (b) a bare asyncio reader in the same rhythm, or (c)
python-gsmmodem-new. `make bench ARGS="first_looks steady"` measures these parts only, `ARGS=--quick` fewer sizes and
rounds; README's section Performance comes from a whole run.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Final

from tests.bench.figures import Figure

PARTS: Final = {
    "commands": "CPU of commands",
    "decisions": "Deciding and reporting",
    "first_looks": "The first look",
    "starts": "From the start to the first report",
    "steady": "Polling",
    "trouble": "The loop in trouble",
    "watchers": "Watchers of the page",
    "pages": "The page in a browser",
    "removals": "From a pulled SIM to the report",
}
"""Each part is a file here, with `measure`."""


async def main() -> int:
    """Measure, print the table, write the JSON; exit 1 where a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all without any")
    parser.add_argument(
        "--quick", action="store_true", help="fewer sizes and rounds: for a comparison by the way"
    )
    parser.add_argument("--json", type=Path, default=Path("dist/bench.json"), help="where the figures go")
    chosen = parser.parse_args()
    load, began = os.getloadavg()[0], time.monotonic()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {load:.1f} at the start", flush=True
    )
    found: dict[str, list[Figure]] = {}
    for part in chosen.parts or PARTS:
        module = importlib.import_module(f"tests.bench.{part}")
        found[part] = await module.measure(quick=chosen.quick)
        print(f"\n### {PARTS[part]}\n\n| what | goal | measured | | single figures |\n|---|---|---|---|---|")
        print("\n".join(figure.row for figure in found[part]), flush=True)
    chosen.json.parent.mkdir(exist_ok=True)
    chosen.json.write_text(
        json.dumps({part: [one.as_json for one in figures] for part, figures in found.items()}, indent=1)
    )
    missed = [one.what for figures in found.values() for one in figures if one.met is False]
    print(
        f"\n{time.monotonic() - began:.0f} s; figures in {chosen.json}; goals missed: {len(missed)}",
        file=sys.stderr,
    )
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
