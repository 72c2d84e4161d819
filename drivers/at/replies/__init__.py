"""What the lines of an answer mean: pure functions, one file for each thing that is asked.

Responsible for text to values. Must not know how a line came, which command was chosen, or what follows
from it. A reader returns None for a line that tells nothing, and never raises for any text whatever.
"""
