"""Serial ports: which there are, which of them are one module, and the names that stay with their places.

Must not open a port, nor know what a module says.
"""
