"""The loops of the running agent: which places there are, one watcher for each module, and the newest it said.

Must not know config.yaml, Onlinesim or the page; whether a SIM is live is decided in `agent.decision`.
"""
