"""Telling people that something is wrong, without Prometheus: rules, messages, and the child that sends them.

Must not know how a fault comes about, nor config.yaml, and must never delay a report.
"""
