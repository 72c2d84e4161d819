"""What a GSM module says about itself and its SIM.

Responsible for everything between a serial port and one `Observation`. Must not know the agent, config.yaml,
Onlinesim or HTTP: a driver can tell what a module answered, never what that is worth.
"""
