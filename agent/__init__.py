"""What to make of the modules' answers, and whom to tell.

Responsible for everything between an `Observation` and Onlinesim, the status page and the operator's terminal.
Must not know how a module is asked: that is `drivers`.
"""

__version__ = "0.1.0"
