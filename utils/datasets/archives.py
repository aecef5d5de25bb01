"""Downloads and archives that are used whole or not at all.

A download goes to a temporary file and gets its name once its length and checksum are right; an archive is unpacked into a temporary
folder, which is moved into place once the last member is written. So what has its name is complete, whatever was cut off before.
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from utils.datasets.store import DataDamaged

TRIES = 3
WAIT = 2.0  # seconds before the second try, twice as many before the third
TIMEOUT = 30.0  # seconds without a byte from the server
_TEMPORARY = ".unfinished-"
_CHUNK = 1 << 18


class DownloadFailed(OSError):
    """A file could not be downloaded whole in several tries. The message says what happened."""


def fetch(url: str, path: Path, md5: str | None = None, sha256: str | None = None) -> None:
    """Download a file, with a progress bar, and put it at `path` once it is whole.

    Whole means: as many bytes as the server announced, the checksum where one is given, and for a zip file without one, the checksums
    inside it. A broken download is told, thrown away and tried again, three times in all.

    Parameters
    ----------
    url : str
    path : Path
        Where the file goes; its folder is made. A file that is there is replaced only by a whole one.
    md5, sha256 : str, optional
        See `compare`.

    Raises
    ------
    DownloadFailed
        When the last try failed, or the server says that it has no such file.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError

    path.parent.mkdir(parents=True, exist_ok=True)
    problems = []
    for attempt in range(TRIES):
        if attempt:
            print(f"{path.name}: {problems[-1]}; trying again ({attempt + 1} of {TRIES})")
            time.sleep(WAIT * 2 ** (attempt - 1))
        handle, name = tempfile.mkstemp(prefix=f"{_TEMPORARY}{path.name}-", dir=path.parent)
        os.close(handle)
        part = Path(name)
        try:
            _receive(url, part, path.name)
            if md5 or sha256:
                compare(part, md5, sha256)
            elif path.suffix == ".zip":
                _test_zip(part)
            part.chmod(0o644)
            part.replace(path)
            return
        except HTTPError as error:
            problems.append(f"the server answered {error.code} {error.reason}")
            if 400 <= error.code < 500 and error.code not in (408, 429):
                break
        except DataDamaged as error:
            problems.append(str(error))
        except HTTPException as error:  # such as IncompleteRead
            problems.append(f"the connection broke off ({type(error).__name__})")
        except OSError as error:  # no connection, connection lost, time-out
            problems.append(_words(getattr(error, "reason", error)))
        finally:
            part.unlink(missing_ok=True)
    raise DownloadFailed(
        f"{url} could not be downloaded in {len(problems)} {'try' if len(problems) == 1 else 'tries'}: {problems[-1]}"
    )


def compare(path: Path, md5: str | None = None, sha256: str | None = None) -> None:
    """Compare a file with the checksums that are known of it.

    Parameters
    ----------
    path : Path
    md5 : str, optional
        In hexadecimal.
    sha256 : str, optional
        In hexadecimal, or its beginning: PyTorch's hub puts the first eight digits into a file's name.

    Raises
    ------
    DataDamaged
        If one differs. The message says what was found, and what was expected.
    """
    for name, known, digest in (("MD5", md5, _md5), ("SHA-256", sha256, hashlib.sha256)):
        if not known:
            continue
        with path.open("rb") as file:
            found = hashlib.file_digest(file, digest).hexdigest()
        if not found.startswith(known):
            beginning = "" if len(known) == len(found) else " one that begins with"
            raise DataDamaged(f"its {path.stat().st_size:,} bytes have the {name} checksum {found}, expected{beginning} {known}")


