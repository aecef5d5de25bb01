"""Which walls this machine can raise, tried and not guessed, and what it means where one is missing."""

import functools
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass

from utils.grading import cgroups, sandbox
from utils.grading.walls import Limits

CONTAINER = (
    "Or use a Linux container that allows user namespaces (Docker: --security-opt seccomp=unconfined "
    "--security-opt apparmor=unconfined --security-opt systempaths=unconfined; Podman: --security-opt unmask=ALL), "
    "with the course inside and `apt install bubblewrap`."
)


@dataclass(frozen=True)
class Protection:
    """One wall. `missing`: why it cannot be raised here, None if it can."""

    name: str
    does: str
    missing: str | None


@functools.cache
def protections() -> tuple[Protection, ...]:
    """Every protection of the grader, present or not."""
    without = None if sys.platform.startswith("linux") else f"it needs Linux, and this is {sys.platform}"
    tried = {} if without else _try_each()
    group = cgroups.why_not()
    words = {
        "bubblewrap": "keeps the course's files, the grader's, other people's, and the network out of the student's sight",
        "namespaces": "gives each submission its own processes, network and /tmp, so that all of it ends with the submission",
        "landlock": "a second wall before files, and one before TCP and abstract sockets",
        "seccomp": "refuses the system calls that numerical Python does not need, and sockets that no namespace holds back",
    }
    found = [Protection(name, does, without or tried[name]) for name, does in words.items()]
    how = f"by looking ten times a second ({group})" if group else "by a control group"
    return (*found, Protection("memory", f"holds all processes of a submission together to its memory, {how}", without))


def require(limits: Limits) -> None:
    """Do nothing if every protection is there or given up by name in `limits.missing`.

    Raises
    ------
    SandboxFailed
        Otherwise, with what is missing, why, and what to do.
    """
    names = {protection.name for protection in protections()}
    if not set(limits.missing) <= names:
        raise sandbox.SandboxFailed(f"there is no protection {sorted(set(limits.missing) - names)}; there are {sorted(names)}")
    lacking = [p for p in protections() if p.missing and p.name not in limits.missing]
    if lacking:
        lines = "\n".join(f"- {p.name}, which {p.does}: {p.missing}" for p in lacking)
        raise sandbox.SandboxFailed(f"this machine cannot hold a student's code safely. Missing:\n{lines}\n{advice(lacking)}")


def advice(found) -> str:
    """What to do about the protections that are missing."""
    if not sys.platform.startswith("linux"):
        return f"The grader needs Linux. {CONTAINER}"
    switches = " ".join(f"--allow-missing {protection.name}" for protection in found if protection.missing)
    return f"Mend what is missing, or do without it, at your own risk: {switches}. {CONTAINER}"


def _try_each() -> dict[str, str | None]:
    """Raise each wall once, the others inside bubblewrap if it can be had: why it failed by name, None if it stood."""
    without = None if shutil.which("bwrap") else "it is not installed (Debian, Ubuntu: apt install bubblewrap)"
    found = {} if without else _tried(sandbox.bubblewrap())
    if isinstance(found, str):
        hint = "; if this system restricts user namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0 or kernel.unprivileged_userns_clone=1"
        without = found + (hint if "namespace" in found or "uid map" in found else "")
    if without:
        found = _tried([])
    others = dict.fromkeys(("namespaces", "landlock", "seccomp"), found) if isinstance(found, str) else found
    return {"bubblewrap": without, **others}


def _tried(command: list[str]) -> dict[str, str | None] | str:
    """The outcome of each wall, tried in a process that `command` runs; the last line that it said if it did not run."""
    if not command:
        try:
            sandbox.without_bubblewrap()
        except sandbox.SandboxFailed as problem:
            return str(problem)
    command = [*command, sandbox.python(), "-c", "from utils.grading import walls; walls.try_each()"]
    done = subprocess.run(command, env=sandbox.environment(), capture_output=True, text=True, timeout=300)
    if done.returncode == 0:
        return json.loads(done.stdout)
    return done.stderr.strip().rpartition("\n")[2][-300:] or f"exit code {done.returncode}"
