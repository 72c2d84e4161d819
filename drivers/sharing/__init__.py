"""A port shared with another program, which opens a pseudo-terminal instead of the serial port.

The module keeps our session settings; that program, the client, sees its own. Must not know what the client wants of
the module, nor what our questions mean.
"""

from drivers.sharing.directory import SharedPorts
from drivers.sharing.port import ClientSession, SharedPort

__all__ = ["ClientSession", "SharedPort", "SharedPorts"]
