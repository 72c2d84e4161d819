"""The configured ports: present, accessible, and not held by another program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.check.finding import Finding, Level, good, problem, some, warning
from agent.check.permissions import Account, FileRights
from agent.decision.details import detail_in
from agent.language import N_, Retelling, _, current_language
from drivers.errors import PortProblem, PortUnavailable
from drivers.wire import Holder, fuser_command

_holder_in: Final = Retelling(N_("the owner of {file}"), N_('the serial server says "{text}"'))
"""Says who holds a port in another language; the names of programs stay as they are."""
_STOP: Final = N_(
    "stop that program, or leave the port to it: a rule for it with enabled: false in config.yaml"
)


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
        fix = _(
            "plug the bank in and look at `lsusb` and `ls /dev/serial/by-path`; then `simbank-agent scan`"
        )
        yield problem("ports", _("none of the configured ports is present"), fix)
        return
    forbidden = [port for port in ports if _is_forbidden(port)]
    yield from _forbidden_ports(forbidden, account)
    rest = [port for port in ports if port not in forbidden]
    unavailable = [finding for port in rest if (finding := _unavailable(port)) is not None]
    yield from unavailable
    free = len(rest) - len(unavailable)
    if not free:
        return
    total = len(ports) + absent
    counts = _("{free} of {total} present and accessible").format(free=free, total=total)
    local = [port.path for port in rest if "://" not in port.path]
    if blind and local:
        text = _("{counts}; whether a program of another user holds one cannot be seen").format(counts=counts)
        fix = _("`{command}` shows it").format(command=fuser_command(local[0]))
        yield Finding(Level.OK, "ports", text, fix)
    else:
        yield good("ports", _("{counts}, none held by another program").format(counts=counts))


def _is_forbidden(port: PortFacts) -> bool:
    refused = port.unavailable is not None and port.unavailable.problem is PortProblem.FORBIDDEN
    return refused or not port.usable


def _forbidden_ports(ports: Sequence[PortFacts], account: Account) -> Iterator[Finding]:
    """One finding for all ports with the same cause."""
    causes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for port in ports:
        causes[_why_forbidden(port, account)].append(port.path)
    for (why, fix), paths in causes.items():
        text = _("{user} may not open {ports}: {why}").format(user=account.name, ports=some(paths), why=why)
        yield problem("permission", text, fix)


def _why_forbidden(port: PortFacts, account: Account) -> tuple[str, str]:
    """The cause, and the fix."""
    rights = port.rights
    if rights is None or rights.gid == 0 or rights.mode >> 3 & 6 != 6:
        return (
            _("no group has access to it"),
            _("{command}  (its udev rules give ports to dialout)").format(
                command="sudo simbank-agent install"
            ),
        )
    if rights.gid in account.groups:
        fix = _("check whether a container or AppArmor confines the agent")
        return _("the file modes allow it, but the kernel refuses"), fix
    if rights.gid in account.member_of:
        why = _("this user joined the group {group} after logging in").format(group=rights.group)
        return why, _("log out and in again")
    join = f"sudo usermod -aG {rights.group} {account.name}"
    why = _("this user is not in the group {group}").format(group=rights.group)
    return why, _("{command}, then log out and in again").format(command=join)


def _unavailable(port: PortFacts) -> Finding | None:
    if port.holder is not None and not port.held_by_agent:
        return _held(port.path, str(port.holder), known=port.holder.pid != 0)
    refused = port.unavailable
    if refused is None or port.held_by_agent:
        return None
    if refused.problem is PortProblem.BUSY:
        return _busy(port.path, refused.holder)
    if refused.problem is PortProblem.NOT_YET:
        text = f"{port.path}: {_in_words(refused.detail)}"
        return warning("port", text, _("run check again in some seconds"))
    if "://" in port.path:
        server = port.path.partition("://")[2]
        fix = _("check that the serial server (ser2net) runs at {server}, and that no firewall blocks it")
        return problem("port", _in_words(refused.detail), fix.format(server=server))
    if refused.problem is PortProblem.GONE:
        text = _("{port} is gone").format(port=port.path)
        return problem("port", text, _("plug it in again; `sudo dmesg` shows why it went"))
    fix = _("unplug it and plug it in again; if that does not help, look at `sudo dmesg`")
    return problem("port", _in_words(refused.detail), fix)


def _in_words(detail: str) -> str:
    """What drivers say of opening a port, in the process's language."""
    return detail_in(detail, current_language())


def _busy(path: str, holder: str) -> Finding:
    """`holder` as in `PortUnavailable`: a program, the command that shows it, or the words of a serial server."""
    if "://" in path:
        why = _holder_in(holder, current_language()) or _("it has another client")
        fix = _("end the server's other client of this port, or give it the port")
        return problem("port", f"{path}: {why}", fix)
    named = holder if holder and holder != fuser_command(path) else ""
    return _held(path, named, known="(pid " in named)


def _held(path: str, holder: str, *, known: bool) -> Finding:
    fix = _(_STOP)
    if not known:
        fix = _("`{command}` shows which; {fix}").format(command=fuser_command(path), fix=fix)
    text = _("{port} is held by {holder}") if holder else _("{port} is held by another program")
    return problem("port", text.format(port=path, holder=_holder_in(holder, current_language())), fix)
