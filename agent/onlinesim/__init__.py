"""Onlinesim's reseller API v2: when a report is due, what it says, how it is sent, and what the answer means.

Must not know modules, nor why a SIM is live.
"""
