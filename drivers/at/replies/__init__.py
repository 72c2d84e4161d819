"""Readers: what the lines of an answer mean, one file for each thing that is asked.

A reader is a pure function of a line. It returns None for a line without the value, and never raises.
"""
