"""What hostile and broken code does to a grader, one test each: which points it costs, what is said, and that nobody else notices.

Every attack is in the answer to the first of four tasks, `double`; the other answers are right. After each, the reference earns
everything, and no process, file or mount is left behind.
"""

import dataclasses
import json
import os
import socket
import tempfile
import time
from pathlib import Path

import psutil
import pytest
import small_unit

from utils.grading.grade import Grader
from utils.grading.walls import Limits

LIMITS = Limits(cell_seconds=12, task_seconds=4, total_seconds=600, memory=1 << 30)
RIGHT = "\ndef double(x):\n    return 2 * x\n"


@pytest.fixture(scope="module")
def grader():
    with Grader(small_unit.bundle(), LIMITS) as grader:
        yield grader


def traces(grader):
    """What a submission could leave behind on this machine; of processes, below the grader's own: a browser that other tests opened has more."""
    own = [psutil.Process(warm.process.pid) for warm in grader.warm.values()]
    processes = [p.pid for warm in own for p in (warm, *warm.children(recursive=True))]
    zombies = [p for p in processes if "\nState:\tZ" in _status(p)]
    user = 65534 if os.getuid() == 0 else os.getuid()
    files = [
        path for folder in (tempfile.gettempdir(), "/dev/shm", ".") for path in Path(folder).glob("*") if _owner(path) == user
    ]
    return {"processes": len(processes), "zombies": zombies, "mounts": Path("/proc/self/mounts").read_text(), "files": files}


def _status(pid):
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:  # gone meanwhile
        return ""


def _owner(path):
    try:
        return path.lstat().st_uid
    except FileNotFoundError:  # somebody else's, gone meanwhile
        return None


@pytest.fixture(scope="module")
def before(grader):
    """The traces of a grader that has nothing to do: its warm processes, and those that they forked for the next submission."""
    grader.grade(small_unit.submission())
    time.sleep(3)
    return traces(grader)


@pytest.fixture
def grade(grader, before):
    """Grade an attack; afterwards look at the neighbour and at what is left behind."""
    yield lambda source: grader.grade(small_unit.submission(double=source))
    unharmed(grader, before)


def unharmed(grader, before):
    """The next submission is graded as ever, and nothing is left behind."""
    neighbour = grader.grade(small_unit.submission())
    assert [v.status for v in neighbour.verdicts] == ["passed"] * 4
    assert neighbour.findings == ()
    end = time.monotonic() + 20
    while traces(grader) != before and time.monotonic() < end:  # what has been ended is gone when the kernel has got round to it
        time.sleep(0.05)
    assert traces(grader) == before


def points(result):
    assert result.status == "graded", result.findings
    return [verdict.points for verdict in result.verdicts]


def printed(result):
    """What the attack's cell printed."""
    cells = {cell["id"]: cell for cell in json.loads(result.notebook)["cells"]}
    return "".join(output.get(key, "") for output in cells["double"]["outputs"] for key in ("text", "ename", "evalue"))


# ------------------------------------------------------------------------------------------- ending or stopping the process

