"""Whose number it is: sources and their order, what was learned, and the CSV file that operators keep.

Must not know modules, nor whether a SIM is live.
"""
