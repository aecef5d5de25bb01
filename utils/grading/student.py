"""The student's side: runs the cells of a notebook in IPython, then does what the tests ask of the names in it.

All of this runs behind the walls, in the interpreter that the student's code runs in, and may be subverted by it. Nothing depends on its
honesty: it can only answer, and the tests on the other side judge the answers.

A request is a dict with a "number" that the answer repeats; the answer is {"value": …} or {"raised": …}, see `describe`, and "printed", the
outputs:

    {"run": source}                                  run a cell             → None or what it raised
    {"names": [name, …]}                             those that are defined → {name: value}
    {"call": f, "args": …, "kwargs": …, "grad": …}             → {"value": …, "changed": {position: array}, "graph": …}
    {"backward": graph, "upstream": [tensor or None, …]}                    → [gradient or None, …]
    {"forget": True}                                 drop all kept objects
"""

import base64
import contextlib
import importlib
import itertools
import os
import resource
import signal
import subprocess
import sys
import types
from io import TextIOBase
from pathlib import Path

import numpy
import torch
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from utils import checks
from utils.grading import nested, wire

MAX_TEXT, MAX_IMAGE, MAX_OUTPUTS = 20_000, 2 << 20, 200  # characters of one text, bytes of one picture, outputs of one cell
MIMES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml", "image/png", "image/jpeg")


def prepare(setup: dict) -> dict:
    """Load what the notebook will need: the modules that the reference loaded, and IPython."""
    for name in setup["modules"]:
        with contextlib.suppress(Exception):  # it only saves time later
            importlib.import_module(name)
    make_shell()
    _warm_up()
    return {}


def make_shell() -> "Shell":
    settings = Config()
    settings.HistoryManager.enabled = False  # it has a thread, and forks lose threads
    settings.InteractiveShell.colors = "nocolor"
    settings.InteractiveShell.xmode = "Plain"  # the usual one takes seconds over endless recursion
    shell = Shell.instance(config=settings)
    shell.run_cell("pass", silent=True)
    return shell


def serve(sock) -> None:
    os.register_at_fork(after_in_child=sock.close)  # a process that the student's code forks must not answer too
    Student(sock, Shell.instance()).serve()


def _warm_up():
    """What torch does once in its life."""
    x = torch.randn(2, 3, 8, 8, requires_grad=True)
    y = torch.nn.functional.conv2d(x, torch.randn(4, 3, 3, 3)).relu()
    torch.einsum("bchw,kc->bk", y, torch.randn(2, 4)).sum().backward()
    checks.seed(0)
    checks.trace(torch.zeros, 1)


class Student:
    """Serves requests on a socket. Objects that do not cross are kept here under a number."""

    def __init__(self, sock, shell):
        self.sock, self.shell = sock, shell
        self.kept, self.numbers, self.graphs, self.counter = {}, {}, {}, itertools.count(1)

    def serve(self):
        while True:
            try:
                body = wire.receive(self.sock)
            except wire.Closed:
                os._exit(0)
            self.shell.outputs.clear()
            sys.stdout, sys.stderr = Stream(self.shell, "stdout"), Stream(self.shell, "stderr")
            number = None
            try:
                request = wire.unpack(body, self.resolve)
                number = request["number"]
                answer = {"value": self.answer(request)}
            except BaseException as error:
                answer = {"raised": describe(error)}
            try:
                body = wire.pack({**answer, "number": number, "printed": self.shell.outputs}, self.refer)
            except BaseException as error:
                body = wire.pack({"raised": describe(error), "number": number, "printed": []})
            wire.send(self.sock, body)

    def answer(self, request):
        if "run" in request:
            done = self.shell.run_cell(request["run"])
            error = done.error_before_exec or done.error_in_exec
            if error is not None:
                _recover()
            return None if error is None else describe(error)
        if "names" in request:
            return {name: self.shell.user_ns[name] for name in request["names"] if name in self.shell.user_ns}
        if "call" in request:
            return self.call(request["call"], request["args"], request["kwargs"], request["grad"])
        if "backward" in request:
            return self.backward(request["backward"], request["upstream"])
        for memory in (self.kept, self.numbers, self.graphs):
            memory.clear()
        return None

    def call(self, function, args, kwargs, grad):
        given = list(nested.arrays((args, kwargs)))
        before = [_copy(array) for array in given]
        inputs = nested.differentiable((args, kwargs))
        with torch.set_grad_enabled(grad):
            value = function(*args, **kwargs)
        graph, outputs = None, nested.differentiable(value)
        if grad and inputs and outputs:
            graph = next(self.counter)
            self.graphs[graph] = inputs, outputs
        changed = {i: now for i, (now, old) in enumerate(zip(given, before, strict=True)) if not _same(now, old)}
        return {"value": value, "changed": changed, "graph": graph}

    def backward(self, graph, upstream):
        inputs, outputs = self.graphs[graph]
        chosen = [(output, vector) for output, vector in zip(outputs, upstream, strict=True) if vector is not None]
        outputs, vectors = map(list, zip(*chosen, strict=True))
        return list(torch.autograd.grad(outputs, inputs, vectors, retain_graph=True, allow_unused=True))

    def refer(self, value):
        if id(value) not in self.numbers:
            self.numbers[id(value)] = next(self.counter)
            self.kept[self.numbers[id(value)]] = value
        return wire.Reference(self.numbers[id(value)], _kind(value), str(getattr(value, "__name__", type(value).__name__)))

    def resolve(self, reference):
        if reference.kind != "library":
            return self.kept[reference.number]
        module, _, path = reference.name.partition(":")
        value = importlib.import_module(module)
        for part in path.split("."):
            value = getattr(value, part)
        return value


