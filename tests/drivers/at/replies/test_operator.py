from __future__ import annotations

import pytest

from drivers.at.replies.operator import parse_operator


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("+COPS: 0", None),
        ('+COPS: 0,0,"CHINA MOBILE",7', "CHINA MOBILE"),
        ('+COPS: 1,2,"46000",7', "46000"),
        ('+COPS: 1,0,"TELE2"', "TELE2"),
        ("+COPS: 0,0,TELE2,0", "TELE2"),
        ('+COPS: 0,0,"TELE2,0', "TELE2"),
        ('+COPS: 0,0,"TELE2@",0', "TELE2"),
        ('+COPS: 0,0,"TELE2\x03\xe9",0', "TELE2"),
        ('+COPS: 0,0,"TELE2\x9d",0', "TELE2"),
        (f'+COPS: 0,0,"{"Orange".encode("utf-16-be").hex()}FFFF",2', "Orange"),
        (f'+COPS: 0,0,"{"Téléphone".encode("utf-16-be").hex()}",2', "Téléphone"),
        (f'+COPS: 0,0,"{chr(0x202E).encode("utf-16-be").hex()}00410042",2', None),
        (f'+COPS: 0,0,"{"Vodafone".encode("utf-16-be").hex()}",2', "Vodafone"),
        (f'+COPS: 0,0,"{"Мегафон".encode("utf-16-be").hex().upper()}",2', "Мегафон"),
        ('+COPS: 0,0,"T-Mobile, US",7', "T-Mobile, US"),
        ('+COPS: 0,0,"Unknown"', None),
        ('+COPS: 0,2,"310410",7', "310410"),
        ('+COPS: 0,0,""', None),
        ("+COPS:", None),
        ("OK", None),
    ],
)
def test_the_networks_name_as_it_comes(line, name):
    assert parse_operator(line) == name


def said(name: bytes) -> str:
    """The line of a module that prints these bytes, as it comes from the wire."""
    return f'+COPS: 0,0,"{name.decode("latin-1")}",7'


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *[
            (name, "utf-8")
            for name in (
                "МТС RUS",
                "Київстар",
                "中国移动",
                "Telefónica",
                "日本通信",
                "เอไอเอส",
                "Türk",
                "Česko",
            )
        ],
        *[
            (name, "gbk")
            for name in ("中国移动", "中国联通", "中国电信", "CHINA MOBILE 中国移动", "中華電信")
        ],
        ("TELE2", "ascii"),
    ],
)
def test_a_name_in_utf_8_or_of_a_chinese_operator_in_gbk_is_read(name, encoding):
    assert parse_operator(said(name.encode(encoding))) == name


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("МТС", "cp1251"),
        ("Билайн", "cp1251"),
        ("ТЕЛЕ2", "cp1251"),
        ("МегаФон RUS", "koi8-r"),
        ("Česko", "cp1250"),
        ("Telefónica", "latin-1"),
        ("Claro Perú", "latin-1"),
        ("中華電信", "big5"),
        ("ソフトバンク", "shift-jis"),
    ],
)
def test_bytes_that_could_be_several_names_are_none(name, encoding):
    assert parse_operator(said(name.encode(encoding))) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"Tele\x1b]0;x\x07\x1b[2J2", "Tele]0;x[2J2"),
        ("Te\u202ele2".encode(), "Tele2"),
        ("\u2066TELE2\u2069".encode(), "TELE2"),
        ("\x9b31mTele2".encode(), "31mTele2"),
        (b"Te\x9ble2", None),
        ("Tele\u2028two".encode(), "Tele two"),
        ("Tele2\ufffd".encode(), "Tele2"),
        ("МТС".encode()[:-1], None),
    ],
)
def test_nothing_that_a_terminal_acts_upon_is_in_a_name(name, shown):
    assert parse_operator(said(name)) == shown
