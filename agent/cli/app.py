"""The command line of `simbank-agent`: commands, arguments, help. Each command imports what it needs itself."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from agent.cli import (
    alert_commands,
    init_commands,
    moving_commands,
    name_commands,
    past_commands,
    plain,
    process,
    trace_commands,
)
from agent.cli.exit import Exit, fail
from agent.cli.help import Commands, WholeSentences
from agent.cli.options import AsCsv, AsJson, ConfigPath, TokenFile
from agent.cli.process import exit_with, print_data, print_version
from agent.language import _, current_language, use_language

app = Commands(
    name="simbank-agent",
    cls=WholeSentences,
    help="Report the live SIMs of a SIM bank to Onlinesim.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its frames put "<bool>" behind a flag, and need a terminal that is wide
)

MOST_SLOTS = 65_536
"""512 for each of 128 modules take the simulator a second and 50 MB; millions would take minutes and all memory."""


def _print_version(wanted: bool) -> None:
    if wanted:
        print_version()
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", "-v", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Report the live SIMs of a SIM bank to Onlinesim."""


@app.command()
def run(config: ConfigPath = None) -> None:
    """Run the agent until Ctrl-C or SIGTERM; SIGHUP reloads config.yaml."""
    plain.run(config)


@app.command()
def scan(
    config: ConfigPath = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    write: Annotated[
        bool, typer.Option("--write", help="Add ports that have no rule yet to config.yaml.")
    ] = False,
) -> None:
    """Query every port once and list modules, SIMs and verdicts; a running agent is asked instead."""
    from agent.cli.config_file import find_config, read_asking
    from agent.cli.progress import with_progress
    from agent.cli.scan import scan as scan_bank
    from agent.cli.scan import write_ports
    from agent.cli.table import console, modules_table
    from agent.formats.printable import to_json

    read = read_asking(config, token_file)
    language = "en" if as_json else current_language()
    found = process.run(with_progress(lambda progress: scan_bank(read, progress, language)))
    if as_json:
        print_data(to_json({"modules": found.modules}) + "\n")
    else:
        console().print(modules_table(found.modules, found.cap))
    if write:
        path = find_config(config)
        print(write_ports(path, read), file=sys.stderr)
    if not found.modules:
        raise typer.Exit(int(Exit.PROBLEM))


