"""Telling people that something is wrong, without Prometheus.

Empty in this version. Must not know how a fault comes about, and must never delay a report.
"""
