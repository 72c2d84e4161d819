"""Written values: E.164 numbers, ICCIDs, country codes, durations.

The ground floor: it must not know any other room.
"""
