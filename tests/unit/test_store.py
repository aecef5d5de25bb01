import pytest

from utils.datasets import store


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    store.write("set/one.bin", b"one")
    store.write("two.bin", b"two")
    return tmp_path


def test_what_was_written_is_read(data):
    assert store.read("set/one.bin") == b"one"
    assert store.read("two.bin") == b"two"


def test_checksums_are_those_of_sha256sum(data):
    assert (data / "SHA256SUMS").read_text().splitlines() == [
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  set/one.bin",
        "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3  two.bin",
    ]


def test_a_damaged_file_is_refused(data):
    (data / "two.bin").write_bytes(b"tow")
    with pytest.raises(store.DataDamaged, match=r"data/two\.bin is damaged.*git checkout"):
        store.read("two.bin")


def test_a_missing_file_is_refused(data):
    (data / "two.bin").unlink()
    with pytest.raises(store.DataDamaged, match="missing"):
        store.read("two.bin")


def test_an_unlisted_file_is_refused(data):
    (data / "three.bin").write_bytes(b"3")
    with pytest.raises(store.DataDamaged, match=r"not listed.*two\.bin"):
        store.read("three.bin")
