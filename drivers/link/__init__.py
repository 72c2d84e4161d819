"""One connection to a module: a command goes out, its answer or an error comes back.

Must not know what a command means, nor when a module is asked.
"""
