"""`install`: what the system needs beside the program, put in place and taken away again.

Must not touch what an operator changed, nor the store.
"""
