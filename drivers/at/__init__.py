"""The AT dialogue: bytes, lines, questions, answers and what they mean.

Everything here is pure: bytes in, values out. Must not know ports, tasks, clocks or vendors.
"""
