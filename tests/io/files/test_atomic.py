from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from convexplorer.errors import MAX_MESSAGE, CancelledError, UnwritableFileError
from convexplorer.io.files import atomic
from convexplorer.io.files.atomic import TEMPORARY_PREFIX, atomic_file, atomic_path

ENDS = ("", ".cvx", ".npy", ".a b")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions and limits")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "bank.json"
    path.write_bytes(b"old")
    return path


def only(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


def save(path: Path, data: bytes = b"new", *, overwrite: bool = True) -> None:
    with atomic_file(path, overwrite=overwrite) as file:
        file.write(data)


def refusal(path: Path, write: Callable[[Path], object] | None = None, *, overwrite: bool = True) -> str:
    """The line with which saving fails; by `write`, it fills the temporary file."""
    with pytest.raises(UnwritableFileError) as caught:
        fill(path, write or (lambda temporary: temporary.write_bytes(b"new")), overwrite=overwrite)
    text = str(caught.value)
    assert path.name.replace("\0", "\ufffd")[:20] in text
    assert "\n" not in text
    assert len(text) <= MAX_MESSAGE
    return text


def fill(path: Path, write: Callable[[Path], object], *, overwrite: bool = True) -> None:
    with atomic_path(path, overwrite=overwrite) as temporary:
        write(temporary)


@contextmanager
def largest_file(size: int):
    """A real limit of the system, which makes writing fail as a full disk does: first short, then not at all."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_new_file(tmp_path):
    save(tmp_path / "a.bin", overwrite=False)
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert only(tmp_path, "a.bin")


def test_replaces_only_when_left(target):
    with atomic_file(target) as file:
        file.write(b"new")
        file.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert only(target.parent, "bank.json")


def test_path_for_writers_that_want_one(target):
    with atomic_path(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.suffix == ".json"
        assert temporary.name.startswith(atomic.TEMPORARY_PREFIX)
        temporary.write_bytes(b"new")
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [RuntimeError("a bug"), CancelledError(), KeyboardInterrupt(), GeneratorExit()])
def test_old_file_stays_after_any_exception(target, error):
    def write(temporary: Path) -> None:
        temporary.write_bytes(b"half of the ne")
        raise error

    with pytest.raises(type(error)):
        fill(target, write)
    assert target.read_bytes() == b"old"
    assert only(target.parent, "bank.json")


def test_does_not_overwrite_unasked(target):
    assert refusal(target, overwrite=False) == "bank.json already exists"
    assert target.read_bytes() == b"old"
    assert only(target.parent, "bank.json")


def test_does_not_overwrite_what_appeared_meanwhile(tmp_path):
    path = tmp_path / "a.bin"
    assert "already exists" in refusal(path, lambda _: path.write_bytes(b"theirs"), overwrite=False)
    assert path.read_bytes() == b"theirs"
    assert only(tmp_path, "a.bin")


def test_failed_replacement_leaves_no_claim(tmp_path, monkeypatch):
    def fail(self, target):
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(Path, "replace", fail)
    assert "in use or may not be replaced" in refusal(tmp_path / "a.bin", overwrite=False)
    assert only(tmp_path)


@posix
def test_writes_through_links(tmp_path, target):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link.json"
    link.symlink_to(Path("..") / "bank.json")
    save(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert only(folder, "link.json")
    assert refusal(link, overwrite=False) == "link.json already exists"


@posix
def test_dangling_and_circular_links(tmp_path):
    (tmp_path / "dangling").symlink_to("made")
    save(tmp_path / "dangling", overwrite=False)
    assert (tmp_path / "made").read_bytes() == b"new"
    (tmp_path / "round").symlink_to("round")
    assert refusal(tmp_path / "round") == "round is not an ordinary file"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_keeps_permissions(target, mode):
    target.chmod(mode)
    save(target)
    assert stat.S_IMODE(target.stat().st_mode) == mode


@posix
def test_secret_file_is_never_readable_by_others(target):
    target.chmod(0o600)
    with atomic_path(target) as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600


@posix
def test_new_file_obeys_umask(tmp_path):
    before = os.umask(0o027)
    try:
        save(tmp_path / "a.bin")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o640


@posix
def test_devices_and_pipes_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "pipe is not an ordinary file"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert refusal(Path("/dev/full")) == "full is not an ordinary file"


def test_folders(tmp_path):
    (tmp_path / "a.json").mkdir()
    assert refusal(tmp_path / "a.json") == "a.json is a folder"
    gone = refusal(tmp_path / "gone" / "a.bin")
    assert gone.startswith("a.bin was not saved: the folder ")
    assert gone.endswith("does not exist")
    (tmp_path / "file").write_bytes(b"x")
    assert "not" in refusal(tmp_path / "file" / "a.bin")


def test_folder_that_goes_away(tmp_path):
    folder = tmp_path / "brief"
    folder.mkdir()
    assert "does not exist" in refusal(folder / "a.bin", lambda _: shutil.rmtree(folder))


def test_impossible_names(tmp_path):
    assert "not a possible name" in refusal(tmp_path / "a\0b")
    assert "too long" in refusal(tmp_path / ("long" * 100))


@posix
def test_long_suffix_is_no_trouble(tmp_path):
    path = tmp_path / f"a.{'x' * 250}"
    save(path)
    assert path.read_bytes() == b"new"


@posix
@pytest.mark.parametrize("size", [100, 10_000_000])
def test_full_disk(target, size):
    with (
        largest_file(50),
        pytest.raises(UnwritableFileError, match="was not saved: it is too large"),
        atomic_file(target) as file,
    ):
        file.write(bytes(size))
    assert target.read_bytes() == b"old"
    assert only(target.parent, "bank.json")


@posix
def test_full_disk_that_the_writer_does_not_notice(target):
    def write(temporary: Path) -> None:
        descriptor = os.open(temporary, os.O_WRONLY)
        assert os.write(descriptor, bytes(100)) == 50
        os.close(descriptor)

    with largest_file(50):
        assert "too large" in refusal(target, write)
    assert target.read_bytes() == b"old"
    assert only(target.parent, "bank.json")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "a.bin was not saved: the disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EIO, f"a.bin was not saved: {os.strerror(errno.EIO)}"),
    ],
)
def test_reasons(tmp_path, monkeypatch, number, reason):
    def fail(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    assert reason in refusal(tmp_path / "a.bin")
    assert only(tmp_path)


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="changes the user")
@pytest.mark.skipif(not hasattr(os, "O_DIRECTORY"), reason="folders cannot be brought to the disk here")
@pytest.mark.parametrize("broken", [False, True])
def test_the_folder_is_brought_to_the_disk_after_the_file_has_taken_its_place(tmp_path, monkeypatch, broken):
    target, order = tmp_path / "a.bin", []
    target.write_bytes(b"old")
    real = os.fsync

    def fsync(descriptor):
        status = os.fstat(descriptor)
        here = os.path.samestat(status, tmp_path.stat())
        order.append(("folder" if here else "file", target.read_bytes()))
        if broken and here:
            raise OSError(errno.EINVAL, "this file system does not do that")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_file(target) as file:
        file.write(b"new")
    assert order == [("file", b"old"), ("folder", b"new")]
    assert target.read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "darwin", reason="folders of root are closed to others")
def test_protected_as_another_user(tmp_path):
    """What root may do, a user may not; the checks must not be fooled by who asks."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.name.startswith("pytest-of-"):
            break
        folder.chmod(0o755)
    folder.chmod(0o755)
    closed, opened = tmp_path / "closed", tmp_path / "open"
    for folder, mode in ((closed, 0o555), (opened, 0o777)):
        folder.mkdir()
        (folder / "a.bin").write_bytes(b"old")
        (folder / "a.bin").chmod(0o444)
        folder.chmod(mode)
    (closed / "a.bin").chmod(0o666)
    os.seteuid(65534)
    try:
        in_closed = refusal(closed / "a.bin")
        protected = refusal(opened / "a.bin")
    finally:
        os.seteuid(0)
    assert in_closed.startswith("a.bin was not saved: the folder ")
    assert in_closed.endswith("closed is read-only")
    assert protected == "a.bin was not saved: it is read-only"
    assert (closed / "a.bin").read_bytes() == (opened / "a.bin").read_bytes() == b"old"


def test_read_only_folder_without_root(tmp_path, monkeypatch):
    def refuse(path, flags, mode=0o777, **_):
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(os, "open", refuse)
    assert refusal(tmp_path / "a.bin").endswith("is read-only")


# --- what kills leave behind -------------------------------------------------------------------------------------


def leftover(folder: Path, name: str, age: float = 120.0) -> Path:
    path = folder / name
    path.write_bytes(b"half")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_what_a_kill_left_behind_is_swept(tmp_path, target):
    stale = [leftover(tmp_path, f"{TEMPORARY_PREFIX}0123456789abcde{number}{end}") for number, end in enumerate(ENDS)]
    save(target)
    assert not any(path.exists() for path in stale)
    assert only(tmp_path, target.name)


def test_what_another_clock_dated_in_the_future_is_swept_too(tmp_path, target):
    stale = leftover(tmp_path, f"{TEMPORARY_PREFIX}0123456789abcdef.csv", age=-86_400.0)
    young = leftover(tmp_path, f"{TEMPORARY_PREFIX}0123456789abcde0.csv", age=-5.0)
    save(target)
    assert not stale.exists()
    assert young.exists()


def test_what_is_being_written_is_not_swept(tmp_path, target):
    with atomic_path(tmp_path / "slow.npy") as slow:
        slow.write_bytes(b"the first strip")
        os.utime(slow, (time.time() - 3600,) * 2)
        save(target)
        assert slow.read_bytes() == b"the first strip"
    assert (tmp_path / "slow.npy").read_bytes() == b"the first strip"


def test_what_is_young_or_only_looks_alike_is_not_swept(tmp_path, target):
    kept = [
        leftover(tmp_path, f"{TEMPORARY_PREFIX}0123456789abcdef.csv", age=1.0),
        leftover(tmp_path, f"{TEMPORARY_PREFIX}notes.csv"),
        leftover(tmp_path, f"{TEMPORARY_PREFIX}0123456789abcdef0.csv"),
        leftover(tmp_path, f"x{TEMPORARY_PREFIX}0123456789abcdef.csv"),
    ]
    folder = tmp_path / f"{TEMPORARY_PREFIX}0123456789abcdee"
    folder.mkdir()
    save(target)
    assert all(path.exists() for path in (*kept, folder))


@posix
def test_settings_survive_a_full_disk(tmp_path):
    # They are Qt's, which looks whether it could write; they need no writer of ours.
    path = tmp_path / "settings.ini"
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    settings.setValue("theme", "dark")
    settings.setValue("recent", "x" * 3000)
    settings.sync()
    with largest_file(2000):
        settings.setValue("theme", "light")
        settings.sync()
    assert settings.status() == QSettings.Status.AccessError
    assert QSettings(str(path.rename(tmp_path / "read.ini")), QSettings.Format.IniFormat).value("theme") == "dark"
    assert only(tmp_path, "read.ini")
