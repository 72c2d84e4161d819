"""What a person may change in a running agent: the names of its modules, and the cards that it remembers.

A unix socket takes one request at a time. Must not know the page, which changes nothing, nor what is reported.
"""
