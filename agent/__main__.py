"""Where `simbank-agent` and `python -m agent` begin: before anything is imported that takes long.

Responsible for a Ctrl-C in that time. Must not know a command.
"""

from __future__ import annotations

import signal


def main() -> None:
    """Run a command; `agent.cli.interrupts` says from when on a Ctrl-C is more than the end of the process."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from agent.cli.app import main as command  # noqa: PLC0415  a second or more on a small machine

    command()


if __name__ == "__main__":
    main()
