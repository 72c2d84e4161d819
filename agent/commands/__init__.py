"""What each command of `simbank-agent` does, one file for each family of commands.

Must not know how arguments are written on the command line: that is `cli`.
"""
