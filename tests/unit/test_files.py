import os

import pytest

from utils.files import write


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"


def test_who_has_the_old_file_open_still_reads_it(tmp_path):
    path = tmp_path / "below" / "a.txt"
    write(path, b"old")
    with path.open("rb") as old:
        write(path, b"new and longer")
        assert old.read() == b"old"
    assert path.read_bytes() == b"new and longer"
