"""config.yaml: its text in; frozen values, or every mistake with its place, out.

Must not know who uses the values, and must not do I/O beyond reading the one file.
"""

from agent.config.add_ports import NewPort, add_ports
from agent.config.alerts import AlertRules, Alerts
from agent.config.enums import LogFormat, LogLevel, OnStop, PathKind, Personal, PortRole
from agent.config.fields import SANDBOX
from agent.config.loading import load
from agent.config.locate import find
from agent.config.models import Bank, Config, Log, Onlinesim, PortRule, SimEntry, Status, UssdQuery
from agent.config.partial import status_of
from agent.config.problem import ConfigError, Problem
from agent.config.schema import schema
from agent.config.text_warnings import warnings

__all__ = [
    "SANDBOX",
    "AlertRules",
    "Alerts",
    "Bank",
    "Config",
    "ConfigError",
    "Log",
    "LogFormat",
    "LogLevel",
    "NewPort",
    "OnStop",
    "Onlinesim",
    "PathKind",
    "Personal",
    "PortRole",
    "PortRule",
    "Problem",
    "SimEntry",
    "Status",
    "UssdQuery",
    "add_ports",
    "find",
    "load",
    "schema",
    "status_of",
    "warnings",
]
