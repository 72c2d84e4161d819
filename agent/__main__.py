"""Where `simbank-agent` and `python -m agent` begin; imports nothing slow, so that Ctrl-C works from the start."""

from __future__ import annotations

import signal


def main() -> None:
    """Run a command. Until `agent.cli.process` allows it, Ctrl-C ends the process without a KeyboardInterrupt."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from agent.cli.app import main as command  # noqa: PLC0415  a second or more on a small machine

    command()


if __name__ == "__main__":
    main()
