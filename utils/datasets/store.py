"""The files in data/: found in a clone and in an installed wheel alike, and never used when damaged."""

import hashlib
from pathlib import Path

from utils import files

PACKAGE = Path(__file__).resolve().parents[1]


class DataDamaged(ValueError):
    """A data file is missing or not the file it should be. The message says which and what to do."""


def folder() -> Path:
    """Where the course's data files are: data/ of the clone, or the copy of it inside the installed package."""
    installed = PACKAGE / "data"
    return installed if installed.is_dir() else PACKAGE.parent / "data"


def read(name: str) -> bytes:
    """The bytes of a data file, after comparing them with data/SHA256SUMS.

    Parameters
    ----------
    name : str
        Path below data/, such as "savanna/sprites.npz".

    Raises
    ------
    DataDamaged
        If the file is missing, not listed, or its checksum differs.
    """
    sums = checksums()
    if name not in sums:
        raise DataDamaged(f"data/{name} is not listed in data/SHA256SUMS; listed are: {', '.join(sorted(sums)) or 'none'}")
    path = folder() / name
    if not path.is_file():
        raise DataDamaged(f"data/{name} is missing: get it back with `git checkout -- data`, or install the course again")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sums[name]:
        raise DataDamaged(
            f"data/{name} is damaged: its SHA-256 is {found[:12]}…, expected {sums[name][:12]}…. "
            "Get it back with `git checkout -- data`, or install the course again"
        )
    return content


def checksums() -> dict[str, str]:
    """What data/SHA256SUMS says, in the format of sha256sum: name -> SHA-256 in hexadecimal."""
    path = folder() / "SHA256SUMS"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def write(name: str, content: bytes) -> None:
    """Put a data file in place and its checksum into data/SHA256SUMS; for the builders of data."""
    files.write(folder() / name, content)
    sums = checksums() | {name: hashlib.sha256(content).hexdigest()}
    files.write(folder() / "SHA256SUMS", "".join(f"{digest}  {file}\n" for file, digest in sorted(sums.items())).encode())
