"""What drivers say of USSD codes and regular expressions, and Python of the latter, as texts of the catalogue.

Both speak English alone.
"""

from __future__ import annotations

from typing import Final

from agent.language import N_, Retelling, current_language

_CHANGES: Final = N_("{code} {service} (3GPP TS 22.030 Annex B)")
_UNBOUNDED: Final = N_("must not have more than {n} repeats without a bound (*, + or {form})")
_SENTENCES: Final = (
    N_("this form changes or cancels a service (3GPP TS 22.030 §6.5.2)"),
    N_("must be *digits# or *digits*digits#"),
    N_("must not refer back to a group"),
    N_("must not look ahead or behind"),
    N_("must not repeat what holds a repeat"),
    N_("must not repeat a choice"),
    N_("fits a text in too many ways, since its repeats take the same characters"),
)
_SERVICES: Final = (
    N_("diverts all calls"),
    N_("diverts calls on conditions"),
    N_("diverts calls"),
    N_("diverts calls that nobody answers"),
    N_("diverts calls of an unreachable phone"),
    N_("deflects calls"),
    N_("diverts calls of a busy phone"),
    N_("makes calls follow another phone"),
    N_("shows the caller's number"),
    N_("hides the own number"),
    N_("shows the connected number"),
    N_("hides the connected number"),
    N_("shows the caller's name"),
    N_("bars outgoing calls"),
    N_("bars all services"),
    N_("bars calls abroad"),
    N_("bars calls abroad except home"),
    N_("bars outgoing services"),
    N_("bars incoming calls"),
    N_("bars incoming calls abroad"),
    N_("bars incoming services"),
    N_("completes calls to busy subscribers"),
    N_("switches call waiting"),
    N_("switches subscriber profiles"),
    N_("sets a priority of calls"),
    N_("splits several calls"),
    N_("transfers calls"),
    N_("switches user signalling"),
    N_("changes the barring password"),
    N_("changes the PIN"),
    N_("changes PIN2"),
    N_("unlocks the PIN"),
    N_("unlocks PIN2"),
    N_("shows the IMEI"),
)
_FAULTS_OF_PATTERNS: Final = (
    N_("missing ), unterminated subpattern"),
    N_("unbalanced parenthesis"),
    N_("unterminated character set"),
    N_("bad escape (end of pattern)"),
    N_("nothing to repeat"),
    N_("multiple repeat"),
    N_("min repeat greater than max repeat"),
    N_("Possible nested set"),
)
"""Of Lib/re/_parser.py, what is easily mistyped."""
_FAULTS_WITH_TEXT: Final = (N_("bad character range {text}"), N_("bad escape {text}"))
_AT: Final = N_("{fault} at position {n}")
OBJECTIONS: Final = Retelling(_CHANGES, _UNBOUNDED, *_SENTENCES, *_SERVICES)
_FAULTS: Final = Retelling(_AT, *_FAULTS_WITH_TEXT, *_FAULTS_OF_PATTERNS)


def retold(objection: str) -> str:
    """Return an objection of `ussd_codes` or `search_cost` in the process's language."""
    return OBJECTIONS(objection, current_language())


def fault_of_pattern(why: str) -> str:
    """Return what Python says of a regular expression in the process's language, as far as it is translated."""
    fault = why.partition("\n")[0].partition(" (line ")[0]
    return _FAULTS(fault, current_language())
