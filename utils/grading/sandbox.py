"""The grader's side of the walls: starts the warm processes inside bubblewrap, and children of theirs for every submission.

`Warm(role, setup, limits)` is one warm process (see `warm`); `Warm.fork` gives a `Child`. What is in the view of either: the system's and
Python's libraries, and this package with its data; nothing else of the course, of the person who grades, or of other submissions.
"""

import contextlib
import os
import select
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from utils.authoring.course import CourseError
from utils.datasets import store
from utils.grading import cgroups, wire
from utils.grading.clock import Clock
from utils.grading.walls import RESERVE, Limits

START_SECONDS = 300  # as in clock.Clock: for a unit whose reference trains
SECONDS = 60  # on the wall, for what takes none
SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
)


class SandboxFailed(CourseError):
    """The walls could not be raised, or the warm process is gone: nobody's submission is to blame."""


def environment() -> dict[str, str]:
    """All that the processes inside know of the environment: the same on every machine."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "USER": "student",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": inside(store.PACKAGE.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONWARNINGS": "ignore",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "CUDA_VISIBLE_DEVICES": "",
    }


def inside(path: str | Path) -> str:
    """Where a path is in the view: where it is outside, but that a submission gets its own /tmp."""
    path = str(path)
    return f"/outside{path}" if path.startswith(("/tmp/", "/dev/shm/")) else path


def shown() -> list[str]:
    """The folders and files of this machine that the processes inside see."""
    paths = [path for path in SYSTEM if os.path.exists(path)] + [*_libraries(), str(store.PACKAGE), str(store.folder())]
    outermost = []
    for path in paths:  # what lies inside another one comes along with it
        if not any(path == other or path.startswith(other + "/") for other in outermost):
            outermost.append(path)
    return outermost


def without_bubblewrap() -> None:
    """Do nothing if what the processes inside need can be had without bubblewrap, which alone can show it in another place.

    Raises
    ------
    SandboxFailed
        If it lies below /tmp or /dev/shm: a submission has its own there.
    """
    hidden = [path for path in shown() if inside(path) != path]
    if hidden:
        raise SandboxFailed(
            f"{hidden[0]} cannot be seen by a submission, which has a {'/'.join(hidden[0].split('/')[:2])} of its own: "
            "move the course and its Python elsewhere, or install bubblewrap"
        )


def _libraries() -> list[str]:
    """Where this Python and its packages are."""
    paths = {sys.prefix, sys.base_prefix, *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib"))}
    paths |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}  # a .pth file may lead to others
    return sorted(map(os.path.realpath, paths))


def bubblewrap(missing: tuple[str, ...] = ()) -> list[str]:
    """The command that runs another one inside a view of the file system, alone in namespaces of its own."""
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    command += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if os.getuid() == 0:  # enough to become nobody
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    made = {"/"}
    for path in shown():
        for parent in reversed(Path(inside(path)).parents):
            if str(parent) not in made:
                command += ["--perms", "0755", "--dir", str(parent)]  # left to itself, bwrap closes them to others
                made.add(str(parent))
        command += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, inside(path)]
    course = f"{store.PACKAGE.parent}"
    if os.path.isdir(f"{course}/solutions") and any(course.startswith(f"{path}/") for path in shown()):
        command += ["--tmpfs", inside(course)]  # a course inside /usr, say: all but its package is hidden again
        for path in (*(path for path in _libraries() if path.startswith(f"{course}/")), str(store.PACKAGE), str(store.folder())):
            command += ["--ro-bind", path, inside(path)]
    # The children mount a /proc of their own over this one, which the kernel allows only where a whole one is in view.
    command += ["--proc", "/proc"] if "namespaces" in missing else ["--bind", "/proc", "/proc"]
    command += ["--dev", "/dev"]
    for folder in ("/tmp", "/dev/shm"):
        command += ["--perms", "1777", "--tmpfs", folder]
    return [*command, "--chdir", "/tmp", "--"]


def python() -> str:
    """This Python, by a path that is in the view."""
    return inside(os.path.join(os.path.realpath(sys.prefix), "bin", os.path.basename(sys.executable)))


class Warm:
    """A warm process. `used`: what it and its children use, as cgroups.Group or cgroups.Tree."""

    def __init__(self, role: str, setup: dict, limits: Limits):
        if "bubblewrap" in limits.missing:
            without_bubblewrap()
        self.limits = limits
        self.control, other = socket.socketpair()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115, closed with the process
        command = [python(), "-m", "utils.grading.warm", str(other.fileno())]
        if "bubblewrap" not in limits.missing:
            command = bubblewrap(limits.missing) + command
        self.group = cgroups.create(limits)
        self.process = subprocess.Popen(
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            pass_fds=[other.fileno()],
            preexec_fn=self.group.enter if self.group else None,
        )
        other.close()
        self.used = self.group or cgroups.Tree(self.process.pid)
        self.setup = {"role": role, "limits": asdict(limits), "readable": [inside(path) for path in shown()], **setup}

    def begin(self) -> None:
        """Hand over the set-up. The process loads what it needs meanwhile."""
        with contextlib.suppress(wire.Closed):
            wire.send(self.control, wire.pack(self.setup), time.monotonic() + SECONDS)

    def wait(self):
        """What it answers once it is warm. Raises SandboxFailed with what it printed if it does not."""
        try:
            if not Clock(self.used.cpu).wait(self.control, START_SECONDS):
                raise wire.Late
            ready = wire.unpack(wire.receive(self.control, time.monotonic() + SECONDS))["ready"]
        except (wire.Closed, wire.Late, wire.Malformed) as error:
            said = self.said()
            self.close()
            raise SandboxFailed(f"the sandbox did not start ({type(error).__name__}): {said}") from None
        self.used.limit_memory(self.limits.memory + 2 * RESERVE)
        return ready

    def fork(self, *sockets: socket.socket) -> "Child":
        """A child behind its walls that serves these sockets. They are closed here."""
        status, far_status = socket.socketpair()
        files = [*sockets, far_status]
        try:
            self.control.settimeout(SECONDS)
            socket.send_fds(self.control, [b"f"], [file.fileno() for file in files])
        except OSError:
            raise SandboxFailed(f"the warm process is gone: {self.said()}") from None
        finally:
            for file in files:
                file.close()
        return Child(status)

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-2000:].strip() or f"exit code {self.process.poll()}"

    def close(self) -> None:
        self.control.close()
        self.log.close()
        self.process.kill()
        self.process.wait()
        self.used.remove()


class Child:
    """One process that serves one submission."""

    def __init__(self, status: socket.socket):
        self.socket = status

    def end(self) -> dict:
        """End it with all that it started, and say how it went: {"status": as os.wait gives it}. Raises SandboxFailed if it never ran."""
        try:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            report = wire.unpack(wire.receive(self.socket, time.monotonic() + SECONDS))
        except (wire.Closed, wire.Late, wire.Malformed):
            raise SandboxFailed("the warm process was killed") from None
        finally:
            self.socket.close()
        if "failed" in report:
            raise SandboxFailed(f"the walls could not be raised: {report['failed']}")
        return report

    def close(self) -> None:
        """End it, and do not wait for it."""
        self.socket.close()

    def ended(self, seconds: float) -> bool:
        """Whether it ends by itself within this time."""
        return bool(select.select([self.socket], [], [], seconds)[0])
