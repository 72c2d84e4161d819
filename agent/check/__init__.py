"""`check`: everything that would stop a good run, and how to fix it.

Must not change anything on this machine, nor send a report that counts.
"""

from agent.check.finding import Finding, Level, as_json, exit_code, listing
from agent.check.host import Host
from agent.check.runner import CheckInput, run_checks

__all__ = ["CheckInput", "Finding", "Host", "Level", "as_json", "exit_code", "listing", "run_checks"]
