"""The questions to a module: getting acquainted, one look, the SIM's state, the own number.

Responsible for their order and for what follows from each answer. Must not know how long a connection
lives, nor to whom an observation goes: that is module.py.
"""
