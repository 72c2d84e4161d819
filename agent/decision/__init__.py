"""Which SIMs are live, and why the others are not: pure functions of what modules reported and the time.

Must not do I/O, read a clock, or know where an observation comes from or what a decision is used for.
"""
