"""`fleet:` in config.yaml: several hosts that share one account at Onlinesim."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema

from agent.config.fields import Duration, PlacedPath
from agent.config.refusal import refuse
from agent.config.section import Section
from agent.formats.engine_url import EngineUrl, NotAnEngineUrl, parse
from agent.formats.fleet_word import WORD_PATTERN, is_word
from agent.language import N_, _

MOST_HOSTS = 10_000
MOST_REPLICAS = 9
WORD_HINT = N_("write 1 to 32 letters, digits, dots, dashes or underscores")


def _word(value: str) -> str:
    if not is_word(value):
        refuse(_("is not a usable name"), _(WORD_HINT))
    return value


Word = Annotated[str, AfterValidator(_word), WithJsonSchema({"type": "string", "pattern": WORD_PATTERN})]


def _engine(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        url = parse(value)
    except NotAnEngineUrl as wrong:
        refuse(str(wrong), wrong.hint)
    if not url.tls and not url.local:
        refuse(
            _("redis:// would show numbers and password to the network"),
            _("use rediss://, or a tunnel that ends on this machine"),
        )
    return value


class Fleet(Section):
    """Several hosts with one account; null: this host alone."""

    redis: Annotated[SecretStr, BeforeValidator(_engine)]
    """rediss://USER:PASSWORD@HOST:6379; redis:// to this machine only; redis+sentinel://H:P,H:P/NAME."""
    account: Word = "main"
    """Hosts with the same word here share one list."""
    host: Word | None = None
    """Unique in the fleet, stands before the names of ports; by default the machine's name."""
    modules: Annotated[int, Field(ge=1, le=MOST_HOSTS * 1024)] | None = None
    """Modules of the whole account as partner support knows them; null: the sum over the hosts."""
    lead: bool = True
    """Whether this host may speak to Onlinesim."""
    lease: Annotated[float, Duration("15s", "1m")] = 30.0
    """How long the last sign of a silent host counts."""
    acks: Annotated[int, Field(ge=0, le=MOST_REPLICAS)] = 0
    """Replicas that must hold a renewal; 1 with Sentinel."""
    ca_file: PlacedPath | None = None
    """PEM file with a CA of your own, for rediss."""

    @property
    def url(self) -> EngineUrl:
        """Where the engine is, password included."""
        return parse(self.redis.get_secret_value())
