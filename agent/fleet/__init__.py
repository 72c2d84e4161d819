"""Several hosts, one account: which host reports for all of them.

Empty in this version, which refuses `fleet:` in config.yaml. Must not know modules, nor how a report is sent.
"""
