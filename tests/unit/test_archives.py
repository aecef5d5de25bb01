"""Downloads and archives are used whole or not at all. The server of these tests is on this machine and breaks off on purpose."""

import contextlib
import hashlib
import io
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from utils.datasets import archives, real
from utils.datasets.store import DataDamaged

CONTENT = bytes(range(256)) * 4000
WHOLE, HALF = (len(CONTENT), CONTENT), (len(CONTENT), CONTENT[: len(CONTENT) // 2])
MD5 = hashlib.md5(CONTENT).hexdigest()
FILES = {"set/a/1.txt": b"one" * 500, "set/b/2.txt": b"two" * 500}


@contextlib.contextmanager
def serving(*answers):
    """The address of a server whose n-th answer is the n-th given, the last again and again: (announced length, bytes) or a status."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            if isinstance(answer, int):
                self.send_error(answer)
                return
            self.send_response(200)
            if answer[0] is not None:
                self.send_header("Content-Length", str(answer[0]))
            self.end_headers()
            self.wfile.write(answer[1])

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/set.bin", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(archives, "WAIT", 0)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_download_that_breaks_off_is_told_and_tried_again(tmp_path, capsys):
    with serving(HALF, HALF, WHOLE) as (url, asked):
        archives.fetch(url, tmp_path / "set.bin", MD5)
    assert (tmp_path / "set.bin").read_bytes() == CONTENT and len(asked) == 3
    told = capsys.readouterr()
    assert "512,000 of 1,024,000 bytes" in told.out and "trying again (3 of 3)" in told.out and "100%" in told.err


def test_after_three_broken_downloads_it_gives_up_and_leaves_what_was_there(tmp_path):
    (tmp_path / "set.bin").write_bytes(b"before")
    with serving(HALF) as (url, asked), pytest.raises(archives.DownloadFailed, match="in 3 tries: .*512,000 of 1,024,000"):
        archives.fetch(url, tmp_path / "set.bin")
    assert len(asked) == 3 and names(tmp_path) == ["set.bin"] and (tmp_path / "set.bin").read_bytes() == b"before"


@pytest.mark.parametrize("answer", [(5, b"sorry"), (None, CONTENT[:1000])])
def test_wrong_content_is_refused_by_its_checksum(tmp_path, answer):
    with serving(answer) as (url, _), pytest.raises(archives.DownloadFailed, match=f"MD5.*expected {MD5}"):
        archives.fetch(url, tmp_path / "set.bin", MD5)
    assert names(tmp_path) == []


def test_the_beginning_of_a_sha256_is_compared_as_pytorchs_hub_has_it_in_its_names(tmp_path):
    known = hashlib.sha256(CONTENT).hexdigest()[:8]
    with serving(WHOLE) as (url, _):
        archives.fetch(url, tmp_path / "net.pth", sha256=known)
    with serving((5, b"sorry")) as (url, _), pytest.raises(archives.DownloadFailed, match=f"SHA-256.*begins with {known}"):
        archives.fetch(url, tmp_path / "net.pth", sha256=known)
    assert (tmp_path / "net.pth").read_bytes() == CONTENT


def test_a_zip_file_without_known_checksum_is_compared_with_the_checksums_inside_it(tmp_path):
    whole = zipped(FILES)
    for wrong in (whole[:-30], whole.replace(b"oneone", b"oneene", 1), b"<html>not found</html>"):
        with serving((len(wrong), wrong)) as (url, _), pytest.raises(archives.DownloadFailed, match="zip file"):
            archives.fetch(url, tmp_path / "set.zip")
    assert names(tmp_path) == []


def test_a_file_that_the_server_has_not_is_not_asked_for_again_but_a_busy_server_is(tmp_path):
    with serving(404) as (url, asked), pytest.raises(archives.DownloadFailed, match="in 1 try: the server answered 404"):
        archives.fetch(url, tmp_path / "set.bin")
    assert len(asked) == 1
    with serving(503, WHOLE) as (url, asked):
        archives.fetch(url, tmp_path / "set.bin", MD5)
    assert len(asked) == 2


def tarred(files, mode="w"):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode=mode) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return memory.getvalue()


def zipped(files):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as pack:
        for name, content in files.items():
            pack.writestr(name, content)
    return memory.getvalue()


MAKERS = {"set.tar": tarred, "set.tar.gz": lambda files: tarred(files, "w:gz"), "set.zip": zipped}


@pytest.fixture(params=MAKERS)
def make(request, tmp_path):
    def make(files, share=None):
        content = MAKERS[request.param](files)
        written = len(content.rstrip(b"\0"))  # a tar file ends in many zeros
        (tmp_path / request.param).write_bytes(content if share is None else content[: int(share * written)])
        return tmp_path / request.param

    return make


def test_an_archive_becomes_the_folder_that_is_wanted(make, tmp_path):
    archive = make(FILES)
    archives.unpack(archive, tmp_path / "place", "set")
    assert (tmp_path / "place/a/1.txt").read_bytes() == FILES["set/a/1.txt"]
    assert names(tmp_path) == sorted(["place", archive.name])


@pytest.mark.parametrize("share", [0.003, 0.2, 0.5, 0.9])
def test_an_archive_cut_short_is_refused_and_nothing_of_it_is_used(make, tmp_path, share):
    archive = make(FILES, share)
    with pytest.raises(DataDamaged, match="set.*broken or was cut short.*Delete it"):
        archives.unpack(archive, tmp_path / "place", "set")
    assert names(tmp_path) == [archive.name]


def test_a_tar_file_cut_between_two_members_is_refused_though_it_reads_like_a_shorter_one(tmp_path):
    (tmp_path / "set.tar").write_bytes(tarred(FILES)[: 512 + 1536])  # one header and its file's three blocks
    with pytest.raises(DataDamaged, match="the end mark is missing"):
        archives.unpack(tmp_path / "set.tar", tmp_path / "place", "set")


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/outside.txt", "set/../../outside.txt", "..\\outside.txt", "C:\\outside.txt"]
)
def test_an_archive_that_would_write_outside_its_folder_is_refused(make, tmp_path, name):
    archive = make(FILES | {name: b"!"})
    with pytest.raises(DataDamaged, match="outside its folder"):
        archives.unpack(archive, tmp_path / "inner" / "place", "set")
    assert names(tmp_path / "inner") == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path, kind):
    with tarfile.open(tmp_path / "set.tar", "w") as tar:
        member = tarfile.TarInfo("set/odd")
        member.type, member.linkname = kind, "/etc/hostname"
        tar.addfile(member)
    with pytest.raises(DataDamaged, match="set/odd, a link or device"):
        archives.unpack(tmp_path / "set.tar", tmp_path / "place")


@pytest.mark.parametrize("name", real.NAMES)
def test_a_real_set_that_cannot_be_downloaded_says_what_to_put_where(tmp_path, monkeypatch, name):
    def no_network(url, path, md5=None):
        raise archives.DownloadFailed(f"{url}: no network")

    monkeypatch.setattr(archives, "fetch", no_network)
    split = next(iter(real.COUNTS[name]))
    with pytest.raises(archives.DownloadFailed, match=rf"no network\. Without a connection.*as {tmp_path}/.*DL4CV_DATA"):
        real.load(name, split, root=tmp_path)
    with pytest.raises(FileNotFoundError, match="download=True"):
        real.load(name, split, root=tmp_path, download=False)


def test_a_real_archive_with_too_few_pictures_is_not_used(tmp_path):
    (tmp_path / "hymenoptera.tar").write_bytes(tarred({"hymenoptera_data/train/ants/1.jpg": b"x"}))
    with pytest.raises(DataDamaged, match="not complete: train has 1 pictures, expected 244"):
        real.load("hymenoptera", "train", root=tmp_path)
    assert names(tmp_path) == ["hymenoptera.tar"]
