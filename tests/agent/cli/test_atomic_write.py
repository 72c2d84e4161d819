"""Changing an operator's file in one step, whatever somebody else put into its folder."""

from __future__ import annotations

import contextlib
import os
import resource

import pytest

from agent.cli.atomic_write import read_bytes, replace_bytes, write_new


@contextlib.contextmanager
def room_for(count):
    """Let files grow to so many bytes; a full disk fails the same way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def mode(path):
    return path.stat().st_mode & 0o7777


@pytest.fixture
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("etc") / "config.yaml"
    path.write_text("version: 1\n")
    path.chmod(0o640)
    return path


@pytest.fixture
def others_group():
    """A group that we may give a file, and that is not the one that new files get."""
    own = os.getegid()
    groups = [one for one in os.getgroups() if one != own] or ([own + 1] if os.geteuid() == 0 else [])
    if not groups:
        # Only for some accounts of developers: root, as in CI, may give a file to any group.
        pytest.skip("this account is in one group only")
    return groups[0]


def test_the_new_text_takes_the_place_with_mode_and_ends_of_lines_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "sims.csv"
    path.write_text("old")
    path.chmod(0o640)
    replace_bytes(path, b"a\r\nb\n")
    assert path.read_bytes() == b"a\r\nb\n"
    assert mode(path) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_read_or_written_through_a_link_and_the_error_names_its_target(tmp_path, config):
    real, link = tmp_path / "real", tmp_path / "sims.csv"
    real.write_text("old")
    link.symlink_to("real")
    for work in (
        lambda: replace_bytes(link, b"new"),
        lambda: write_new(link, b"new", like=config),
        lambda: read_bytes(link),
    ):
        with pytest.raises(OSError, match=f"it is a link to {real}") as why:
            work()
        assert why.value.filename == str(link)
    assert real.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == [real, link]


def test_a_new_file_is_not_made_at_the_end_of_a_link_that_leads_nowhere(tmp_path, config):
    (tmp_path / "sims.csv").symlink_to("shadow")
    with pytest.raises(OSError, match="it is a link to"):
        write_new(tmp_path / "sims.csv", b"new", like=config)
    assert not (tmp_path / "shadow").exists()


def test_a_link_with_the_name_of_a_temporary_file_is_left_alone(tmp_path, config, monkeypatch):
    path, victim = tmp_path / "sims.csv", tmp_path / "victim"
    path.write_text("old")
    victim.write_text("precious")
    victim.chmod(0o600)
    (tmp_path / ".sims.csv.new").symlink_to(victim)
    (tmp_path / ".sims.csv.guessed").symlink_to(victim)
    monkeypatch.setattr("agent.cli.atomic_write.secrets.token_hex", lambda _count: "guessed")
    with pytest.raises(FileExistsError):
        replace_bytes(path, b"new")
    assert (victim.read_text(), mode(victim), path.read_text()) == ("precious", 0o600, "old")
    monkeypatch.undo()
    replace_bytes(path, b"new")
    assert (victim.read_text(), path.read_text()) == ("precious", "new")


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_a_new_file_is_for_those_who_may_read_the_configuration(tmp_path, config, others_group, umask):
    os.chown(config, -1, others_group)
    before = os.umask(umask)
    try:
        write_new(tmp_path / "sims.csv", b"new", like=config)
    finally:
        os.umask(before)
    made = (tmp_path / "sims.csv").stat()
    assert (made.st_mode & 0o7777, made.st_gid) == (0o640, others_group)
    assert (tmp_path / "sims.csv").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_new_file_is_for_its_owner_alone_where_the_group_cannot_be_given(tmp_path, config, monkeypatch):
    def forbidden(_descriptor, _owner, group):
        if group != -1:
            raise PermissionError

    monkeypatch.setattr(os, "fchown", forbidden)
    monkeypatch.setattr(os, "fstat", lambda _descriptor: os.stat_result([0] * 5 + [99_999] + [0] * 4))
    write_new(tmp_path / "sims.csv", b"new", like=config)
    assert mode(tmp_path / "sims.csv") == 0o600


def test_a_file_of_numbers_is_closed_to_others_where_the_configuration_is(tmp_path, config, others_group):
    path = tmp_path / "sims.csv"
    path.write_text("old")
    path.chmod(0o644)
    os.chown(config, -1, others_group)
    replace_bytes(path, b"new", like=config)
    assert (mode(path), path.stat().st_gid) == (0o640, others_group)


def test_it_stays_open_to_others_where_the_configuration_is_open_too(tmp_path, config):
    path = tmp_path / "sims.csv"
    path.write_text("old")
    path.chmod(0o644)
    config.chmod(0o644)
    replace_bytes(path, b"new", like=config)
    assert mode(path) == 0o644


def test_a_disk_without_hard_links_gets_a_new_file_too(tmp_path, config, monkeypatch):
    def unsupported(*_names, **_folders):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    write_new(tmp_path / "sims.csv", b"new", like=config)
    assert (tmp_path / "sims.csv").read_bytes() == b"new"
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "sims.csv", b"newer", like=config)
    assert (tmp_path / "sims.csv").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_named_and_not_waited_for(tmp_path, make):
    make(tmp_path / "sims.csv")
    with pytest.raises(OSError, match=r"it is a folder, a device.*sims\.csv"):
        read_bytes(tmp_path / "sims.csv")


def test_without_room_the_old_text_stays_and_the_error_names_the_file(tmp_path):
    path = tmp_path / "sims.csv"
    path.write_text("old")
    with room_for(100), pytest.raises(OSError, match="too large") as why:
        replace_bytes(path, b"new" * 100)
    assert why.value.filename == str(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_without_room_a_new_file_is_not_left_half_written(tmp_path, config):
    with room_for(100), pytest.raises(OSError, match="too large") as why:
        write_new(tmp_path / "sims.csv", b"new" * 100, like=config)
    assert why.value.filename == str(tmp_path / "sims.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_no_new_one(tmp_path, config):
    (tmp_path / "sims.csv").write_text("old")
    with pytest.raises(FileExistsError) as why:
        write_new(tmp_path / "sims.csv", b"new", like=config)
    assert why.value.filename == str(tmp_path / "sims.csv")
    assert (tmp_path / "sims.csv").read_text() == "old"
