"""What a warm process and all its children use together, and limits on it: by a control group of the kernel, version 1 or 2, where this user
may make one, otherwise by looking at the processes. `Group` and `Tree` do the same in these two ways."""

import contextlib
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
WARM_PROCESSES = 16  # bubblewrap, the warm process, a monitor


@dataclass(frozen=True)
class Group:
    """The folders that are the group (three in version 1, one in version 2) and the files of its limits."""

    folders: tuple[Path, ...]
    memory: Path
    swap: Path
    used: Path
    time: Path

    def enter(self) -> None:
        """Move the calling process into it. Runs between fork and exec."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def limit_memory(self, above: int) -> None:
        """Limit the memory to `above` bytes more than is used now."""
        limit = str(int(self.used.read_text()) + above)
        self.memory.write_text(limit)
        with contextlib.suppress(OSError):  # a kernel without swap accounting
            self.swap.write_text("0" if self.swap.name == "memory.swap.max" else limit)

    def cpu(self) -> float:
        """Processor seconds of all that has run in it."""
        text = self.time.read_text()
        return int(text.split()[1]) / 1e6 if self.time.name == "cpu.stat" else int(text) / 1e9

    def remove(self) -> None:
        for folder in self.folders:
            for _ in range(100):  # the kernel takes a moment to notice that it is empty
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)


def create(limits) -> Group | None:
    """A new group with the limit on processes set, or None where this user cannot make one."""
    name = f"dl4cv-{os.getpid()}-{time.monotonic_ns()}"
    try:
        places = _places()
        folders = {controller: place / name for controller, place in places.items()}
        for place in set(places.values()):
            _sweep(place)
            (place / name).mkdir()
        (folders["pids"] / "pids.max").write_text(str(limits.processes + WARM_PROCESSES))
        memory = folders["memory"]
        if (memory / "memory.max").exists():
            files = memory / "memory.max", memory / "memory.swap.max", memory / "memory.current", memory / "cpu.stat"
        else:
            files = [memory / f"memory.{name}_in_bytes" for name in ("limit", "memsw.limit", "usage")]
            files.append(folders["cpuacct"] / "cpuacct.usage")
            files[0].read_text()
        return Group(tuple(set(folders.values())), *files)
    except (OSError, KeyError):
        return None


def _sweep(place: Path) -> None:
    """Remove the groups of graders that were killed before they could."""
    for group in place.glob("dl4cv-*"):
        if not Path("/proc", group.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):  # something still runs in it
                group.rmdir()


def why_not() -> str | None:
    """Why there is no group, or None."""
    try:
        places = _places()
    except (OSError, KeyError):
        return "the kernel offers no control groups for memory and processes here"
    closed = [str(place) for place in places.values() if not os.access(place, os.W_OK)]
    return f"{closed[0]} is not writable" if closed else None


def _places() -> dict[str, Path]:
    """Where a group may be made, by controller."""
    own = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            own[controller] = path.lstrip("/")
    if "memory" in own:  # version 1: a tree for every controller
        return {controller: ROOT / controller / own[controller] for controller in ("memory", "pids", "cpuacct")}
    place = ROOT / own[""]
    if not {"memory", "pids"} <= set((place / "cgroup.subtree_control").read_text().split()):
        (place / "cgroup.subtree_control").write_text("+memory +pids")  # refused where processes are in it, but for the root
    return {"memory": place, "pids": place}


# ------------------------------------------------------------------------------------------------------ without a group


class Tree:
    """A process and its descendants. What a submission starts, and nobody waits for, counts only while it lives."""

    def __init__(self, pid: int):
        self.pid, self.over = pid, threading.Event()
        self.warm: int | None = None  # the warm process, once it is ready
        self.seen: dict[tuple[int, str], int] = {}  # of each of its children what it had used when last looked at

    def cpu(self) -> float:
        """Processor seconds of those that live, of the children that they waited for, and of submissions that have ended."""
        submissions = _children(self.warm) if self.warm else []
        self.seen |= {(child, _stat(child)[19]): _sum(_ticks, child) for child in submissions}
        # Looked at once only: what they use meanwhile would count as somebody else's, and be gone when they end.
        theirs = {pid for child in submissions for pid in _descendants(child)}
        others = sum(_ticks(pid) for pid in _descendants(self.pid) if pid not in theirs)
        return (others + sum(self.seen.values())) / os.sysconf("SC_CLK_TCK")

    def limit_memory(self, above: int) -> None:
        """From now on, end the largest submission whenever all processes together hold `above` bytes more than they do now."""
        *_, self.warm = _descendants(self.pid)
        limit = _sum(_share, self.pid) + above

        def watch():
            held = 0
            while not self.over.wait(0.1 if held < limit / 2 else 0.02):  # half a gigabyte is filled in 0.1 s
                held = _sum(_resident, self.pid)  # it counts shared pages again and again: never less, and quick to ask for
                if held > limit and _sum(_share, self.pid) > limit:
                    children = [child for monitor in _children(self.warm) for child in _children(monitor)]
                    with contextlib.suppress(ProcessLookupError, ValueError):  # it has just ended
                        os.kill(max(children, key=lambda child: _sum(_resident, child)), signal.SIGKILL)

        threading.Thread(target=watch, daemon=True).start()

    def remove(self) -> None:
        self.over.set()


def _descendants(pid: int) -> list[int]:
    """The process itself first."""
    return [pid, *(found for child in _children(pid) for found in _descendants(child))]


def _children(pid: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:  # it has just ended
        return []
    return [int(child) for thread in threads for child in _read(pid, f"task/{thread}/children").split()]


def _sum(measure, pid: int) -> int:
    return sum(map(measure, _descendants(pid)))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on, zeros if the process has ended."""
    return _read(pid, "stat").rpartition(")")[2].split() or ["0"] * 50


def _ticks(pid: int) -> int:
    """Processor time of a process and of the children that it waited for."""
    return sum(map(int, _stat(pid)[11:15]))


def _resident(pid: int) -> int:
    """Bytes that a process holds, shared ones too."""
    return int((_read(pid, "statm").split() or [0, 0])[1]) * os.sysconf("SC_PAGE_SIZE")


def _share(pid: int) -> int:
    """Bytes that a process holds, each shared page divided by the number that share it; all of it where the kernel does not say."""
    for line in _read(pid, "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)


def _read(pid: int, name: str) -> str:
    """A file of a process in /proc, empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""
