"""What the control socket may do with the running agent: requests reach its parts in one turn of the loop."""

from __future__ import annotations

from agent.app.service import Service
from agent.control.keeper import Keeper
from agent.control.messages import Answer, Request


def carry_out(service: Service, request: Request) -> Answer:
    """Do what a request says; the reports that follow have the new names, in one list."""
    if service.reloading:
        return Answer(refused="config.yaml is being read again; try again in a few seconds")
    bank = service.bank

    def holding() -> dict[str, str]:
        told = {name: member.state.iccid for name, member in bank.members.items()}
        return {name: iccid for name, iccid in told.items() if iccid is not None}

    keeper = Keeper(
        service.settings.inventory,
        service.store,
        check=bank.check_rename,
        renamed=service.rename,
        holding=holding,
    )
    return keeper.do(request)
