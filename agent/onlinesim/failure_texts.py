"""What may go wrong on the way to Onlinesim and back, as texts; they are kept in English and told in any language."""

from __future__ import annotations

from typing import Final

from agent.language import N_, Retelling

NO_ANSWER: Final = N_("no answer within {seconds} s")
TOO_LATE: Final = N_("not sent: too little time is left to speak for the fleet")
NOT_SENT: Final = N_("not sent: the time to speak for the fleet was over")
BAD_CERTIFICATE: Final = N_("TLS: the server's certificate is not accepted: {why}")
NO_TLS: Final = N_("TLS: no secure connection: {why}")
NO_NAME: Final = N_("the server's name cannot be looked up: {why}")
HANGING_LOOKUPS: Final = N_("earlier lookups that still hang: {n}")
CUT_SHORT: Final = N_("the connection was cut before the answer was complete")
CUT: Final = N_("the connection was cut: {why}")
NO_CONNECTION_TO: Final = N_("no connection to {host}:{port}: {why}")
NO_CONNECTION: Final = N_("no connection: {why}")
NO_HTTP: Final = N_("the answer is not HTTP: {why}")
TOO_LARGE: Final = N_("the answer is larger than {size} kB")
REDIRECTED: Final = N_("the server redirects; not followed")
REDIRECTED_TO: Final = N_("the server redirects to {place}; not followed")
ANSWERED: Final = N_("the server answered {status}: {why}")
UNDESCRIBED: Final = N_("the server answered {status}, which is not in the API's description")
NO_JSON: Final = N_("the answer is not JSON: {body}")
MISFIT: Final = N_("the answer does not follow the API's description: {why}")
REFUSED: Final = N_("refused with {status}: {reason}")
NO_TEXT: Final = N_("(no text)")
AGENT_FAILED: Final = N_("the agent failed: {error}")
STOPPED: Final = N_("the agent stopped before the answer came")
STOOD_STILL: Final = N_("given up: the agent was paused, and polls the modules first")
REMOVAL_WAITS: Final = N_("given up after {seconds} s: a removal waits")

NOT_JSON: Final = N_("the answer is not JSON")
NO_OBJECT: Final = N_("the answer is not an object")
ANOTHER_NUMBER: Final = N_("the answer is about another number")
NAMELESS: Final = N_("the answer does not name its number")
UNKNOWN_STATUS: Final = N_("status {code} is not in the API's description")
NO_AMOUNT: Final = N_("{name} is not an amount")
NO_INTEGER: Final = N_("{name} is not an integer")
NO_COUNT: Final = N_("{name} is not a count")
NO_FLAG: Final = N_("{name} is neither true nor false")
NO_DATE: Final = N_("{name} is not a date")
FIELD_NO_OBJECT: Final = N_("{name} is not an object")
NO_LIST: Final = N_("{name} is not a list")
TWICE: Final = N_("a number is listed twice")
NO_NUMBER: Final = N_("{name} is not a number")
NO_COUNTRY: Final = N_("{name} is not a country code")

reason_in: Final = Retelling(
    NO_ANSWER, BAD_CERTIFICATE, NO_TLS, NO_NAME, HANGING_LOOKUPS, CUT, NO_CONNECTION_TO, NO_CONNECTION, NO_HTTP,
    TOO_LARGE, REDIRECTED_TO, ANSWERED, UNDESCRIBED, NO_JSON, MISFIT, AGENT_FAILED, UNKNOWN_STATUS, NO_AMOUNT,
    NO_INTEGER, NO_COUNT, NO_FLAG, NO_DATE, FIELD_NO_OBJECT, NO_LIST, NO_NUMBER, NO_COUNTRY,
    REMOVAL_WAITS, REFUSED,
)  # fmt: skip
"""Says a reason of `Failed`, or what is wrong with an answer, in another language."""
