"""`check`: everything that would stop a good run, and how to mend each.

    finding      what is said            listing      how it looks
    rights       who may use a file      host         this machine, the only look at it
    secrecy, mapping, ports, rivals, kernel_log, machine, modules, round_trip     one kind of judgement each
    examination  all of it in order

Must not change anything, and must not send a report that counts.
"""

from agent.check.finding import Finding, Level
from agent.check.host import Host
from agent.check.listing import as_json, exit_code, listing
from agent.check.runner import CheckInput, examine

__all__ = ["CheckInput", "Finding", "Host", "Level", "as_json", "examine", "exit_code", "listing"]
