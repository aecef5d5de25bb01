"""Writing a file so that nobody ever finds half of it."""

import os
import tempfile
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Replace a file whole, or leave it as it was. Whoever has the old one open, or mapped into memory, still reads the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, path.stat().st_mode if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
