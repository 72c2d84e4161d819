"""What survives a restart: names of places, SIMs ever seen, learned numbers, the live set, the history of the day.

Must not know what its rows are used for.
"""