@app.command()
def check(
    config: ConfigPath = None,
    token_file: TokenFile = None,
    test2: Annotated[
        bool, typer.Option("--test2", help="Let the server echo the test report, and compare.")
    ] = False,
    account: Annotated[
        bool, typer.Option("--account", help="Also ask Onlinesim what it knows of each live number.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the setup and explain how to fix each problem."""
    from agent.cli.check import check as examine
    from agent.cli.check import show_findings
    from agent.cli.config_file import find_config, read_asking
    from agent.cli.progress import progress_bars
    from agent.config import Config, ConfigError

    if as_json:
        use_language("en")  # findings are sentences; those for programs are always the same
    path = find_config(config)
    read: Config | ConfigError
    try:
        read = read_asking(config, token_file)
    except ConfigError as wrong:
        read = wrong
    with progress_bars() as bar:
        questions = bar(_("asking Onlinesim about each number")) if account else None
        modules = bar(_("querying the modules"))
        modules(0, 0)
        findings, code = process.run(examine(read, path, modules, test2=test2, account=questions))
    with exit_with(code):
        show_findings(findings, as_a_json=as_json)


@app.command()
def payload(config: ConfigPath = None, token_file: TokenFile = None) -> None:
    """Print the exact JSON that would be sent to Onlinesim now."""
    from agent.cli.config_file import read_asking
    from agent.cli.progress import with_progress
    from agent.cli.scan import scan as scan_bank

    read = read_asking(config, token_file)
    found = process.run(with_progress(lambda progress: scan_bank(read, progress)))
    if found.whose:
        print(found.whose, file=sys.stderr)
    print_data(found.payload.decode() + "\n")


@app.command()
def status(
    config: ConfigPath = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep updating until Ctrl-C.")] = False,
) -> None:
    """Show the running agent: live SIMs, the verdict on each module, the last report."""
    plain.status(config, token_file, as_json=as_json, watch=watch)


@app.command()
def sims(
    config: ConfigPath = None,
    token_file: TokenFile = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV to fill in and use as sims_file.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Add the SIMs that sims_file lacks to it.")] = False,
    as_json: AsJson = False,
) -> None:
    """List every SIM ever seen, with its number, the source of that number, and where it is."""
    from agent.cli.config_file import find_config, read_asking, read_config
    from agent.cli.sims import ask_running, show_sims, write_sims

    if csv + write + as_json > 1:
        fail(Exit.USAGE, _("sims: use one of --csv, --json and --write"))
    process.allow_interrupt()
    if write:
        print(write_sims(read_config(config), find_config(config)), file=sys.stderr)
    else:
        read = read_asking(config, token_file)
        form = "csv" if csv else "json" if as_json else "table"
        show_sims(read, None if csv else process.run(ask_running(read)), form=form)


@app.command()
def income(
    config: ConfigPath = None,
    token_file: TokenFile = None,
    csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """List the numbers that are online at Onlinesim, with what each has earned."""
    from agent.cli.config_file import read_asking
    from agent.cli.income import income_of, show_income

    if csv and as_json:
        fail(Exit.USAGE, _("{command}: use --csv or --json, not both").format(command="income"))
    read = read_asking(config, token_file)
    found, modules = process.run(income_of(read))
    show_income(read, found, modules, form="csv" if csv else "json" if as_json else "table")


@app.command()
def simulate(
    modules: Annotated[int, typer.Option(min=1, max=1024, metavar="N", help="GSM modules.")] = 64,
    slots: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_SLOTS,
            metavar="N",
            help="SIM slots behind them; default: 512, or as many as modules.",
        ),
    ] = None,
    mix: Annotated[
        str, typer.Option(metavar="NAMES", help="Models, used in turn: all, or a list such as SIM800,EC25.")
    ] = "all",
    links: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep links Port1, Port2 … to the ports in this folder."),
    ] = None,
    hosts: Annotated[
        int | None,
        typer.Option(
            min=2, max=9, metavar="N", help="A whole fleet: N hosts, each with a bank and an agent."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a bank on pseudo-terminals, and the Onlinesim sandbox, for use with any tool."""
    from agent.cli.simulate import simulate as simulate_bank
    from agent.cli.simulate import too_few_slots, unknown_in_mix

    if wrong := unknown_in_mix(mix):
        fail(Exit.USAGE, f"--mix: {wrong}")
    if slots is not None and slots < modules:
        fail(Exit.USAGE, too_few_slots(modules))
    banks = hosts or 1
    arguments = ["--modules", str(banks * modules), "--mix", mix]
    if slots is not None:
        arguments += ["--slots", str(banks * slots)]
    if hosts is not None:
        if links is not None or as_json:
            fail(Exit.USAGE, _("--hosts: use it without --links and --json"))
        from agent.cli.simulate_fleet import simulate_fleet

        with suppress(KeyboardInterrupt):
            process.run(simulate_fleet(arguments, hosts=hosts, modules=modules))
        return
    if links is not None:
        arguments += ["--links", str(links)]
    with suppress(KeyboardInterrupt):
        process.run(simulate_bank(arguments, modules=modules, as_json=as_json))


@app.command("install")
def install_system(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    remove: Annotated[bool, typer.Option("--uninstall", help="Remove what was installed.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also replace or remove rules and unit that differ from ours.")
    ] = False,
) -> None:
    """Install udev rules, systemd unit, service user and /etc/simbank-agent/config.yaml."""
    from agent.install.files import CannotInstall, this_program
    from agent.install.install import install, uninstall

    process.allow_interrupt()
    try:
        if remove:
            uninstall(print, dry_run=dry_run, force=force)
        else:
            install(print, program=this_program(), dry_run=dry_run, force=force)
    except CannotInstall as why:
        fail(Exit.PROBLEM, str(why))


@app.command("schema")
def show_schema() -> None:
    """Print the JSON Schema of config.yaml, for editors."""
    import json

    from agent.config import schema

    print_data(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")


for command in (
    init_commands.init,
    past_commands.history,
    past_commands.uptime,
    past_commands.reports,
    trace_commands.trace,
    name_commands.modules,
    name_commands.rename,
    name_commands.move,
    name_commands.forget,
    moving_commands.backup,
    moving_commands.restore,
    alert_commands.alert,
):
    app.command()(command)
