from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.numbers.text_file import read_text


def test_a_file_is_read_without_its_mark_of_utf_8(tmp_path):
    (tmp_path / "sims.csv").write_bytes("\ufefficcid,номер\r\n".encode())
    assert read_text(tmp_path / "sims.csv") == "iccid,номер\n"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null"])
def test_a_device_is_not_read(device):
    with pytest.raises(OSError, match="it is a device"):
        read_text(Path(device))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a pipe"):
        read_text(tmp_path / "pipe")


def test_a_folder_or_nothing_says_so(tmp_path):
    with pytest.raises(IsADirectoryError):
        read_text(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "nothing")


def test_other_encodings_are_told_apart(tmp_path):
    (tmp_path / "sims.csv").write_bytes("iccid".encode("utf-16"))
    with pytest.raises(UnicodeDecodeError):
        read_text(tmp_path / "sims.csv")
