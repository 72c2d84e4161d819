"""What of an agent moves to another host, as one file: store, config.yaml, sims_file, and the key where that is wanted.

Must not know how an agent runs, and must believe nothing that a file says of itself.
"""
