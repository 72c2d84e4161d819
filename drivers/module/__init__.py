"""The questions to one module: identifying it, one poll, the SIM's state, its number; the answers make an Observation.

Must not know how long a connection lives, nor what an observation is used for.
"""
