"""One module over one connection: identification, polls of the SIM and the network, and the own number.

Must not know how long a connection lives, nor what an observation is used for.
"""

from __future__ import annotations

from drivers.module.module import Module

__all__ = ["Module"]
