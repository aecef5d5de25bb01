"""Each wall broken once: what it alone holds back gets through where it is missing, so the tests that it holds can fail."""

import json
import subprocess
import sys

import pytest
import small_unit

from utils.grading import cgroups
from utils.grading.grade import Grader
from utils.grading.walls import Limits

WIDE = Limits(memory=16 << 30, processes=1000, files=200 << 20)
# Four processes that each hold 300 MB, and wait for the others to hold theirs.
TOGETHER = """
import os, select
ready, tell = os.pipe()
wait, go = os.pipe()
children = []
for _ in range(4):
    children.append(os.fork())
    if not children[-1]:
        os.close(go)
        held = bytearray(b"1") * (300 << 20)
        os.write(tell, b"x")
        os.read(wait, 1)
        os._exit(0)
assert all(select.select([ready], [], [], 10)[0] and os.read(ready, 1) for _ in children)
os.close(go)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4"""
# The wall that is missing, and code that raises an error if it does not get through.
ATTACKS = {
    "namespaces": {"other processes": "import os\nassert [int(p) for p in os.listdir('/proc') if p.isdigit()] != [1]"},
    "landlock": {"the root folder": "import os\nos.listdir('/')"},
    "seccomp": {
        "netlink": "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "memory that no limit counts": "import os\nos.memfd_create('x')",
    },
    "limits": {
        "memory": "import mmap\nmmap.mmap(-1, 3 << 30)",
        "threads": "import threading, time\nfor _ in range(200): threading.Thread(target=time.sleep, args=(2,)).start()",
        "a file": "open('/tmp/x', 'wb').write(bytes(100 << 20))",
        "memory of several processes": TOGETHER,
    },
}


def through(grader, attacks):
    """Those of the attacks, by name, that get through."""
    found = []
    for name, code in attacks.items():
        result = grader.grade(small_unit.submission(double=f"{small_unit.REFERENCE['double']}\n{code}\nprint('got', 'through')"))
        found += [name] if "got through" in str(json.loads(result.notebook)["cells"][1]["outputs"]) else []
    return found


def test_all_walls_together_hold_them_all():
    with Grader(small_unit.bundle(), Limits(memory=512 << 20)) as grader:
        assert through(grader, {name: code for some in ATTACKS.values() for name, code in some.items()}) == []


@pytest.mark.parametrize("wall", ATTACKS)
def test_without_the_wall_they_get_through(wall, monkeypatch):
    limits = Limits(missing=(wall,))
    if wall == "limits":
        limits = WIDE
        monkeypatch.setattr(cgroups, "create", lambda limits: None)
        monkeypatch.setattr(cgroups.Tree, "limit_memory", lambda self, above: None)
    with Grader(small_unit.bundle(), limits) as grader:
        assert through(grader, ATTACKS[wall]) == list(ATTACKS[wall])


MOUNT = """
import os
from utils.grading import walls
walls.become_nobody()
walls.leave_namespaces()
if os.fork() == 0:
    DROP
    try:
        walls._call("mount", b"tmpfs", b"/tmp", b"tmpfs", 0, None)
        print("mounted")
    except OSError as error:
        print(error.strerror)
    os._exit(0)
os.wait()
"""


@pytest.mark.parametrize(("drop", "said"), [("pass", "mounted"), ("walls._drop_capabilities()", "Operation not permitted")])
def test_a_child_may_do_nothing_in_its_namespace_once_its_capabilities_are_dropped(drop, said):
    done = subprocess.run([sys.executable, "-c", MOUNT.replace("DROP", drop)], capture_output=True, text=True)
    assert said in done.stdout, done
