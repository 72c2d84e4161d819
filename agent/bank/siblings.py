"""Which ports of an unlisted USB device are one module: those that tell the same IMEI and the same ICCID."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from drivers.ports.ports import ModulePorts, merge_unknown, natural
from drivers.ports.usb_ids import DeviceKind

MOST_DISAGREEMENTS: Final = 3
"""Polls in a row in which two merged ports told different modules or cards (docs/design.md §3.2)."""


class Siblings:
    """What the ports of unlisted USB devices told in this run, and what was concluded from it.

    A conclusion stays until a port of the device goes, or until merged ports disagree three times in a row: a bank
    switches cards while only one of them is polled. Bounded by the ports that are there.
    """

    def __init__(self) -> None:
        self._device: dict[str, str] = {}
        """The USB device of each place."""
        self._told: dict[str, tuple[str, str]] = {}
        """The IMEI and ICCID that each place told last."""
        self._first: dict[str, str] = {}
        """The place that each merged place belongs to."""
        self._disagreements: dict[str, int] = {}

    @property
    def known(self) -> object:
        """What `merge` goes by; equal while it would find the same."""
        return dict(self._told), dict(self._first), dict(self._device)

    def tell(self, place: str, imei: str | None, iccid: str | None) -> bool:
        """Note what a poll of this place told; return whether it may be one module with another place now.

        What it does not tell any more is forgotten: the card may be in its neighbour by now.
        """
        if place not in self._device or imei is None or iccid is None:
            self._told.pop(place, None)
            return False
        if self._told.get(place) == (imei, iccid):
            return False
        self._told[place] = (imei, iccid)
        device = self._device[place]
        return any(
            self._device[other] == device and told == (imei, iccid)
            for other, told in self._told.items()
            if other != place
        )

    def merge(self, modules: Iterable[ModulePorts]) -> tuple[ModulePorts, ...]:
        """Return the modules of all ports that are there; the first place of merged ones is the module's."""
        alone = sorted(modules, key=lambda module: natural(module.place))
        self._note_devices(alone)
        known = [place for place in self._told if place not in self._first]
        told = merge_unknown(
            [module for module in alone if module.place in known],
            {place: self._told[place][0] for place in known},
            {place: self._told[place][1] for place in known},
        )
        owner = {port.path: module.place for module in told for port in module.ports}
        for module in alone:
            first = owner.get(module.ports[0].path) if module.ports else None
            if first is not None and first != module.place:
                self._join(module.place, first)
        merged: dict[str, ModulePorts] = {}
        for module in alone:
            first = self._first.get(module.place, module.place)
            before = merged.get(first)
            merged[first] = replace(before, ports=before.ports + module.ports) if before else module
        return tuple(merged.values())

    def compare(self, place: str, *, agree: bool) -> bool:
        """Note a comparison of two ports of a merged module; return whether it was split by that."""
        count = 0 if agree else self._disagreements.get(place, 0) + 1
        self._disagreements[place] = count
        if count < MOST_DISAGREEMENTS:
            return False
        self._forget(self._device.get(place, ""))
        return True

    def _join(self, place: str, first: str) -> None:
        for one, owner in self._first.items():
            if owner == place:
                self._first[one] = first
        self._first[place] = first

    def _note_devices(self, alone: Iterable[ModulePorts]) -> None:
        """Take in which places there are; a device that lost one was unplugged, or is about to be."""
        device = {
            module.place: module.ports[0].usb.device_place
            for module in alone
            if module.kind is DeviceKind.UNKNOWN and module.ports and module.ports[0].usb is not None
        }
        for gone in {self._device[place] for place in self._device.keys() - device.keys()}:
            self._forget(gone)
        self._device = device

    def _forget(self, device: str) -> None:
        for place in [place for place, its in self._device.items() if its == device]:
            self._told.pop(place, None)
            self._first.pop(place, None)
            self._disagreements.pop(place, None)
