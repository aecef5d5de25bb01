"""A process that has torch loaded and forks a walled-in child for every submission. It never meets a student's code or bytes itself.

Run by `sandbox.Warm` inside bubblewrap, with one socket to the grader:

    grader → warm   a frame {"role": "student" or "tester", "limits": …, "readable": […], …}     once; the answer is {"ready": …}
    grader → warm   one byte with file descriptors: a socket to serve, a socket for the status   for every child
    monitor → grader   a frame {"status": …} when the child has ended; the grader ends it by closing its side of the status socket

The monitor is a fork of this process that stands outside the child's namespaces, so that nothing in there can reach it. It holds no
student's code either.
"""

import gc
import importlib
import os
import select
import signal
import socket
import sys
import threading
from pathlib import Path

from utils.grading import walls, wire


def main() -> None:
    walls.become_nobody()
    control = socket.socket(fileno=int(sys.argv[1]))
    import torch
    from tqdm import tqdm

    setup = wire.unpack(wire.receive(control))  # after what takes long, so that both warm processes load it at the same time
    limits = walls.Limits(**setup["limits"])
    role = importlib.import_module(f"utils.grading.{setup['role']}")

    # A thread does not survive a fork, and a child that waits for one, or for a lock that it holds, hangs.
    torch.set_num_threads(1)
    tqdm.monitor_interval = 0  # a progress bar has a thread that watches it
    ready = role.prepare(setup)
    if "seccomp" not in limits.missing:
        walls.seccomp_program()
    gc.collect()
    gc.freeze()
    walls.collapse_memory()
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        known = ", ".join(thread.name for thread in threading.enumerate())
        raise SystemExit(f"the reference or a library started a thread, and a fork loses it: {known} ({threads} in all)")
    wire.send(control, wire.pack({"ready": ready}))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the monitors
    while True:
        message, files, _, _ = socket.recv_fds(control, 1, 3)
        if not message:
            return
        if os.fork() == 0:
            _monitor(files, limits, setup["readable"], role)
        for file in files:
            os.close(file)


def _monitor(files, limits, readable, role):
    """Fork the child into new namespaces, wait for its end or for the grader to want it, and say how it went."""
    status = socket.socket(fileno=files.pop())
    report = {}
    try:
        walls.die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if "namespaces" not in limits.missing:
            walls.leave_namespaces()
        else:
            walls.collect_orphans()
        child = os.fork()
        if child == 0:
            _child(files, status, limits, readable, role)
        for file in files:
            os.close(file)
        ended = os.pidfd_open(child)
        select.select([ended, status], [], [])
        os.kill(child, signal.SIGKILL)  # and with it, all of its namespace
        _, code = os.waitpid(child, 0)
        if "namespaces" in limits.missing:
            _end_orphans()
        report = {"status": code}
    except BaseException as error:
        report = {"failed": f"{type(error).__name__}: {error}"}
    try:
        wire.send(status, wire.pack(report))
    finally:
        os._exit(0)


def _end_orphans():
    """What a child leaves behind where it had no process namespace of its own."""
    while True:
        for pid in Path("/proc/self/task", str(os.getpid()), "children").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _child(files, status, limits, readable, role):
    try:
        walls.die_with_parent()
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        walls.enter(limits, readable)
    except BaseException as error:
        wire.send(status, wire.pack({"failed": f"{type(error).__name__}: {error}"}))
        os._exit(1)
    status.detach()
    kept = [2, *sorted(files), 1 << 16]
    for low, high in zip(kept, kept[1:], strict=False):  # the control socket, the status, the log
        os.closerange(low + 1, high)
    try:
        role.serve(*[socket.socket(fileno=file) for file in files])
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
