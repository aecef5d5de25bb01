"""Which walls this machine can raise, tried and not guessed, and what it means where one is missing."""

import functools
import json
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
    without = sandbox.unavailable()
    tried = {} if without else _try_inside()
    group = cgroups.why_not()
    words = {
        "bubblewrap": "keeps the course's files, the grader's, other people's, and the network out of the student's sight",
        "namespaces": "gives each submission its own processes, network and /tmp, so that all of it ends with the submission",
        "landlock": "a second wall before files, and one before TCP and abstract sockets",
        "seccomp": "refuses the system calls that numerical Python does not need, and sockets that no namespace holds back",
    }
    found = [Protection(name, does, without or tried.get(name, "it was not tried")) for name, does in words.items()]
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


def _try_inside() -> dict[str, str | None]:
    """Raise each wall once, inside bubblewrap: why it failed by name, None if it stood."""
    command = [*sandbox.bubblewrap(), sandbox.python(), "-c", "from utils.grading import walls; walls.try_each()"]
    done = subprocess.run(command, env=sandbox.environment(), capture_output=True, text=True, timeout=60)
    if done.returncode == 0:
        return {"bubblewrap": None, **json.loads(done.stdout)}
    said = done.stderr.strip()[-300:]
    hint = (
        "; if this system restricts user namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0 or kernel.unprivileged_userns_clone=1"
        if "namespace" in said or "uid map" in said
        else ""
    )
    return {"bubblewrap": f"{said}{hint}"} | dict.fromkeys(("namespaces", "landlock", "seccomp"), "bubblewrap does not run")