def _recover():
    """After a cell that failed: end the processes that it left, and let the rest of the notebook have the last of the memory."""
    if os.getpid() == 1:  # the first process of its own namespace, in which there is nobody else
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGKILL)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def describe(error: BaseException) -> dict:
    """An exception as plain data: the names of its classes, its text, and the student's line that raised it (number, function, text)."""
    names = [cls.__name__ for cls in type(error).__mro__][:16]
    try:
        return {"names": names, "text": str(error)[:2000], "where": checks.place(error, outside=Path(__file__).parent)}
    except BaseException:  # of a class that a student wrote
        return {"names": names, "text": "", "where": None}


def _kind(value) -> str:
    if isinstance(value, torch.nn.Module):
        return "module"
    if isinstance(value, type):
        return "module class" if issubclass(value, torch.nn.Module) else "class"
    return "function" if isinstance(value, types.FunctionType | types.BuiltinFunctionType | types.MethodType) else "object"


def _copy(array):
    return array.detach().clone() if isinstance(array, torch.Tensor) else array.copy()


def _same(now, old):
    if isinstance(now, torch.Tensor):
        return now.dtype == old.dtype and torch.equal(now, old)
    return numpy.array_equal(now, old)


# ------------------------------------------------------------------------------------------------------------------- shell


class Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **_):
        self.shell.add("display_data", data=_presentable(data))

    def clear_output(self, wait=False):
        self.shell.outputs.clear()


class Hook(DisplayHook):
    """The value of a cell's last line."""

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.add("execute_result", data=_presentable(format_dict))

    def finish_displayhook(self):
        pass


class Shell(InteractiveShell):
    """A shell without a terminal, a history or an event loop, whose outputs are a list of plain data in nbformat's terms."""

    def __init__(self, **settings):
        self.outputs = []
        super().__init__(display_pub_class=Publisher, displayhook_class=Hook, **settings)
        self.display_pub.shell = self

    def add(self, kind, **content):
        if len(self.outputs) < MAX_OUTPUTS:
            self.outputs.append({"output_type": kind, **content})

    def write(self, name, text):
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") != name:
            self.add("stream", name=name, text="")
            last = self.outputs[-1]
        if last.get("name") == name and len(last["text"]) < MAX_TEXT:
            last["text"] = _cut(last["text"] + text[:MAX_TEXT])

    def _showtraceback(self, etype, evalue, stb):
        self.add("error", ename=etype.__name__, evalue=_cut(str(evalue)), traceback=[_cut(line) for line in stb[-20:]])

    def enable_gui(self, gui=None):
        pass

    def ask_exit(self):
        raise SystemExit

    def system(self, command):
        done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        print(done.stdout + done.stderr, end="")
        self.user_ns["_exit_code"] = done.returncode

    system_raw = system_piped = system


class Stream(TextIOBase):
    def __init__(self, shell, name):
        self.shell, self.name = shell, name

    def writable(self):
        return True

    def write(self, text):
        self.shell.write(self.name, text)
        return len(text)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " … (cut)"


def _presentable(data: dict) -> dict:
    shown = {}
    for mime in MIMES:
        value = data.get(mime)
        if isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        if isinstance(value, str):
            picture = mime.startswith("image/")
            shown[mime] = value if picture and len(value) <= MAX_IMAGE else "" if picture else _cut(value)
    return shown
