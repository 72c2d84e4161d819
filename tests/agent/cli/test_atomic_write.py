"""Changing an operator's file in one step."""

from __future__ import annotations

import contextlib
import resource

import pytest

from agent.cli.atomic_write import replace_text, write_new


@contextlib.contextmanager
def room_for(count):
    """Let files grow to so many bytes; a full disk fails the same way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_new_text_takes_the_place_with_mode_and_ends_of_lines_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "sims.csv"
    path.write_text("old")
    path.chmod(0o640)
    replace_text(path, "a\r\nb\n")
    assert path.read_bytes() == b"a\r\nb\n"
    assert path.stat().st_mode & 0o7777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    replace_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_without_room_the_old_text_stays_and_the_error_names_the_file(tmp_path):
    path = tmp_path / "sims.csv"
    path.write_text("old")
    with room_for(100), pytest.raises(OSError, match="too large") as why:
        replace_text(path, "new" * 100)
    assert why.value.filename == str(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_without_room_a_new_file_is_not_left_half_written(tmp_path):
    with room_for(100), pytest.raises(OSError, match="too large") as why:
        write_new(tmp_path / "sims.csv", "new" * 100)
    assert why.value.filename == str(tmp_path / "sims.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_no_new_one(tmp_path):
    (tmp_path / "sims.csv").write_text("old")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "sims.csv", "new")
    assert (tmp_path / "sims.csv").read_text() == "old"
