"""`install`: what the system needs beside the program, put in place and taken away again.

    files     what goes where, and its content     record    what was put there, so that changes are seen
    system    the commands that make it count       placing   install and uninstall

Must not touch what an operator changed, nor the store.
"""

from agent.install.files import CannotInstall, installed_config, this_program
from agent.install.placing import install, uninstall

__all__ = ["CannotInstall", "install", "installed_config", "this_program", "uninstall"]
