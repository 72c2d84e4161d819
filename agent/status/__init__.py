"""What people and programs see of the running agent: page, JSON, server-sent events, metrics.

It only shows. It must not change anything, nor know config.yaml.
"""
