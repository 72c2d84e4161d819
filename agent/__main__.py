"""Where `simbank-agent` and `python -m agent` begin; imports nothing slow, so that Ctrl-C works from the start."""

from __future__ import annotations

import gc
import os
import signal
import sys


def main() -> None:
    """Run a command. Until `agent.cli.process` allows it, Ctrl-C ends the process without a KeyboardInterrupt."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Else pydantic reads the metadata of all that is installed, at each start, and loads what calls itself a plugin.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from agent.cli.process import handle_errors, prepare_streams, print_version  # noqa: PLC0415  after the above
    from agent.language import language_of, use_language  # noqa: PLC0415  after the above

    # Before anything else is imported: help texts are translated where they are made.
    use_language(language_of(os.environ))

    gc.disable()  # what is imported stays: to look through it again and again takes a tenth of a command's time
    prepare_streams()
    with handle_errors():
        if sys.argv[1:] in (["--version"], ["-v"]):
            print_version()
            return
        if sys.argv[1:2] == ["help"]:
            sys.argv[1:] = [*sys.argv[2:3], "--help"]
        from agent.cli.plain import plain  # noqa: PLC0415  longer than all that --version needs

        if sys.argv[1:] and (command := plain(sys.argv[1:])) is not None:
            command()
            return
        from agent.cli.app import app  # noqa: PLC0415  longer than all that --version needs

        app()


if __name__ == "__main__":
    main()
