"""`alert --test`: a message to each service, and what became of it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from agent.alerts.alerter import names_of
from agent.alerts.courier import Courier, Delivery
from agent.alerts.receipt_texts import why_in
from agent.alerts.texts import Setting, test_message
from agent.app.alert_settings import alert_language, fault_in, host_name, read_alerts
from agent.cli.exit import Exit, fail
from agent.cli.process import print_data
from agent.config import Config
from agent.formats.printable import printable, to_json
from agent.language import _, current_language


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the message to one service."""

    name: str
    sent: bool
    why: str


async def send_test(config: Config) -> list[Tried]:
    """Send a test message to each service. Exits with a message where there is none."""
    settings = await read_alerts(config.alerts, alert_language(config, os.environ))
    if settings.fault:
        print(fault_in(settings.fault, current_language()), file=sys.stderr)
    policy = settings.policy
    if not policy.urls:
        fail(Exit.PROBLEM, _("there is nobody to alert: set alerts.urls or alerts.urls_file in config.yaml"))
    message = test_message(Setting(host=host_name(config, socket.gethostname()), language=policy.language))
    courier = Courier()
    try:
        receipts = await courier.send([Delivery(url, message) for url in policy.urls])
    finally:
        courier.end()
    return [Tried(name, one.sent, one.why) for name, one in zip(names_of(policy.urls), receipts, strict=True)]


def _not_sent(why: str) -> str:
    return _("not sent: {why}").format(why=printable(why_in(why, current_language())))


def show_tried(tried: Sequence[Tried], *, as_json: bool) -> None:
    """Print what became of each message."""
    if as_json:
        services = [{"name": one.name, "sent": one.sent, "why": one.why} for one in tried]
        print_data(to_json({"services": services}) + "\n")
        return
    for one in tried:
        told = _("sent") if one.sent else _not_sent(one.why)
        print(f"{one.name}: {told}")
