"""AT: bytes to lines, lines to answers and URCs, answers to values; and the list of what may be sent.

Everything here is pure, bytes in and values out. Must not know ports, tasks, clocks or vendors.
"""
