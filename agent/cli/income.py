"""`income`: what the numbers of the account have earned, as Onlinesim says. It only reads."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from rich.table import Table

from agent.cli.check import client_of
from agent.cli.client import RunningAgent
from agent.cli.exit import Exit, fail
from agent.cli.process import print_data
from agent.cli.quantities import decimal
from agent.cli.table import console, foreign_text
from agent.config import Config
from agent.formats.printable import csv_cell, to_json
from agent.language import N_, _, current_language, ngettext
from agent.onlinesim.advice import advice_for
from agent.onlinesim.income import NumberIncome
from agent.onlinesim.outcome import Failed, FailureKind, Refusal

_LATER: Final = (FailureKind.NETWORK, FailureKind.SLOW, FailureKind.SERVER, FailureKind.BUSY)
SANDBOX: Final = N_("the server is the sandbox: nothing is sold, so nothing is earned")
_COLUMNS: Final = ("number", "country_id", "income", "module")


async def income_of(config: Config) -> tuple[Sequence[NumberIncome], Mapping[str, str]]:
    """Return each number with its income, and the modules of a running agent by number.

    Raises ConfigError for a key that cannot be read; exits with a message if Onlinesim does not answer.
    """
    async with client_of(config) as client:
        found = await client.income()
    if isinstance(found, Refusal | Failed):
        later = isinstance(found, Failed) and found.kind in _LATER
        code = Exit.TRY_LATER if later else Exit.PROBLEM
        language = current_language()
        text = _("Onlinesim was asked for the income: {answer}; {advice}")
        fail(code, text.format(answer=found.localized(language), advice=advice_for(found.kind, language)))
    agent = RunningAgent(config.status, config.store_file)
    status = await agent.status() or {"modules": ()}
    modules = {str(row["number"]): str(row["name"]) for row in status["modules"] if row["number"]}
    return found, modules


def show_income(
    config: Config, found: Sequence[NumberIncome], modules: Mapping[str, str], *, form: str
) -> None:
    """Print the numbers; `form` is "table", "csv" or "json"."""
    if config.onlinesim.sandboxed:
        print(_(SANDBOX), file=sys.stderr)
    total = sum((one.income for one in found), Decimal(0))
    if form == "json":
        numbers = [dict(zip(_COLUMNS, _values(one, modules), strict=True)) for one in found]
        print_data(to_json({"total": float(total), "numbers": numbers}) + "\n")
    elif form == "csv":
        print_data(_csv(found, modules))
    else:
        _print_table(found, modules, total)


def _values(one: NumberIncome, modules: Mapping[str, str]) -> tuple[str, int | None, float, str | None]:
    return one.number, one.country_id, float(one.income), modules.get(one.number)


def _csv(found: Sequence[NumberIncome], modules: Mapping[str, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in found:
        country = "" if one.country_id is None else one.country_id
        writer.writerow((one.number, country, f"{one.income:.2f}", csv_cell(modules.get(one.number, ""))))
    return text.getvalue()


def _print_table(found: Sequence[NumberIncome], modules: Mapping[str, str], total: Decimal) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(_("number"))
    table.add_column(_("module"))
    table.add_column(_("roubles"), justify="right")
    for one in found:
        table.add_row(one.number, foreign_text(modules.get(one.number)), decimal(float(one.income), 2))
    console().print(table)
    text = ngettext("{n} number online, {sum} roubles", "{n} numbers online, {sum} roubles", len(found))
    console().print("\n" + text.format(n=len(found), sum=decimal(float(total), 2)))
