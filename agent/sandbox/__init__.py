"""Stand-ins: a server that plays Onlinesim, and the simulated bank that runs beside the agent.

The server is written from the description of the API; it must not share code with the client that it tests.
"""
