"""Readers: what the lines of an answer mean, one file for each thing that is asked.

A reader is a pure function of a line. It returns None where the line does not tell, and raises for no text whatever.
"""
