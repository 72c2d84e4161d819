"""The commands of `simbank-agent`, their arguments and what they print.

`app` knows how arguments are written on the command line; the other files must not.
"""
