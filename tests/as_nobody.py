"""A command of simbank-agent, carried out by an ordinary user: `python as_nobody.py COMMAND ARGUMENT…`.

As root the process becomes that user after everything was imported, for the checkout and the interpreter may stand
where an ordinary user cannot read them; without root it is one already.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import sys

NOBODY = 65534


def import_everything() -> None:
    """Import each of our modules, and the libraries that import theirs late, so that nothing has to be found later."""
    for name in ("agent", "drivers", "rich", "typer", "encodings"):
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__"):
                with contextlib.suppress(Exception):  # parts for other systems, and programs
                    importlib.import_module(found.name)


def become_ordinary_user() -> None:
    """Give up root's rights for good."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


if __name__ == "__main__":
    import_everything()
    from agent.__main__ import main

    become_ordinary_user()
    sys.argv[0] = "simbank-agent"
    main()
