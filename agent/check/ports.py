"""Whether the configured ports are there, allowed and free.

Responsible for judging what was seen of each port. Must not look at a port itself, nor know what is behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.check.finding import Finding, Level, good, problem, some
from agent.check.permissions import Account, FileRights
from drivers.errors import PortProblem, PortUnavailable
from drivers.wire.locks import Holder, command_that_tells


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFacts:
    """What was seen of one port.

    `rights` is None for a port on the network. `usable`: the account may read and write it. `holder` is another
    program that has it, `held_by_agent` says that this program is an agent. `unavailable` is what came of opening
    it; None where that went well or was not tried.
    """

    path: str
    rights: FileRights | None = None
    usable: bool = True
    holder: Holder | None = None
    held_by_agent: bool = False
    unavailable: PortUnavailable | None = None


def judge(
    ports: Sequence[PortFacts], account: Account, *, absent: int = 0, blind: bool = False
) -> Iterator[Finding]:
    """Judge the ports that rules of config.yaml lead to; the simulated ones are not among them.

    `absent` is how many more are configured and not there, as the configuration's warnings name them; `blind` says
    that the programs of other users could not be seen.
    """
    if not ports:
        mend = "plug the bank in and look at `lsusb` and `ls /dev/serial/by-path`; then `simbank-agent scan`"
        yield problem("ports", "none of the configured ports is there", mend)
        return
    forbidden = [port for port in ports if _forbidden(port)]
    yield from _forbidden_ports(forbidden, account)
    rest = [port for port in ports if port not in forbidden]
    troubled = [finding for port in rest if (finding := _trouble(port)) is not None]
    yield from troubled
    free = len(rest) - len(troubled)
    if not free:
        return
    counts = f"{free} of {len(ports) + absent} there, allowed"
    local = [port.path for port in rest if "://" not in port.path]
    if blind and local:
        text = f"{counts}, and held by no program that can be seen: programs of other users cannot be seen"
        yield Finding(Level.OK, "ports", text, f"`{command_that_tells(local[0])}` shows them")
    else:
        yield good("ports", f"{counts}, and in no other program's hands")


def _forbidden(port: PortFacts) -> bool:
    said = port.unavailable is not None and port.unavailable.problem is PortProblem.FORBIDDEN
    return said or not port.usable


def _forbidden_ports(ports: Sequence[PortFacts], account: Account) -> Iterator[Finding]:
    """Name forbidden ports together where one mend helps all."""
    mends: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for port in ports:
        mends[_why_forbidden(port, account)].append(port.path)
    for (why, mend), paths in mends.items():
        yield problem("permission", f"{account.name} may not open {some(paths)}: {why}", mend)


def _why_forbidden(port: PortFacts, account: Account) -> tuple[str, str]:
    """Say why the account may not open a port, and the mend."""
    rights = port.rights
    if rights is None or rights.gid == 0 or rights.mode >> 3 & 6 != 6:
        return (
            "no group has the right to",
            "sudo simbank-agent install  (its udev rules give ports to dialout)",
        )
    if rights.gid in account.groups:
        return (
            "something other than file modes forbids it",
            "see whether a container or AppArmor confines the agent",
        )
    if rights.gid in account.member_of:
        return f"it joined the group {rights.group} after it logged in", "log out and in again"
    join = f"sudo usermod -aG {rights.group} {account.name}"
    return f"it is not in the group {rights.group}", f"{join}, then log out and in again"


def _trouble(port: PortFacts) -> Finding | None:
    if port.holder is not None and not port.held_by_agent:
        return _held(port.path, str(port.holder), known=port.holder.pid != 0)
    refused = port.unavailable
    if refused is None or port.held_by_agent:
        return None
    if refused.problem is PortProblem.BUSY:
        return _held(port.path, "another program", known=False)
    if "://" in port.path:
        server = port.path.partition("://")[2]
        mend = f"does the serial server (ser2net) run at {server}, and is no firewall between?"
        return problem("port", refused.detail, mend)
    if refused.problem is PortProblem.GONE:
        return problem("port", f"{port.path} is gone", "plug it in again; `dmesg` tells why it went")
    mend = "unplug and plug it in again; if that does not help, look at `sudo dmesg`"
    return problem("port", refused.detail, mend)


def _held(path: str, holder: str, *, known: bool) -> Finding:
    stop = "stop that program, or leave the port to it: a rule for it with enabled: false in config.yaml"
    mend = stop if known else f"`{command_that_tells(path)}` tells which; {stop}"
    return problem("port", f"{path} is held by {holder}", mend)
