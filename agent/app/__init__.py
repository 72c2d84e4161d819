"""The process: its parts made from config.yaml, started, reloaded and stopped.

The last room that knows config.yaml, and the only one that knows every other. It must not know how a part does its
work.
"""
