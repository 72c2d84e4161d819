"""The loops of the running agent: which places there are, a watcher for each module, and the decision over all of them.

Must not know Onlinesim or the page, and config.yaml only where ports meet their rules; who is live is decided in
`agent.decision`.
"""
