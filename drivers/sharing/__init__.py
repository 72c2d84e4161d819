"""A port shared with another program: the guest.

    commandline  what a guest's command line asks for, and what of it must be said otherwise
    view         the settings that the guest believes its port to have; lines of the module in that form
    segments     bytes of the module to lines, none of them lost
    dialogue     the guest's side of the line, without I/O: whose bytes are whose, and when the line is free
    terminal     the pseudo-terminal that the guest opens
    port         one shared port: dialogue, terminal and link put together, and how long each side waits
    directory    the stable names under which guests find their ports

The module keeps our settings (no echo, words, numbered errors, news of registration); the guest is shown
its own. Must not know what a guest wants of the module, nor what our questions mean.
"""

from drivers.sharing.directory import SharedPorts
from drivers.sharing.port import ClientSession, SharedPort

__all__ = ["ClientSession", "SharedPort", "SharedPorts"]
