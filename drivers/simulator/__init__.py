"""Simulated modules, cards and banks on real pseudo-terminals, faults included, for any program that uses serial ports.

Written from docs/at-field-guide.md and transcripts of real modules. Must not know anything of ours: it shares no code
with the drivers that it tests.
"""

from drivers.simulator.bank import SimulatedBank
from drivers.simulator.module import SimulatedModule

__all__ = ["SimulatedBank", "SimulatedModule"]
