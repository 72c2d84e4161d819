"""`install`: what the system needs beside the program, put in place and taken away again.

Must not replace a file that differs from ours unless forced to, nor touch the store.
"""
