"""The walls around one process, raised by the process itself just before it meets a student's code or bytes.

`enter` runs in a child that was forked from a warm process, so it cannot be a program of its own like bubblewrap, which stands around the
warm process. Only what such a child needs is here, by ctypes on the C library and on libseccomp:

1. `leave_namespaces`: own user, process, mount, network, IPC and host name namespaces; the child that is forked next is alone in them;
2. own /tmp, /dev/shm and /proc, no capabilities, limits on memory, processes, files and CPU time;
3. Landlock, where the kernel has it: reading from a list of folders, writing in /tmp, no TCP, no signals or abstract sockets to outside;
4. seccomp: the system calls that numerical Python needs; every other one fails.

Each step raises OSError if it fails, and then the child does not run. Nothing here can be skipped unless `Limits.missing` names it.
"""

import ctypes
import errno
import functools
import json
import os
import resource
import struct
import tempfile
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Plain data, so that it travels to the process that sets them."""

    cell_seconds: float = 30  # of the student's processes for one cell of the notebook; all seconds as in clock.Clock
    task_seconds: float = 30  # for one task's tests, if they ask for no more
    total_seconds: float = 300  # for the whole submission, and what tasks ask for beyond task_seconds
    memory: int = 2 << 30  # bytes: of one process above what the warm process has, and of all together
    processes: int = 64  # processes and threads
    files: int = 64 << 20  # bytes of the largest file, of /tmp and of /dev/shm
    missing: tuple[str, ...] = field(default=())  # protections that somebody decided to do without, by name


RESERVE = 256 << 20  # memory that is left for the rest of the notebook when a cell has used all of its own


# ----------------------------------------------------------------------------------------------------------- the C library

_libc = ctypes.CDLL(None, use_errno=True)
_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_PRIVATE, _HARDENED = 0x44000, 0xE  # MS_REC | MS_PRIVATE; MS_NOSUID | MS_NODEV | MS_NOEXEC
_COLLAPSE = 25  # MADV_COLLAPSE, from Linux 6.1 on
_SET_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
_SET_SECCOMP = 22


def _call(name: str, *arguments) -> int:
    """Call a function of the C library; OSError if it fails. bytes are strings, whole numbers are long."""
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = getattr(_libc, name)(*converted)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}{arguments[:2]}: {os.strerror(number)}")
    return result


def become_nobody() -> None:
    """Root gives up being root: limits on processes do not bind root, and root's files belong to it without any capability."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        _call("prctl", _SET_DUMPABLE, 1, 0, 0, 0)  # changing the user closed /proc/self to this process


