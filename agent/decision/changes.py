"""What changed between two decisions, for modules and for SIMs: what history keeps and metrics count. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from agent.decision.verdict import HOLDS_NOTHING, Decision, ModuleInput, Reason

ABSENT: Final = "absent"
"""The SIM is in no module any more, or the module in no bank."""


class Held(NamedTuple):
    """What a module says of itself and its SIM; `known` is whether the SIM is one of ours."""

    reason: str
    iccid: str | None
    number: str | None
    known: bool


class Change(NamedTuple):
    """From now on this is so: of the module, of the SIM, or of both. `before` is what the module was."""

    of_module: bool
    of_sim: bool
    module: str
    iccid: str | None
    number: str | None
    reason: str
    detail: str = ""
    before: str | None = None


class _SimIn(NamedTuple):
    module: str
    reason: str
    number: str | None


@dataclass(slots=True)
class Changes:
    """Remembers what was told last, and tells what is new. `known` says whether a card was seen for certain.

    A module that tells another SIM at each look must not make a history of its own for each of them.
    """

    known: Callable[[str], bool]
    _modules: dict[str, Held] = field(default_factory=dict)
    _sims: dict[str, _SimIn] = field(default_factory=dict)
    """Where each SIM is that is in a module, by ICCID."""

    def forget(self) -> None:
        """Tell everything anew."""
        self._modules, self._sims = {}, {}

    def rename(self, names: Mapping[str, str]) -> None:
        """Take note that modules have other names; `names` has the new name of each by the old one."""
        self._modules = {names.get(name, name): held for name, held in self._modules.items()}
        self._sims = {
            iccid: there._replace(module=names.get(there.module, there.module))
            for iccid, there in self._sims.items()
        }

    def of(
        self, decision: Decision, waits_for: Callable[[str], bool], *, among: Iterable[str] | None = None
    ) -> list[Change]:
        """Return what is new. `waits_for`: a module has not been asked yet, which is not worth telling.

        `among`: the modules to look at, all without it.
        """
        verdicts, new, before = decision.verdicts, {}, self._modules
        for name in verdicts if among is None else among:
            verdict, told = verdicts[name], before.get(name)
            if told is None and verdict.reason is Reason.SILENT and waits_for(name):
                continue
            now = self._held(verdict.reason, decision.modules[name], told)
            if now != told:
                new[name] = now
        gone = (
            [name for name in before if name not in verdicts]
            if len(before) + len(new) > len(verdicts)
            else []
        )
        if not new and not gone:
            return []
        return list(self._told(new, gone, {name: verdicts[name].detail for name in new}))

    def _held(self, reason: Reason, module: ModuleInput, told: Held | None) -> Held:
        iccid, number = module.state.iccid, module.resolution.number
        if iccid is None:
            return Held(reason.value, None, None, known=False)
        same = told is not None and told.known and told.iccid == iccid
        return Held(
            reason.value, iccid, number.text if number is not None else None, same or self.known(iccid)
        )

    def _told(
        self, new: Mapping[str, Held], gone: Iterable[str], details: Mapping[str, str]
    ) -> Iterator[Change]:
        before = {name: self._modules.get(name) for name in (*new, *gone)}
        self._modules.update(new)
        for name in gone:
            del self._modules[name]
        for name, now in new.items():
            earlier = before[name]
            of_sim = self._moves_in(name, now)
            of_module = earlier is None or earlier[:3] != now[:3]
            if of_module or of_sim:
                was = earlier.reason if earlier is not None else None
                yield Change(of_module, of_sim, name, now.iccid, now.number, now.reason, details[name], was)
        for name in gone:
            held = before[name]
            yield Change(True, False, name, None, None, ABSENT, "", held.reason if held is not None else None)
        for earlier in before.values():
            if earlier is not None and earlier.iccid is not None:
                yield from self._moves_out(earlier.iccid)

    def _moves_in(self, name: str, now: Held) -> bool:
        """Take the module for the place of its SIM, if it is; return whether that changes anything of the SIM."""
        if now.iccid is None or not now.known:
            return False
        there = self._sims.get(now.iccid)
        if there is not None and there.module != name and not self._gives_way(there, now):
            return False
        here = _SimIn(name, now.reason, now.number)
        self._sims[now.iccid] = here
        return here != there

    def _gives_way(self, there: _SimIn, now: Held) -> bool:
        """Whether a SIM is in another module by now than where it was."""
        other = self._modules.get(there.module)
        if other is None or other.iccid != now.iccid or now.reason == Reason.LIVE:
            return True
        return other.reason in HOLDS_NOTHING and now.reason not in HOLDS_NOTHING

    def _moves_out(self, iccid: str) -> Iterator[Change]:
        """Tell that a SIM is no longer where it was, unless it is."""
        there = self._sims.get(iccid)
        module = self._modules.get(there.module) if there is not None else None
        if there is None or (module is not None and module.iccid == iccid):
            return
        elsewhere = next(((name, held) for name, held in self._modules.items() if held.iccid == iccid), None)
        if elsewhere is not None:
            name, held = elsewhere
            self._sims[iccid] = _SimIn(name, held.reason, held.number)
            yield Change(False, True, name, iccid, held.number, held.reason)
            return
        del self._sims[iccid]
        why = module.reason if module is not None else ABSENT
        yield Change(False, True, there.module, iccid, there.number, ABSENT, why)
