"""What an expected error tells who typed the command. Imported once there is one: it knows most of the agent."""

from __future__ import annotations

from agent.bank.roster import NameClash, clash_in
from agent.cli.client import TokenNeeded
from agent.cli.exit import Exit
from agent.config import ConfigError
from agent.language import _, current_language
from agent.onlinesim.account import AccountInUse
from agent.sandbox.simulated_bank import SimulationFailed
from agent.store.lock import StoreInUse


def holder_text(used: AccountInUse) -> str:
    """Return who has the account."""
    return _("process {pid}").format(pid=used.holder) if used.holder else _("another process")


def code_and_message(error: Exception) -> tuple[Exit, str] | None:
    """Return how the command ends for `error`, None for one that nobody expects."""
    match error:
        case ConfigError():
            return Exit.CONFIG, str(error)
        case NameClash():
            return Exit.CONFIG, f"config.yaml: {clash_in(str(error), current_language())}"
        case StoreInUse():
            text = _("{error}: simbank-agent is already running here; see `simbank-agent status`")
            return Exit.TRY_LATER, text.format(error=error)
        case AccountInUse():
            text = _(
                "{error} of this machine reports to this account already, and each list replaces the one before:"
                " run one agent for each account, with all ports in its config.yaml"
            )
            return Exit.TRY_LATER, text.format(error=holder_text(error))
        case SimulationFailed():
            return Exit.PROBLEM, str(error)
        case TokenNeeded():
            return Exit.PERMISSION, str(error)
    return None