def unpack(
    archive: Path, place: Path, inner: str = ".", md5: str | None = None, check: Callable[[Path], None] | None = None
) -> None:
    """Unpack an archive and move it, or one folder of it, into place when all of it is written and checked.

    Parameters
    ----------
    archive : Path
        A .tar, .tar.gz or .zip file; or a .gz file, which holds a single file.
    place : Path
        The folder (for .gz: the file) that it becomes. If something is there already, nothing is done.
    inner : str
        The folder inside the archive that is wanted; "." for all of it.
    md5 : str, optional
        The archive's checksum in hexadecimal, compared first.
    check : function of the unpacked folder, optional
        Raises DataDamaged when something is wrong with it.

    Raises
    ------
    DataDamaged
        If the archive is cut short, fails a checksum, lacks the folder, fails the check, or holds what an archive of data has no use
        for: a link, a device, or a member that would be written outside the folder. Nothing is put in place then.
    """
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    _tell_unfinished(place.parent)
    if md5:
        try:
            compare(archive, md5)
        except DataDamaged as error:
            raise DataDamaged(f"{archive} is broken or not the file it should be: {error}. {_REMEDY}") from None
    temporary = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{place.name}-", dir=place.parent))
    try:
        whole = temporary / "whole"
        try:
            if archive.suffix == ".gz" and not archive.name.endswith(".tar.gz"):
                _gunzip(archive, whole)
            else:
                whole.mkdir()
                _write_members(archive, whole)
        except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # a full disk says nothing about the archive
                raise
            raise DataDamaged(
                f"{archive} is broken or was cut short ({_words(error)}); nothing of it is used. {_REMEDY}"
            ) from error
        wanted = whole / inner
        if not wanted.exists():
            raise DataDamaged(f"{archive} holds no folder {inner}: it is another archive, or a part of one. {_REMEDY}")
        if check:
            try:
                check(wanted)
            except DataDamaged as error:
                raise DataDamaged(f"{archive} is not complete: {error}. Nothing of it is used. {_REMEDY}") from None
        try:
            wanted.rename(place)
        except OSError:
            if not place.exists():  # else another process was faster, and what it put there is as whole as this
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


_REMEDY = "Delete it or put a whole copy in its place, and call again"


def _receive(url, part, name):
    from urllib.request import Request, urlopen

    from tqdm.auto import tqdm

    request = Request(url, headers={"User-Agent": "dl4cv"})
    with urlopen(request, timeout=TIMEOUT) as response, part.open("wb") as file:
        announced = response.headers.get("Content-Length")
        announced = int(announced) if announced else None
        with tqdm(total=announced, unit="B", unit_scale=True, desc=name) as progress:
            received = 0
            while chunk := response.read(_CHUNK):
                received += file.write(chunk)
                progress.update(len(chunk))
    if announced is not None and received != announced:
        raise DataDamaged(f"the connection ended after {received:,} of {announced:,} bytes")


def _md5():
    return hashlib.md5(usedforsecurity=False)


def _test_zip(path):
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataDamaged(f"what came is not a whole zip file ({error})") from None
    if bad:
        raise DataDamaged(f"{bad} in the zip file has a wrong checksum")


def _write_members(archive, folder):
    from tqdm.auto import tqdm

    members = _zip_members if archive.suffix == ".zip" else _tar_members
    with tqdm(unit=" files", desc=f"unpacking {archive.name}") as progress:
        for name, is_folder, size, source in members(archive):
            target = folder / _harmless(name, archive)
            if is_folder:
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                shutil.copyfileobj(source, file, _CHUNK)
                if file.tell() != size:
                    raise EOFError(f"{name} has {file.tell():,} of {size:,} bytes")
            progress.update()


def _tar_members(archive) -> Iterator[tuple]:
    with tarfile.open(archive) as tar:
        for member in tar:
            if not (member.isfile() or member.isdir()):
                raise DataDamaged(
                    f"{archive} holds {member.name}, a link or device, and is refused: an archive of data has only files and folders"
                )
            yield member.name, member.isdir(), member.size, None if member.isdir() else tar.extractfile(member)
        # Cut off between two members, a tar file looks like a shorter one; only its end mark, a block of zeros, is missing.
        tar.fileobj.seek(tar.offset)
        if tar.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise EOFError("the end mark is missing")
        while tar.fileobj.read(_CHUNK):  # to the end, where the checksum of a compressed file is
            pass


def _zip_members(archive) -> Iterator[tuple]:
    with zipfile.ZipFile(archive) as pack:
        for member in pack.infolist():
            if (member.external_attr >> 16) & 0o170000 == 0o120000:
                raise DataDamaged(
                    f"{archive} holds {member.filename}, a link, and is refused: an archive of data has only files and folders"
                )
            if member.is_dir():
                yield member.filename, True, 0, None
            else:
                with pack.open(member) as source:
                    yield member.filename, False, member.file_size, source


def _harmless(name, archive) -> str:
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    if posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        raise DataDamaged(
            f"{archive} holds {name!r}, which would be written outside its folder, and is refused: get it from its own source"
        )
    return name


def _gunzip(archive, target):
    import gzip

    with gzip.open(archive) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, _CHUNK)


def _tell_unfinished(folder):
    left = sorted(folder.glob(f"{_TEMPORARY}*"))
    if left:
        names = ", ".join(path.name for path in left)
        print(
            f"{folder}: {names} is unfinished and not used. Unless another program is just making it, it was cut off and can be deleted"
        )


def _words(error) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
