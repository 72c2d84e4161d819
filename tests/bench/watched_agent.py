"""The agent, with its loop watched: `python -m tests.bench.watched_agent SOCKET run --config FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.turns import watch_turns

if __name__ == "__main__":
    watch_turns().tell_at(Path(sys.argv.pop(1)))
    from agent.__main__ import main

    main()
