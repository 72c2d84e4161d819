"""What the proofs showed: a line as each ends, a table at the end, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

OK = "ok"
FAILED = "FAILED"
NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Result:
    """One proof: how it ended, its seconds, QEMU's CPU seconds meanwhile, and what was seen."""

    proof: str
    result: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    seen: str = ""

    def line(self) -> str:
        """What is printed as the proof ends."""
        return f"{self.result:7} {self.proof:14} {self.seconds:5.0f} s  {self.seen.strip()}"


def table(results: Sequence[Result]) -> str:
    """All proofs with their times and the sums."""
    rows = [f"{'proof':14} {'result':7} {'s':>6} {'CPU s':>6}"]
    rows += [f"{one.proof:14} {one.result:7} {one.seconds:6.0f} {one.cpu_seconds:6.0f}" for one in results]
    seconds, cpu = sum(one.seconds for one in results), sum(one.cpu_seconds for one in results)
    failed = sum(one.result == FAILED for one in results)
    rows.append(f"{f'{len(results)} proofs':14} {f'{failed} bad':7} {seconds:6.0f} {cpu:6.0f}")
    return "\n".join(rows)


def write_json(file: Path, facts: dict[str, Any], results: Sequence[Result] = ()) -> None:
    """Write the facts of a run and its results."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(facts | {"proofs": [asdict(one) for one in results]}, indent=1) + "\n")
