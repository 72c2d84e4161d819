"""Onlinesim's reseller API v2 (DESIGN §6): what is said, how it is said, and a stand-in that listens."""
