"""The configured ports: present, accessible, and not held by another program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.check.finding import Finding, Level, good, problem, some, warning
from agent.check.permissions import Account, FileRights
from drivers.errors import PortProblem, PortUnavailable
from drivers.wire import Holder, fuser_command


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFacts:
    """What was seen of one port.

    `rights` is None for a port on the network. `usable`: the account may read and write it. `holder` is another
    program that holds it, `held_by_agent` whether that program is an agent. `unavailable` is the error of opening
    it; None where that worked or was not tried.
    """

    path: str
    rights: FileRights | None = None
    usable: bool = True
    holder: Holder | None = None
    held_by_agent: bool = False
    unavailable: PortUnavailable | None = None


def check_ports(
    ports: Sequence[PortFacts], account: Account, *, absent: int = 0, blind: bool = False
) -> Iterator[Finding]:
    """Check the ports of config.yaml's rules, simulated ones left out.

    `absent` is how many more are configured and missing, as the configuration's warnings name them; `blind`: the
    programs of other users cannot be seen.
    """
    if not ports:
        fix = "plug the bank in and look at `lsusb` and `ls /dev/serial/by-path`; then `simbank-agent scan`"
        yield problem("ports", "none of the configured ports is present", fix)
        return
    forbidden = [port for port in ports if _is_forbidden(port)]
    yield from _forbidden_ports(forbidden, account)
    rest = [port for port in ports if port not in forbidden]
    unavailable = [finding for port in rest if (finding := _unavailable(port)) is not None]
    yield from unavailable
    free = len(rest) - len(unavailable)
    if not free:
        return
    counts = f"{free} of {len(ports) + absent} present and accessible"
    local = [port.path for port in rest if "://" not in port.path]
    if blind and local:
        text = f"{counts}; whether a program of another user holds one cannot be seen"
        yield Finding(Level.OK, "ports", text, f"`{fuser_command(local[0])}` shows it")
    else:
        yield good("ports", f"{counts}, none held by another program")


def _is_forbidden(port: PortFacts) -> bool:
    refused = port.unavailable is not None and port.unavailable.problem is PortProblem.FORBIDDEN
    return refused or not port.usable


def _forbidden_ports(ports: Sequence[PortFacts], account: Account) -> Iterator[Finding]:
    """One finding for all ports with the same cause."""
    causes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for port in ports:
        causes[_why_forbidden(port, account)].append(port.path)
    for (why, fix), paths in causes.items():
        yield problem("permission", f"{account.name} may not open {some(paths)}: {why}", fix)


def _why_forbidden(port: PortFacts, account: Account) -> tuple[str, str]:
    """The cause, and the fix."""
    rights = port.rights
    if rights is None or rights.gid == 0 or rights.mode >> 3 & 6 != 6:
        return (
            "no group has access to it",
            "sudo simbank-agent install  (its udev rules give ports to dialout)",
        )
    if rights.gid in account.groups:
        fix = "check whether a container or AppArmor confines the agent"
        return "the file modes allow it, but the kernel refuses", fix
    if rights.gid in account.member_of:
        return f"it joined the group {rights.group} after it logged in", "log out and in again"
    join = f"sudo usermod -aG {rights.group} {account.name}"
    return f"it is not in the group {rights.group}", f"{join}, then log out and in again"


def _unavailable(port: PortFacts) -> Finding | None:
    if port.holder is not None and not port.held_by_agent:
        return _held(port.path, str(port.holder), known=port.holder.pid != 0)
    refused = port.unavailable
    if refused is None or port.held_by_agent:
        return None
    if refused.problem is PortProblem.BUSY:
        return _busy(port.path, refused.holder)
    if refused.problem is PortProblem.NOT_YET:
        return warning("port", f"{port.path} was {refused.detail}", "run check again in some seconds")
    if "://" in port.path:
        server = port.path.partition("://")[2]
        fix = f"is the serial server (ser2net) running at {server}, and does no firewall block it?"
        return problem("port", refused.detail, fix)
    if refused.problem is PortProblem.GONE:
        return problem("port", f"{port.path} is gone", "plug it in again; `sudo dmesg` shows why it went")
    fix = "unplug it and plug it in again; if that does not help, look at `sudo dmesg`"
    return problem("port", refused.detail, fix)


def _busy(path: str, holder: str) -> Finding:
    """`holder` as in `PortUnavailable`: a program, the command that shows it, or the words of a serial server."""
    if "://" in path:
        why = holder or "it has another client"
        return problem(
            "port", f"{path}: {why}", "end the server's other client of this port, or give it the port"
        )
    named = holder if holder and holder != fuser_command(path) else "another program"
    return _held(path, named, known="(pid " in named)


def _held(path: str, holder: str, *, known: bool) -> Finding:
    stop = "stop that program, or leave the port to it: a rule for it with enabled: false in config.yaml"
    fix = stop if known else f"`{fuser_command(path)}` shows which; {stop}"
    return problem("port", f"{path} is held by {holder}", fix)
