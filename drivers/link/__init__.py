"""One open port: a command goes out, its answer or an error comes back.

Must not know what a command means, nor when a module is polled.
"""

from __future__ import annotations

from drivers.link.autobaud import find_baudrate
from drivers.link.link import Link
from drivers.link.trace import Direction

__all__ = ["Direction", "Link", "find_baudrate"]
