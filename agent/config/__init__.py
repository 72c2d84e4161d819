"""config.yaml: its text in, frozen values or every mistake with its place out.

    problem   what is wrong, and where          places   where each key stood
    fields    one value: its check and message  choices  the words to choose from
    models    the keys, their defaults, ranges
    source    YAML → plain values with places   scalars  an unquoted text, and it again as it was written
    contradictions, surprises   what needs more than one key
    loading   all of it in order                finding  which file, the only look at the disk
    schema    the JSON Schema for editors       new_ports  port rules added to a text that people keep
    salvage   what a broken file still tells of where the agent answers

Must not know who uses the values; see agent.app.wiring.
"""

from agent.config.add_ports import NewPort, add_ports
from agent.config.enums import LogFormat, LogLevel, OnStop, PathKind, Personal, PortRole, ReportMode, UsbKind
from agent.config.fields import SANDBOX
from agent.config.loading import load
from agent.config.locate import find
from agent.config.models import Bank, Config, Log, Onlinesim, PortRule, SimEntry, Status, UssdQuery
from agent.config.partial import status_of
from agent.config.problem import ConfigError, Problem
from agent.config.schema import schema
from agent.config.warnings import surprises

__all__ = [
    "SANDBOX",
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
    "ReportMode",
    "SimEntry",
    "Status",
    "UsbKind",
    "UssdQuery",
    "add_ports",
    "find",
    "load",
    "schema",
    "status_of",
    "surprises",
]