def collapse_memory() -> None:
    """Gather the memory of this process in pages of 2 MiB, where the kernel can: a fork then has much less to copy, and its end to give back."""
    size = 2 << 20
    with open("/proc/self/maps") as file:
        maps = [line.split() for line in file]
    for span, rights, _, _, inode, *name in maps:
        if rights.startswith("rw") and inode == "0" and name in ([], ["[heap]"]):
            first, last = (int(number, 16) for number in span.split("-"))
            for place in range(-(-first // size) * size, last - size + 1, size):
                _libc.madvise(ctypes.c_void_p(place), ctypes.c_size_t(size), _COLLAPSE)  # it only saves time


def die_with_parent() -> None:
    _call("prctl", _SET_PDEATHSIG, 9, 0, 0, 0)


# ------------------------------------------------------------------------------------------------------------------- steps


def collect_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _call("prctl", _SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def leave_namespaces() -> None:
    """New namespaces, for this process and the next child; that child is the first process of its own process namespace."""
    user, group = os.getuid(), os.getgid()
    _call("unshare", _NEWUSER | _NEWPID | _NEWNS | _NEWIPC | _NEWNET | _NEWUTS)
    for name, text in [("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")]:
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def enter(limits: Limits, readable: list[str]) -> None:
    """Raise the walls around this process, the first of its namespaces. `readable`: folders and files that may be read."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # should memory run out, the kernel ends this one and not the warm process
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    if "namespaces" not in limits.missing:
        _own_folders(limits)
        _bar_capabilities()
    os.chdir("/tmp")
    _set_limits(limits, used)
    _drop_capabilities()
    _call("prctl", _SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if "landlock" not in limits.missing:
        _landlock(readable)
    if "seccomp" not in limits.missing:
        _seccomp()


def try_each() -> None:
    """Raise every wall in a process of its own and print, as JSON, why it failed by name, or null."""
    become_nobody()
    steps = {
        "namespaces": lambda: (leave_namespaces(), _attempt(lambda: _own_folders(Limits()), raises=True)),
        "landlock": lambda: (_call("prctl", _SET_NO_NEW_PRIVS, 1, 0, 0, 0), _landlock(["/usr"])),
        "seccomp": lambda: (_call("prctl", _SET_NO_NEW_PRIVS, 1, 0, 0, 0), _seccomp()),
    }
    print(json.dumps({name: _attempt(step) for name, step in steps.items()}))


def _attempt(step, raises=False) -> str | None:
    """Why a step fails, tried in a child."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            step()
        except BaseException as error:
            os.write(theirs, str(error).encode()[:500])
        os._exit(0)
    os.close(theirs)
    with open(ours) as file:
        said = file.read() or None
    os.waitpid(child, 0)
    if said and raises:
        raise OSError(said)
    return said


def _own_folders(limits):
    _call("mount", None, b"/", None, _PRIVATE, None)
    for folder in (b"/tmp", b"/dev/shm"):
        _call("mount", b"tmpfs", folder, b"tmpfs", _HARDENED & ~8, f"size={limits.files},nr_inodes=4096,mode=1777".encode())
    try:
        _call("mount", b"proc", b"/proc", b"proc", _HARDENED, None)
    except OSError:  # inside a container whose own /proc is masked; then there is none
        _call("mount", b"tmpfs", b"/proc", b"tmpfs", _HARDENED | 1, b"size=4k")


def _set_limits(limits, used):
    space = used + limits.memory  # shared memory counts here, which it does not in RLIMIT_DATA
    resource.setrlimit(resource.RLIMIT_AS, (space, space + RESERVE))
    for name, value in {
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_FSIZE: limits.files,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CPU: int(2 * limits.total_seconds),
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }.items():
        resource.setrlimit(name, (value, value))


def _bar_capabilities():
    """The new user namespace gave this process every capability in it: none may ever be had again. `_drop_capabilities` takes those it has."""
    for capability in range(64):
        try:
            _call("prctl", _CAPBSET_DROP, capability, 0, 0, 0)
        except OSError as error:
            if error.errno == errno.EINVAL:  # past the last one
                break
            raise


def _drop_capabilities():
    _call("capset", struct.pack("<Ii", 0x20080522, 0), bytes(24))


# ---------------------------------------------------------------------------------------------------------------- landlock

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_READ, _FILE_RIGHTS = 1 | 4 | 8, 1 | 2 | 4 | 1 << 14 | 1 << 15  # execute, read file, read folder; what a rule on a file may grant


def landlock_version() -> int:
    """The kernel's Landlock ABI, 0 if it has none."""
    try:
        return _call("syscall", _CREATE_RULESET, None, 0, 1)
    except OSError:
        return 0


def _landlock(readable):
    version = landlock_version()
    if version < 1:
        raise OSError(errno.ENOSYS, "the kernel has no Landlock")
    handled = (1 << 13) - 1 | (version >= 2) << 13 | (version >= 3) << 14 | (version >= 5) << 15
    size = 8 if version < 4 else 16 if version < 6 else 24
    # TCP from version 4 on, abstract sockets and signals from 6 on
    ruleset = _call("syscall", _CREATE_RULESET, struct.pack("<QQQ", handled, 3, 3)[:size], size, 0)
    devices = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
    rights = [(path, _READ) for path in [*readable, "/proc"]] + [(path, handled) for path in ["/tmp", "/dev/shm", *devices]]
    for path, right in rights:
        if os.path.exists(path):
            file = os.open(path, os.O_PATH | os.O_CLOEXEC)
            right = right if os.path.isdir(path) else right & _FILE_RIGHTS
            _call("syscall", _ADD_RULE, ruleset, 1, struct.pack("<Qi", right & handled, file), 0)
            os.close(file)
    _call("syscall", _RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


# ----------------------------------------------------------------------------------------------------------------- seccomp

# All that CPython, NumPy, PyTorch on the CPU, subprocess and multiprocessing were seen to need, and close relatives of it. Not here, for
# example: mount, unshare, setns, ptrace, bpf, io_uring, keyctl, perf_event_open, userfaultfd, personality; nor memfd_create and shmget,
# whose memory no limit of a process counts.
ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek close close_range dup dup2 dup3 fcntl fcntl64
    open openat openat2 creat stat fstat lstat newfstatat fstatat64 statx statfs fstatfs access faccessat faccessat2 readlink readlinkat
    getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
    chmod fchmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat truncate ftruncate fallocate fadvise64 umask
    flock fsync fdatasync sync_file_range copy_file_range sendfile splice tee pipe pipe2 ioctl inotify_init1 inotify_add_watch inotify_rm_watch
    poll ppoll select pselect6 _newselect epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2
    timerfd_create timerfd_settime timerfd_gettime signalfd signalfd4
    mmap mmap2 munmap mprotect mremap madvise brk msync mincore mlock munlock membarrier
    getpid getppid gettid getpgid getpgrp setpgid getsid setsid getuid geteuid getgid getegid getresuid getresgid getgroups getcpu
    fork vfork execve execveat exit exit_group wait4 waitid kill tgkill tkill pidfd_open pidfd_send_signal
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo sigaltstack restart_syscall pause
    alarm setitimer getitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete
    futex futex_waitv set_robust_list get_robust_list set_tid_address arch_prctl prctl rseq
    sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler sched_setscheduler sched_get_priority_max
    sched_get_priority_min getpriority setpriority nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times
    getrlimit prlimit64 setrlimit getrusage sysinfo uname getrandom capget
    socketpair connect bind listen accept accept4 getsockname getpeername sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown
    setsockopt getsockopt
"""

_ALLOW, _ERRNO, _EQUAL, _MASKED_EQUAL = 0x7FFF0000, 0x00050000, 4, 7
_AF_UNIX, _CLONE_NEW_ANYTHING = 1, 0x7E020080


class _Argument(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def _library():
    """libseccomp 2. Raises OSError if it is not installed."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return library


@functools.cache
def seccomp_program() -> bytes:
    """The filter as the kernel takes it. The warm process makes it once for all of its children."""
    library = _library()
    # "There is no such call" is what programs expect of an old kernel, and they have a way around it.
    context = library.seccomp_init(_ERRNO | errno.ENOSYS)

    def add(name, *arguments):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number == -1:
            return  # this libseccomp does not know it, so it stays refused
        array = (_Argument * len(arguments))(*arguments)
        if library.seccomp_rule_add_array(context, _ALLOW, number, len(arguments), array) not in (0, -errno.EDOM):
            raise OSError(errno.EINVAL, f"seccomp: the rule for {name}")

    for name in ALLOWED.split():
        add(name)
    add("clone", _Argument(0, _MASKED_EQUAL, _CLONE_NEW_ANYTHING, 0))  # threads and processes, but no namespaces
    add("socket", _Argument(0, _EQUAL, _AF_UNIX, 0))  # an empty network namespace does not stop every family: AF_VSOCK
    with tempfile.TemporaryFile() as file:
        if library.seccomp_export_bpf(context, file.fileno()) != 0:
            raise OSError(errno.EINVAL, "seccomp: the filter was not made")
        file.seek(0)
        return file.read()


def _seccomp():
    program = seccomp_program()
    held = ctypes.create_string_buffer(program, len(program))
    _call("prctl", _SET_SECCOMP, 2, struct.pack("@HP", len(program) // 8, ctypes.addressof(held)), 0, 0)
