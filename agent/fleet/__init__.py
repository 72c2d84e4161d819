"""Several hosts, one account: which host speaks for all of them, and what the list of all is.

Must not know how modules are asked and decided about, nor how HTTP is spoken.
"""
