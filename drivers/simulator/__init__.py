"""The other end of the wire: modules, cards and a bank on real pseudo-terminals.

Responsible for behaving as modules do in the field, faults included, for any program that speaks to a
serial port. Shares no code with the drivers it tests: it is written from docs/at-field-guide.md and from dialogues
with real modules. Must not know the agent, config.yaml or Onlinesim.
"""

from drivers.simulator.bank import SimulatedBank
from drivers.simulator.module import SimulatedModule

__all__ = ["SimulatedBank", "SimulatedModule"]
