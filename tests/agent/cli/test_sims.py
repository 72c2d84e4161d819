"""What `sims --write` adds to the operator's file."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from agent.cli.sims import RunningSims, ask_running, show_sims, write_sims
from agent.config import Status, load
from agent.numbers.sims_file_write import SimRow, added, write
from agent.numbers.sims_rows import parse
from agent.store.records import FileRow
from agent.store.store import Store
from tests.agent.shown_bank import ShownBank, asked, serve

ONE = SimRow(iccid="8946120000005000016", imsi="240120000000001", number="+46701740001", module="Port1")
TWO = SimRow(iccid="8946120000005000024", imsi="240120000000002", module="Port2", rent=True)


@pytest.mark.parametrize(
    ("before", "rows"),
    [
        ("", write([ONE, TWO])),
        ("# mine\n", "# mine\n" + write([ONE, TWO])),
        ("iccid,number\n8946120000005000016,\n", "8946120000005000024,\n"),  # a row without a number names it
        ("iccid,number\r\n8946120000005000016,+46701", "\r\n8946120000005000024,\r\n"),
        ("\ufeffNumber;note;IMSI\n1234567;x;240120000000001\n", ";;240120000000002\n"),
        ("8946120000005000016 , 0701740001\n", "8946120000005000024,,1\n"),
        ("894612000000500001,0701740001\n", "8946120000005000024,,1\n"),  # without its check digit
        ("number,iccid,module\n", "+46701740001,8946120000005000016,Port1\n,8946120000005000024,Port2\n"),
    ],
)
def test_new_sims_stand_below_in_the_files_own_columns_and_the_rest_stays(before, rows):
    text, count = added(before, [ONE, TWO])
    assert text == (rows if rows.startswith("# mine") else before + rows)
    assert count == (2 if "Port1" in rows or not before else 1)
    assert added(text, [ONE, TWO]) == (text, 0)


def test_what_was_added_can_be_read():
    text, _ = added("# hand-made\niccid;number\n", [ONE, TWO])
    entries, problems = parse(text, "sims.csv")
    assert [entry.sim for entry in entries] == [ONE.iccid]
    assert not problems


async def test_the_table_says_where_each_sim_is_now_and_what_onlinesim_says_where_an_agent_runs(
    tmp_path, capsys
):
    bank = ShownBank(2)
    bank.rows[0] = replace(bank.rows[0], onlinesim=asked("spent"))
    config = load("version: 1", file="config.yaml", environment={}, folder=tmp_path)
    store = Store(config.store_file)
    for row in bank.rows:
        store.cards.saw(row.iccid, row.imsi, row.name)
    store.close()
    store = Store(config.store_file)
    store.cards.saw("8946120000005000999", None, "Port9")
    store.close()
    bank.rows[1] = replace(bank.rows[1], live=False, reason="no_sim")
    assert await ask_running(config.model_copy(update={"status": Status(listen="127.0.0.1:9")})) is None
    async with serve(bank) as server:
        listen = server.url.removeprefix("http://").rstrip("/")
        beside = config.model_copy(update={"status": Status(listen=listen)})
        running = await ask_running(beside)
    first = bank.rows[0]
    assert running == RunningSims({first.iccid: "spent by rent"}, {first.iccid: first.name})

    show_sims(config, running, form="table")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[-1] == "Onlinesim"
    assert lines[1].split()[-5:] == [first.name, "now", "spent", "by", "rent"]
    assert lines[2].split()[-6:-3] == ["was", "in", "Port2"]  # it left, and was last seen at a time
    assert lines[2].split()[-1] == "–"
    show_sims(config, running, form="json")
    told = {sim["iccid"]: sim for sim in json.loads(capsys.readouterr().out)["sims"]}
    assert (told[first.iccid]["present"], told[first.iccid]["module"]) == (True, "Port1")
    assert told[first.iccid]["last_seen"] == pytest.approx(time.time(), abs=600)
    assert (told["8946120000005000999"]["present"], told["8946120000005000999"]["module"]) == (False, "Port9")
    show_sims(config, None, form="table")
    shown = capsys.readouterr().out
    assert not any(word in shown for word in ("Onlinesim", "now"))
    assert "was in Port1" in shown


@pytest.mark.parametrize("name", ["[/2]", "[red]", "rack[bold]", ":smile:"])
def test_a_name_prints_as_it_is(name, tmp_path, capsys):
    config = load("version: 1", file="config.yaml", environment={}, folder=tmp_path)
    store = Store(config.store_file)
    store.cards.saw(ONE.iccid, ONE.imsi, name)
    store.close()
    show_sims(config, None, form="table")
    assert name.replace("\x1b", "\\x1b").replace("\x9b", "\\x9b") in capsys.readouterr().out


def test_a_name_is_no_formula_in_the_file():
    text = write([SimRow(iccid=ONE.iccid, number=ONE.number, module='=HYPERLINK("http://x")')])
    assert "'=HYPERLINK" in text
    assert f"{ONE.iccid},,{ONE.number}," in text
    assert parse(text, "sims.csv")[0][0].number == ONE.number


@pytest.fixture
def place(tmp_path):
    (tmp_path / "config.yaml").write_text("sims_file: sims.csv\n")
    return tmp_path


def written(folder):
    config = load("sims_file: sims.csv", file="config.yaml", environment={}, folder=folder)
    return write_sims(config, folder / "config.yaml")


def kept(folder, *rows):
    store = Store(folder / "simbank.db")
    store.cards.saw(ONE.iccid, ONE.imsi, "Port1")
    store.cards.learn(ONE.iccid, ONE.imsi, "+46701740099", "cnum")
    store.keep_file(folder / "sims.csv", rows)
    store.close()


def test_a_lost_file_comes_back_with_what_it_said(place):
    kept(place, FileRow(2, ONE.iccid, "+46701740001", None), FileRow(3, TWO.iccid, "+46701740002", True))
    assert "created with 2 SIMs" in written(place)
    entries, problems = parse((place / "sims.csv").read_text(), "sims.csv")
    assert [(one.sim, one.number, one.rent) for one in entries] == [
        (ONE.iccid, "+46701740001", None),
        (TWO.iccid, "+46701740002", True),
    ]
    assert not problems


def test_what_the_card_tells_is_not_made_the_operators_word(place):
    kept(place)
    written(place)
    assert parse((place / "sims.csv").read_text(), "sims.csv") == ((), ())
    assert ",+46701740099,cnum," in (place / "sims.csv").read_text()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_new_rows_have_the_encoding_of_the_file_and_its_bytes_stay(place, codec):
    kept(place)
    before = "iccid;номер;полка\r\n8946120000005000099;+46701740003;третья\r\n".encode(codec)
    (place / "sims.csv").write_bytes(before)
    assert "1 SIM added" in written(place)
    after = (place / "sims.csv").read_bytes()
    assert after.startswith(before)
    assert f"\r\n{ONE.iccid};;\r\n" in after.decode(codec)


def test_nothing_is_added_to_what_is_no_text(place, capsys):
    kept(place)
    (place / "sims.csv").write_bytes(b"PK\x03\x04workbook")
    with pytest.raises(SystemExit) as end:
        written(place)
    assert end.value.code == 1
    assert "it is a workbook of a spreadsheet; save it as CSV UTF-8" in capsys.readouterr().err
    assert (place / "sims.csv").read_bytes() == b"PK\x03\x04workbook"