ENDINGS = {
    "a loop": ("while True:\n    pass", "timeout", "seconds of computing"),
    "a loop in C": ("import itertools\nall(map((0).__eq__, itertools.repeat(0)))", "timeout", "seconds of computing"),
    "a loop that catches everything": (
        "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except Exception: pass\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "timeout",
        "seconds of computing",
    ),
    "sleeping": ("import time\ntime.sleep(1000)", "timeout", "seconds of computing"),
    "os._exit": ("import os\nos._exit(3)", "died", "exit code 3"),
    "abort": ("import os\nos.abort()", "died", "ended by SIG"),
    "a segmentation fault": ("import ctypes\nctypes.string_at(0)", "died", "SIGSEGV"),
    "closing all files": ("import os\nos.closerange(0, 256)", "died", "the process that ran your code"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_code_that_ends_or_stops_the_process_while_tested_costs_its_own_task(grade, name):
    code, status, words = ENDINGS[name]
    result = grade("def double(x):\n" + "".join(f"    {line}\n" for line in code.splitlines()))
    assert points(result) == [0, 10, 10, 10]
    assert result.verdicts[0].status == status
    assert words in result.verdicts[0].report


@pytest.mark.parametrize("name", ["a loop", "os._exit", "a segmentation fault", "closing all files"])
def test_code_that_ends_or_stops_the_process_in_its_cell_costs_its_own_task(grade, name):
    code, _, words = ENDINGS[name]
    result = grade(code + RIGHT)
    assert points(result) == [0, 10, 10, 10]
    assert "`double` is not there" in result.verdicts[0].report
    assert words in printed(result)


@pytest.mark.parametrize("code", ["import sys\nsys.exit()", "raise KeyboardInterrupt", "exit()", "raise BaseException('x')"])
def test_leaving_the_interpreter_is_an_error_like_any_other(grade, code):
    assert points(grade(code + RIGHT)) == [0, 10, 10, 10]
    assert points(grade("def double(x):\n" + "".join(f"    {line}\n" for line in code.splitlines()))) == [0, 10, 10, 10]


@pytest.mark.parametrize(
    "code", ["os.kill(os.getpid(), 9)", "os.kill(1, 9)", "os.kill(-1, 9)", "os.kill(os.getppid(), 9)", "os.killpg(0, 9)"]
)
def test_signals_reach_nobody_else(grade, code):
    assert points(grade(f"import os\ntry:\n    {code}\nexcept OSError:\n    pass{RIGHT}")) in ([10, 10, 10, 10], [0, 10, 10, 10])


# ------------------------------------------------------------------------------------------------------------- using it all up

GREEDY = {
    "memory in one piece": ("x = bytearray(3 << 30)", "MemoryError"),
    "memory of torch": ("import torch\nx = torch.ones(3 << 28)", "memory"),
    "memory piece by piece": ("x = []\nwhile True:\n    x.append(bytearray(50 << 20))", "MemoryError"),
    "shared memory": ("import mmap\nx = [mmap.mmap(-1, 1 << 30) for _ in range(3)]", "memory"),
    "processes": (
        "import os\nfor _ in range(1000):\n    if os.fork() == 0:\n        import time\n        time.sleep(1000)",
        "temporarily",
    ),
    "a fork bomb": ("import os\nwhile True:\n    os.fork()", ""),
    "threads": (
        "import threading, time\nfor _ in range(1000):\n    threading.Thread(target=time.sleep, args=(1000,)).start()",
        "thread",
    ),
    "a file": ("open('/tmp/x', 'wb').write(bytes(100 << 20))", "large"),
    "files": ("for i in range(100):\n    open(f'/tmp/{i}', 'wb').write(bytes(10 << 20))", "space"),
    "files in shared memory": ("for i in range(100):\n    open(f'/dev/shm/{i}', 'wb').write(bytes(10 << 20))", "space"),
    "many files": ("for i in range(10000):\n    open(f'/tmp/{i}', 'w').close()", "space"),
    "open files": ("x = [open('/dev/null') for _ in range(1000)]", "files"),
    "recursion": ("def f(): f()\nf()", "recursion"),
}


@pytest.mark.parametrize("name", GREEDY)
def test_what_asks_for_too_much_is_refused_and_costs_its_own_task(grade, name):
    code, words = GREEDY[name]
    result = grade(code + RIGHT)
    assert points(result) == [0, 10, 10, 10]
    assert words in printed(result)


@pytest.mark.parametrize(
    "code", ["print('x' * 30_000_000)", "for _ in range(300_000): print('x' * 100)", "raise ValueError('x' * 30_000_000)"]
)
def test_thirty_megabytes_of_output_are_cut(grade, code):
    result = grade(RIGHT + code)
    assert points(result) == [10, 10, 10, 10]
    assert len(result.notebook) < 200_000


def test_thirty_megabytes_displayed_are_cut(grade):
    code = "from IPython.display import HTML, display\nfor _ in range(3): display(HTML('x' * 30_000_000))"
    result = grade(RIGHT + code)
    assert points(result) == [10, 10, 10, 10]
    assert len(result.notebook) < 10_000_000


def test_thirty_megabytes_returned_or_raised_are_cut(grade):
    assert points(grade("def double(x):\n    return 'x' * 30_000_000")) == [0, 10, 10, 10]
    result = grade("def double(x):\n    raise ValueError('x' * 30_000_000)")
    assert points(result) == [0, 10, 10, 10]
    assert len(result.notebook) < 200_000
    assert points(grade("def double(x):\n    return [0] * 30_000_000")) == [0, 10, 10, 10]


# ---------------------------------------------------------------------------------------------------------------- looking out

# Code that raises an error if it does not get through.
LOOKING_OUT = {
    "TCP": "import socket\nsocket.create_connection(('1.1.1.1', 80), 2)",
    "TCP on this machine": "import socket\nsocket.create_connection(('127.0.0.1', 22), 2)",
    "listening": "import socket\ns = socket.socket()\ns.bind(('0.0.0.0', 8000))",
    "UDP": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('1.1.1.1', 53))",
    "DNS": "import socket\nsocket.getaddrinfo('example.org', 80)",
    "vsock": "import socket\nsocket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).connect((2, 1024))",
    "netlink": "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "an abstract socket": "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0ABSTRACT')",
    "a socket in the file system": "import socket\nsocket.socket(socket.AF_UNIX).connect('PLACE/socket')",
    "the solutions": "open('ROOT/solutions/03_convolution_arithmetic/03_convolution_arithmetic.ipynb').read()",
    "the tests": "import os\nos.listdir('ROOT/tests')",
    "the course's folder": "import os\nassert set(os.listdir('ROOT')) - {'utils', 'data', '.venv'}",
    "a file of the grader": "open('PLACE/gradebook.db').read()",
    "deleting a file of the grader": "import os\nos.remove('PLACE/gradebook.db')",
    "the home folder": "import os\nassert set(os.listdir('/root')) - {'.pyenv'}",
    "passwords": "open('/etc/shadow').read()",
    "users": "open('/etc/passwd').read()",
    "the package": "open('ROOT/utils/checks.py', 'a')",
    "the libraries": "import torch\nopen(torch.__file__, 'a')",
    "the kernel's settings": "open('/proc/sys/kernel/core_pattern', 'w').write('x')",
    "other processes": "import os\nassert [int(p) for p in os.listdir('/proc') if p.isdigit()] != [1]",
    "the memory of the grader": "open(f'/proc/GRADER/mem', 'rb')",
    "the environment": "import os\nassert 'DL4CV_TEST' in os.environ",
    "devices": "import os\nassert set(os.listdir('/dev')) & {'vda', 'sda', 'mem', 'kvm', 'nvidia0', 'kmsg'}",
    "a new program with more rights": "import subprocess\nassert subprocess.run(['su', '-c', 'true'], stdin=subprocess.DEVNULL).returncode == 0",
    "being root": "import os\nos.setuid(0)",
    "capabilities": "assert [line for line in open('/proc/self/status') if line.startswith('Cap') and line.split()[1].strip('0')]",
    "limits": "import resource\nresource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))",
}
CALLS = {
    "unshare": (272, "0x10000000"),
    "mount": (165, "b'tmpfs', b'/tmp', b'tmpfs', 0, None"),
    "umount2": (166, "b'/proc', 2"),
    "pivot_root": (155, "b'/tmp', b'/tmp'"),
    "chroot": (161, "b'/tmp'"),
    "setns": (308, "0, 0"),
    "ptrace": (101, "0, 0, 0, 0"),
    "process_vm_readv": (310, "1, None, 0, None, 0, 0"),
    "io_uring_setup": (425, "8, (ctypes.c_char * 120)()"),
    "bpf": (321, "0, (ctypes.c_char * 120)(), 120"),
    "perf_event_open": (298, "(ctypes.c_char * 120)(), 0, -1, -1, 0"),
    "keyctl": (250, "0, -3, 0"),
    "userfaultfd": (323, "0"),
    "memfd_create": (319, "b'x', 0"),
    "shmget": (29, "0, 1 << 20, 0o1600"),
    "clone with a new namespace": (56, "0x10000011, 0, 0, 0, 0"),
    "clone3": (435, "(ctypes.c_char * 88)(), 88"),
    "open_by_handle_at": (304, "-100, (ctypes.c_char * 120)(), 0"),
    "personality": (135, "0x0040000"),
    "kexec_load": (246, "0, 0, None, 0"),
    "init_module": (175, "None, 0, b''"),
}


# One submission tries them all, and says of each whether it got through.
TRY = """
import json
said = {}
for name, code in json.loads(CODES).items():
    try:
        exec(code, {"__name__": "attack"})
        said[name] = "OPEN"
    except BaseException as error:
        said[name] = f"closed: {error!r}"
print(json.dumps(said))
"""
CALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(NUMBER, ARGUMENTS) < 0:
    raise OSError(ctypes.get_errno(), "refused")
"""


@pytest.fixture(scope="module")
def tried(grader, before, tmp_path_factory):
    """What became of every way out."""
    place = tmp_path_factory.mktemp("grader")
    (place / "gradebook.db").write_text("marks")
    os.environ["DL4CV_TEST"] = "secret"
    codes = LOOKING_OUT | {name: CALL.replace("NUMBER", str(n)).replace("ARGUMENTS", a) for name, (n, a) in CALLS.items()}
    words = {"ROOT": Path.cwd(), "PLACE": place, "ABSTRACT": place, "GRADER": os.getpid()}
    for word, value in words.items():
        codes = {name: code.replace(word, str(value)) for name, code in codes.items()}
    with socket.socket(socket.AF_UNIX) as in_files, socket.socket(socket.AF_UNIX) as abstract:
        in_files.bind(str(place / "socket"))
        in_files.listen()
        abstract.bind(f"\0{place}")
        abstract.listen()
        result = grader.grade(small_unit.submission(double=TRY.replace("CODES", repr(json.dumps(codes))) + RIGHT))
    unharmed(grader, before)
    assert points(result) == [10, 10, 10, 10]
    assert (place / "gradebook.db").read_text() == "marks"
    return json.loads(printed(result))


@pytest.mark.parametrize("name", [*LOOKING_OUT, *CALLS])
def test_there_is_no_way_out(tried, name):
    assert tried[name].startswith("closed"), tried[name]


def test_programs_for_another_interface_of_the_kernel_are_refused(grade):
    code = f"import ctypes\nprint(ctypes.CDLL(None).syscall({0x40000000 + 39}))  # x32's getpid"
    assert points(grade(code + RIGHT))[1:] == [10, 10, 10]


def test_a_process_that_detaches_itself_ends_with_the_submission(grade):
    code = "import subprocess\np = subprocess.Popen(['sleep', '86399'], start_new_session=True)\nprint(p.pid)"
    result = grade(code + RIGHT)
    assert points(result) == [10, 10, 10, 10]
    end = time.monotonic() + 20  # nobody waits for the end of a submission's processes
    while living := [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "86399"]]:
        assert time.monotonic() < end, living
        time.sleep(0.1)


def test_one_submission_leaves_nothing_for_the_next(grade):
    leave = "open('/tmp/left', 'w').write('x')\nopen('/dev/shm/left', 'w').write('x')\nimport builtins, torch\nbuiltins.left = torch.left = 1"
    assert points(grade(leave + RIGHT)) == [10, 10, 10, 10]
    look = "import os, builtins, torch\nprint(os.listdir('/tmp'), os.listdir('/dev/shm'), hasattr(builtins, 'left'), hasattr(torch, 'left'))"
    assert "['ipython'" not in printed(grade(look + RIGHT)) and "left'" not in printed(grade(look + RIGHT))


# ----------------------------------------------------------------------------------------------------------- hidden tests, marks


def test_hidden_tests_are_nowhere_in_the_students_process(grade):
    search = """
secret = "-".join(["hidden", "b7c1", "marker"]).encode()
found = 0
me = b"-".join([b"not", b"this"])
for line in open("/proc/self/maps"):
    area, rights = line.split()[:2]
    start, end = (int(x, 16) for x in area.split("-"))
    if rights[0] == "r" and end - start < 200 << 20:
        try:
            with open("/proc/self/mem", "rb") as memory:
                memory.seek(start)
                data = memory.read(end - start)
        except (OSError, ValueError, OverflowError):
            continue
        found += data.count(secret + b"]")
print("searched; found", found, "In" in globals() and len(In))
"""
    source = f"def double(x):\n    global said\n    said = True\n    return 2 * x\n{search}"
    result = grade(source)
    assert "searched; found 0" in printed(result)
    assert points(result) == [10, 10, 10, 10]


HOSTILE = {
    "always equal": "class A(int):\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n    __hash__ = None\n"
    "def double(x): return A()",
    "a lying shape": "class A:\n    shape = (2,)\n    dtype = None\n    def __array__(self): return [2., 4.]\n    def __eq__(self, other): return True\n"
    "def double(x): return A()",
    "a lying type": "class A:\n    @property\n    def __class__(self): return int\n    def __eq__(self, other): return True\n    def __hash__(self): return 6\n"
    "def double(x): return A()",
    "patched comparisons": "import builtins, torch, numpy as np\nfrom utils import checks\nfor name in ('equal', 'close', '_difference', '_compare'):\n"
    "    setattr(checks, name, lambda *a, **k: None)\ntorch.equal = torch.allclose = np.testing.assert_allclose = lambda *a, **k: True\n"
    "builtins.abs = lambda x: 0\nbuiltins.isinstance = lambda *a: True\ndef double(x): return 0",
    "patched tensors": "import torch\ntorch.Tensor.__eq__ = torch.Tensor.__le__ = lambda *a: torch.tensor(True)\ndef double(x): return 0",
    "patched points": "from utils import checks\nchecks.Task.score = lambda self: self.points\nchecks.Part.problem = None\ndef double(x): return 0",
    "an AST transformer": "import ast\nclass T(ast.NodeTransformer):\n    def visit_Call(self, node): return ast.Constant(10.0)\n"
    "get_ipython().ast_transformers.append(T())\ndef double(x): return 0",
    "an input transformer": "get_ipython().input_transformers_post.append(lambda lines: ['10.0'])\ndef double(x): return 0",
    "a pre-run hook": "get_ipython().events.register('pre_run_cell', lambda info: None)\nget_ipython().run_cell = None\ndef double(x): return 0",
    "an error that is text of its own": "class E(Exception):\n    def __str__(self): raise SystemExit\ndef double(x): raise E",
    "a name of a passed test": "class CheckFailed(AssertionError): pass\ndef double(x): raise CheckFailed('✔ three: 10 of 10 points')",
    "the answer seen in the test": "import sys\ndef double(x):\n    f = sys._getframe()\n    while f:\n        f.f_locals.update(points=10)\n        f = f.f_back\n    return 0",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_objects_and_patches_gain_nothing(grade, name):
    result = grade(HOSTILE[name])
    assert points(result)[0] == 0
    assert sum(points(result)) <= 30


FORGERIES = {
    "garbage": "os.write(fd, b'garbage' * 1000)",
    "a huge frame": "os.write(fd, b'\\xff\\xff\\xff\\xff')",
    "a frame that stays short": "os.write(fd, b'\\x00\\x10\\x00\\x00abc')",
    "an empty frame": "os.write(fd, b'\\0\\0\\0\\0')",
    "a verdict": "w.send(s, w.pack({'verdict': {'task': 'double', 'points': 10.0}}))",
    "an answer beforehand": "w.send(s, w.pack({'number': 1, 'value': None, 'printed': []}))",
    "an answer to everything": "[w.send(s, w.pack({'number': n, 'value': {'value': 6, 'changed': {}, 'graph': None}, 'printed': []})) for n in range(50)]",
    "nested deeply": "w.send(s, b'l\\x01\\0\\0\\0' * 10000 + b'N')",
    "many values": "w.send(s, b'l\\xff\\xff\\xff\\x00' + b'N' * 20_000_000)",
    "a flood": "s.settimeout(None)\n    while True: os.write(fd, b'\\x01\\0\\0\\0N' * 10000)",
    "a drip": "import time\n    os.write(fd, b'\\x00\\x00\\x10\\x00')\n    while True:\n        os.write(fd, b'l'); time.sleep(.1)",
    "a closed socket": "os.close(fd)",
    "a copied socket": "os.dup(fd)",
    "silence": "os.read(fd, 100000); import time; time.sleep(1000)",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_is_forged_on_the_wire_gains_nothing(grade, name):
    start = """
import os, socket, stat
from utils.grading import wire as w
fd = next(n for n in range(3, 100) if os.path.exists(f"/proc/self/fd/{n}") and stat.S_ISSOCK(os.fstat(n).st_mode))
s = socket.socket(fileno=os.dup(fd))
"""
    result = grade(f"{start}def double(x):\n    {FORGERIES[name]}\n    return 0")
    assert points(result)[0] == 0
    assert sum(points(result)[1:]) >= 20  # a frame that nobody asked for may also cost the test that reads it


def test_the_clock_and_the_locale_are_the_same_for_all_and_a_change_stays_inside(grade):
    code = """
import locale, os, time
print(time.tzname[0], locale.setlocale(locale.LC_ALL), os.environ["LANG"], repr(1.5), "é".encode())
os.environ["TZ"] = "Asia/Tokyo"; time.tzset()
for clock in (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC):
    try: time.clock_settime(clock, 0); print("OPEN")
    except (OSError, PermissionError): print("closed")
time.time = lambda: 0.0
time.monotonic = lambda: 1e18
"""
    result = grade(code + RIGHT)
    assert printed(result).startswith("UTC") and "OPEN" not in printed(result)
    assert points(result) == [10, 10, 10, 10]


def test_a_test_that_never_calls_the_students_work_is_an_error():
    bundle = small_unit.bundle()
    lazy = dataclasses.replace(
        bundle.tasks[0],
        test="from utils import checks\ntask = checks.task(10)\nwith task.part(10, 'all'):\n    pass\ntask.score()",
    )
    with Grader(dataclasses.replace(bundle, tasks=(lazy,)), LIMITS) as grader:
        verdict = grader.grade(small_unit.submission()).verdicts[0]
    assert (verdict.points, verdict.status) == (0, "error")
    assert "never called the student's work" in verdict.report


def test_a_check_on_a_dead_process_never_passes():
    bundle = small_unit.bundle()
    tests = """
from utils import checks
task = checks.task(10)
with task.part(5, "any error will do"):
    checks.raises(Exception, double, 1)
with task.part(5, "swallowed"):
    try:
        double(1)
    except BaseException:
        pass
task.score()"""
    task = dataclasses.replace(bundle.tasks[0], test=tests)
    with Grader(dataclasses.replace(bundle, tasks=(task,)), LIMITS) as grader:
        for code in ("import os\n    os._exit(0)", "import os\n    os.close(3); os.closerange(3, 99)"):
            verdict = grader.grade(small_unit.submission(double=f"def double(x):\n    {code}")).verdicts[0]
            assert (verdict.points, verdict.status) == (0, "died")
