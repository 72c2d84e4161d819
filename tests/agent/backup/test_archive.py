"""The file of a backup, also one that somebody made up: an error that says what it is, and little memory."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.backup import archive
from agent.backup.archive import CONFIG, KEY, SIMS, STORE, Backup, BadBackup

WHOLE = Backup(
    files={STORE: b"store" * 100, CONFIG: b"version: 1\n", SIMS: b"iccid,number\n", KEY: b"secret\n"},
    version="0.1.0", made_at="2026-11-30 15:00:00 UTC", host="bank1", config="/etc/simbank-agent/config.yaml",
)  # fmt: skip


def manifest(files, **more):
    members = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in files.items()
    }
    return json.dumps(
        {"format": 1, "version": "", "made_at": "", "host": "", "config": "", "members": members} | more
    )


def packed(*members, kind=tarfile.USTAR_FORMAT):
    """Pack members as they are: (name, content) or a TarInfo."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=kind) as tar,
    ):
        for one in members:
            if isinstance(one, tarfile.TarInfo):
                tar.addfile(one)
            else:
                info = tarfile.TarInfo(one[0])
                info.size = len(one[1])
                tar.addfile(info, io.BytesIO(one[1]))
    return out.getvalue()


def test_what_is_written_is_read(tmp_path):
    archive.write(tmp_path / "b", WHOLE)
    assert archive.read(tmp_path / "b") == WHOLE
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_stays(tmp_path):
    (tmp_path / "b").write_text("mine")
    with pytest.raises(FileExistsError):
        archive.write(tmp_path / "b", WHOLE)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        archive.write(tmp_path / "link", WHOLE)
    assert (tmp_path / "b").read_text() == "mine"


def test_a_backup_that_fails_leaves_no_file(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    with pytest.raises(OSError, match="No space") as raised:
        archive.write(tmp_path / "b", WHOLE)
    assert raised.value.filename == str(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def link(name, kind):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


M = manifest({CONFIG: b"x"}).encode()
HOSTILE = {
    "nothing": b"",
    "no gzip": b"a letter to my aunt" * 50,
    "gzip of nothing": gzip.compress(b""),
    "gzip of text": gzip.compress(b"a letter to my aunt" * 500),
    "another tar": packed(("etc/passwd", b"x")),
    "a path out of it": packed(("manifest.json", M), ("../../etc/cron.d/x", b"x")),
    "an absolute path": packed(("manifest.json", M), ("/etc/cron.d/x", b"x")),
    "a member that is not in the manifest": packed(("manifest.json", M), (CONFIG, b"x"), (SIMS, b"x")),
    "a member twice": packed(("manifest.json", M), (CONFIG, b"x"), (CONFIG, b"x")),
    "a symbolic link": packed(("manifest.json", M), link(CONFIG, tarfile.SYMTYPE)),
    "a hard link": packed(("manifest.json", M), link(CONFIG, tarfile.LNKTYPE)),
    "a device": packed(("manifest.json", M), link(CONFIG, tarfile.CHRTYPE)),
    "another content": packed(("manifest.json", M), (CONFIG, b"y")),
    "another length": packed(("manifest.json", M), (CONFIG, b"xx")),
    "less than it says": packed(("manifest.json", M)),
    "a manifest that is none": packed(("manifest.json", b"[]")),
    "a manifest of depth": packed(("manifest.json", b"[" * 50_000)),
    "a manifest as a link": packed(link("manifest.json", tarfile.SYMTYPE)),
    "a newer format": packed(("manifest.json", manifest({}, format=2, version="9").encode())),
    "cut off": packed(("manifest.json", M), (CONFIG, b"x" * 4000))[:-30],
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_backup_says_so(tmp_path, content):
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(BadBackup, match=str(tmp_path / "b")):
        archive.read(tmp_path / "b")
    assert [file.name for file in tmp_path.iterdir()] == ["b"]


def bomb(name, size):
    """A few kilobytes that unpack to `size` zeros."""
    out = io.BytesIO()
    info = tarfile.TarInfo(name)
    info.size = size
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as zipped:
        if name != "manifest.json":
            first = tarfile.TarInfo("manifest.json")
            first.size = len(M)
            zipped.write(first.tobuf() + M + bytes(-len(M) % 512))
        zipped.write(info.tobuf())
        for _ in range(min(size, 200 * 2**20) // 2**20):
            zipped.write(bytes(2**20))
    return out.getvalue()


def huge_header():
    """A pax header of 200 MB, which tarfile would read at once."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 200 * 2**20
    return gzip.compress(info.tobuf() + bytes(2**20))


@pytest.mark.parametrize(
    "content", [bomb("manifest.json", 200 * 2**20), bomb(CONFIG, 200 * 2**20), huge_header()],
    ids=["manifest", "config", "header"],
)  # fmt: skip
def test_a_bomb_takes_no_memory(tmp_path, content):
    (tmp_path / "b").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(BadBackup):
            archive.read(tmp_path / "b")
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


@given(data=st.data())
def test_no_flipped_byte_is_taken_for_what_was_written(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flip")
    archive.write(folder / "b", WHOLE)
    content = bytearray((folder / "b").read_bytes())
    for at in data.draw(st.sets(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[at] ^= data.draw(st.integers(1, 255))
    (folder / "b").write_bytes(content)
    try:
        found = archive.read(folder / "b")
    except BadBackup:
        return
    assert found.files == WHOLE.files


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none"):
        with pytest.raises(OSError, match=str(path)):
            archive.read(path)
