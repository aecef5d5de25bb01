"""What a test cell looks at a student's work with.

A test cell calls the student's functions with plain data and compares the plain data that comes back, so that the same cell gives the
same verdict in a student's kernel, on Colab, under nbgrader and where the student's code runs in a process of its own. Its grammar:

    from utils import checks
    task = checks.task(12)                       # the points of the task
    with task.part(4, "values"):                 # what an earlier part earned stays when a later one fails
        checks.equal(output_size(7, 3), 5)
    ### BEGIN HIDDEN TESTS
    with task.part(8, "bad input"):
        checks.raises(ValueError, output_size, 7, 3, 3)
    ### END HIDDEN TESTS
    task.score()                                 # always the last line

A test cell shares its names with the student's cells: the functions that it defines begin with an underscore, so that it does not
replace a helper that the student wrote.

A check that fails says what was given, what was expected and, where it can tell, which misconception that is.
"""

import contextlib
import math
import os
import random
import sys
import tempfile
import textwrap
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path


class CheckFailed(AssertionError):
    """A check that the student's work did not pass. Shown as its message alone, without a stack of frames.

    `misconception`: the name of what the student probably did, if the check knows one.
    """

    def __init__(self, message: str, misconception: str | None = None):
        super().__init__(message)
        self.misconception = misconception

    def _render_traceback_(self):
        # nbgrader's Validate cuts what is longer than about 80 characters, and with it the hint at the end
        lines = [
            textwrap.wrap(line, 80, subsequent_indent=_indent(line), break_long_words=False) or [""]
            for line in str(self).splitlines()
        ]
        return [f"\x1b[31m{line}\x1b[0m" for line in sum(lines, [])]


# ------------------------------------------------------------------- where the student's code runs in a process of its own

# The student's names are then stand-ins (utils.grading.proxies), and checks use them as they use the objects themselves. What must happen
# where the student's code runs, goes through a stand-in's method far_call(function, *args): function(*args), called in that process.
far = None  # what stands for that process while a test runs: `seed` seeds it too, and `timed` reads its processor time
tracing = False  # True while `trace` runs a function in this process


class FarError:
    """Mixed into an exception that the student's code raised in its own process. `where`: what `place` says of it there."""

    where = None


# ---------------------------------------------------------------------------------------------------------------- points


@dataclass
class Part:
    """One part of a task: its points and, if it failed, why and which misconception that probably is."""

    name: str
    points: float
    problem: str | None = None
    misconception: str | None = None
    line: int = 0  # of the test cell

    def __str__(self):
        mark = f"{'✔' if self.problem is None else '✘'} {self.name}: {self.points if self.problem is None else 0:g} of {self.points:g} points"
        return mark if self.problem is None else mark + "\n    " + self.problem.replace("\n", "\n    ")


@dataclass
class Task:
    """A graded task: parts that earn points independently of each other. Made by `task`."""

    points: float
    cell: str  # the file name of the test cell, to tell its own lines from the student's
    parts: list[Part] = field(default_factory=list)

    @contextlib.contextmanager
    def part(self, points: float, name: str):
        """Points that are earned if nothing inside the block fails.

        Whatever the student's code raises costs this part alone, with one exception: an interrupt (time-out) ends the cell. Warnings
        and other text on stderr are dropped, because nbgrader gives no points to a cell that has any.
        """
        part = Part(name, points, line=sys._getframe(2).f_lineno)
        self.parts.append(part)
        part.problem = "it did not finish"  # stands only if an interrupt ends the cell
        try:
            with _stderr_dropped():
                yield
            part.problem = None
        except CheckFailed as failure:
            part.problem, part.misconception = str(failure), failure.misconception
        except (Exception, SystemExit) as error:
            part.problem = _say(error, self.cell)

    def score(self) -> float | None:
        """Report every part; the last line of a test cell.

        Where nbgrader grades, return the points earned, which it reads as partial credit. In a student's notebook, return nothing if
        all parts passed.

        Raises
        ------
        CheckFailed
            In a student's notebook, if a part failed: the notebook stops there, and nbgrader's Validate shows the report.
        ValueError
            If the parts hold more points than the task, or there is none.
        """
        declared = sum(part.points for part in self.parts)
        if not self.parts or declared > self.points:
            raise ValueError(f"the parts of a task of {self.points:g} points hold {declared:g}: they must add up to it")
        report = "\n".join(map(str, self.parts))
        hidden = self.points - declared
        if hidden:
            report += f"\n… {self.points:g} points in all; hidden tests with fresh inputs decide the other {hidden:g}"
        failed = any(part.problem is not None for part in self.parts)
        if os.environ.get("NBGRADER_EXECUTION") == "autograde":
            print(report)
            return float(sum(part.points for part in self.parts if part.problem is None))
        if failed:
            raise CheckFailed(report)
        print(report)
        return None


def task(points: float, seconds: float | None = None) -> Task:
    """Begin a test cell of a task worth `points`; its parts must add up to it.

    `seconds`: processor time that `dl4cv grade` gives it, written as a number, where it needs more than the usual 30.
    """
    return Task(points, sys._getframe(1).f_code.co_filename)


# ------------------------------------------------------------------------------------------------------------ comparisons


def equal(actual, expected, what: str = "the result", *, mistakes: "Mistakes" = None) -> None:
    """Pass if `actual` is `expected` in type and value: True is not 1, 5.0 is not 5, a list is not a tuple.

    Parameters
    ----------
    what : str
        What was compared, for the message: best the call itself, "output_size(7, 3)".
    mistakes : dict, or function without arguments that returns one
        What the student probably did, against the value that it gives: {"you forgot the + 1": 4}. If `actual` is one of these values,
        the message names the misconception, the first that matches. A function is called only when the check fails.

    Raises
    ------
    CheckFailed
    """
    _compare(actual, expected, what, mistakes, rtol=0.0, atol=0.0)


def close(
    actual, expected, what: str = "the result", *, mistakes: "Mistakes" = None, rtol: float = 1e-4, atol: float = 1e-5
) -> None:
    """Pass if `actual` is `expected` in type, shape and dtype, and every value lies within atol + rtol * abs(expected). NaN never passes.

    Parameters and errors as `equal`.
    """
    _compare(actual, expected, what, mistakes, rtol, atol)


def item(value, key, what: str = "the result"):
    """The entry `key` of a dictionary, or of a tuple or list by its number; what it is compared with decides the rest.

    Raises
    ------
    CheckFailed
        If `value` is no such collection or has no such entry.
    """
    kind, word = (list | tuple, "a tuple") if isinstance(key, int) else (dict, "a dictionary")
    if not isinstance(value, kind):
        raise CheckFailed(f"{what}: got {_short(value)} ({type(value).__name__}), expected {word}")
    try:
        return value[key]
    except IndexError:
        raise CheckFailed(f"{what}: got {len(value)} items, expected at least {key + 1}") from None
    except KeyError:
        raise CheckFailed(f"{what}: there is no entry {key!r}, only {_short(sorted(map(str, value)))}") from None


def raises(kind: type[Exception], f, *args, mentions: tuple = (), **kwargs) -> None:
    """Pass if f(*args, **kwargs) raises `kind`, a built-in exception, with a message that holds each of `mentions`.

    The NotImplementedError of an unwritten answer does not count as the RuntimeError that it is by inheritance.

    Raises
    ------
    CheckFailed
        If nothing is raised, something else is, or the message leaves out what it should say.
    """
    call = _call(f, args, kwargs)
    try:
        result = f(*args, **kwargs)
    except NotImplementedError as error:
        if kind is not NotImplementedError:
            raise CheckFailed(_say(error)) from None
        message = str(error)
    except kind as error:
        message = str(error)
    except Exception as error:
        raise CheckFailed(f"{call} raised {type(error).__name__} ({_short(error)}), expected {kind.__name__}") from None
    else:
        raise CheckFailed(f"{call} returned {_short(result)}, expected it to raise {kind.__name__}")
    missing = [str(word) for word in mentions if str(word) not in message]
    if missing:
        raise CheckFailed(
            f"{call} raised {kind.__name__} as it should, but its message ({message!r}) does not mention {', '.join(missing)}"
        )


# ----------------------------------------------------------------------------------------------- what a function does


def gradient(f, *args, wrt: tuple[int, ...] = (0,), upstream=None, **kwargs):
    """Value of f and its vector-Jacobian products through the graph that f itself built.

    Parameters
    ----------
    wrt : tuple of int
        Positions in `args` of the tensors to differentiate by.
    upstream : tensor, shape of the value
        The vector of the product; ones if left out.

    Returns
    -------
    (value, [gradient for each position in wrt]) : detached tensors; None for an argument that the value does not depend on.

    Raises
    ------
    CheckFailed
        If the value is no tensor or autograd cannot reach the arguments from it.
    """
    import torch

    args = [a.detach().clone().requires_grad_(i in wrt) if isinstance(a, torch.Tensor) else a for i, a in enumerate(args)]
    value = f(*args, **kwargs)
    if not isinstance(value, torch.Tensor):
        raise CheckFailed(f"{_name(f)} returned {type(value).__name__}, expected a torch.Tensor")
    if not value.requires_grad:
        raise CheckFailed(
            f"no gradient flows through {_name(f)}: its result is cut off from its inputs "
            "(by .detach(), .item(), torch.no_grad(), numpy, or torch.tensor(...) of values)"
        )
    upstream = torch.ones_like(value) if upstream is None else upstream
    return value.detach(), list(torch.autograd.grad(value, [args[i] for i in wrt], upstream, allow_unused=True))


def numerical_gradient(f, at, *, upstream=None, step: float = 1e-3):
    """The vector-Jacobian product of f at one tensor, by central differences: an oracle that knows no calculus.

    Parameters
    ----------
    f : function of one tensor that returns a tensor
    at : tensor of dtype float64
        In single precision the differences are mostly rounding error.
    upstream : tensor, shape of f(at)
        The vector of the product; ones if left out.

    Returns
    -------
    tensor, shape of `at`

    Raises
    ------
    TypeError
        If `at` is not in double precision.
    """
    import torch

    if at.dtype != torch.float64:
        raise TypeError(f"a numerical gradient needs torch.float64, got {at.dtype}: use x.double()")
    at = at.detach()
    gradient = at.new_zeros(at.numel())
    for place in range(at.numel()):
        shift = torch.zeros_like(gradient)
        shift[place] = step
        shift = shift.view(at.shape)
        rise = (f(at + shift) - f(at - shift)).detach() / (2 * step)
        gradient[place] = (rise if upstream is None else rise * upstream).sum()
    return gradient.view(at.shape)


@dataclass
class Trace:
    """What happened inside a call. `value`: what it returned. `steps`: lines of the student's Python that ran, each turn of a loop anew.
    `operations`: PyTorch's operations by name ("convolution", "mm", "im2col") and how often. `calls`: the library functions written in
    Python that the student's code called, by dotted name."""

    value: object
    steps: int
    operations: dict[str, int]
    calls: dict[str, int]


# What PyTorch runs in Python to hand an operation to the recorder below.
_RECORDING = ("torch._compile", "torch._dynamo", "torch._library", "torch._ops", "torch.utils._python_dispatch")


def trace(f, *args, **kwargs) -> Trace:
    """Run f and record what it did: for tasks about how the work is done, which a stop-watch cannot judge fairly."""
    if hasattr(type(f), "far_call"):
        return Trace(*f.far_call(trace_in, "__main__", f, args, kwargs))
    return Trace(*trace_in(sys._getframe(1).f_globals.get("__name__"), f, args, kwargs))


def trace_in(home: str, f, args: tuple, kwargs: dict) -> tuple:
    """The fields of a Trace of a call of f, where the student's code is that of the module named `home`."""
    from torch.utils._python_dispatch import TorchDispatchMode

    global tracing
    operations, calls, steps = Counter(), Counter(), 0
    here = sys._getframe()

    class Recorder(TorchDispatchMode):
        @classmethod
        def _should_skip_dynamo(cls):  # else each operation takes twice as long, and the first one loads PyTorch's compiler
            return False

        def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
            operations[operation.overloadpacket.__name__] += 1
            return operation(*args, **(kwargs or {}))

    def on_line(frame, event, arg):
        nonlocal steps
        steps += event == "line"
        return on_line

    def on_call(frame, event, arg):
        module = frame.f_globals.get("__name__")
        if module == home:
            return on_line
        caller = frame.f_back
        # f itself may be a library function that was only given another name
        by_student = caller is here or (caller and caller.f_globals.get("__name__") == home)
        recording = frame.f_code is Recorder.__torch_dispatch__.__code__ or str(module).startswith(_RECORDING)
        if by_student and not recording:
            calls[f"{module}.{frame.f_code.co_qualname}"] += 1
        return None

    before = sys.gettrace()
    with Recorder():
        tracing = True
        sys.settrace(on_call)
        try:
            value = f(*args, **kwargs)
        finally:
            sys.settrace(before)
            tracing = False
    return value, steps, dict(operations), dict(calls)


def avoids(trace: Trace, *forbidden: str, instead: str) -> None:
    """Pass if a traced call used none of the forbidden operations ("convolution") or library functions ("torch.autograd.grad", a
    module with all it holds: "utils.arithmetic", or a pattern: "*conv*").

    Parameters
    ----------
    instead : str
        What the task asks for, for the message: "slide the window yourself".

    Raises
    ------
    CheckFailed
    """
    used = [n for n in (*trace.calls, *trace.operations) if any(fnmatchcase(n, f) or n.startswith(f + ".") for f in forbidden)]
    if used:
        raise CheckFailed(f"your code calls {used[0]}, which does the task for you: {instead}")


def same_work(small: Trace, large: Trace, what: str) -> None:
    """Pass if the larger problem took no more lines of Python and no more PyTorch operations than the small one, but for a handful.

    Parameters
    ----------
    what : str
        How the problems differ, for the message: "an image of 18 x 21 pixels instead of 6 x 7".

    Raises
    ------
    CheckFailed
    """
    operations = [sum(trace.operations.values()) for trace in (small, large)]
    for unit, (before, after) in {"lines of Python": (small.steps, large.steps), "PyTorch operations": operations}.items():
        # PyTorch may choose another route for other sizes, a copy more or less; a loop adds at least one for each turn
        if after > before + 5:
            raise CheckFailed(f"{what} took {after} {unit} instead of {before}: there is still a loop that grows with it")


def timed(f, *args, **kwargs):
    """What f returns, and the processor seconds that it took, those of all its threads together.

    Processor time, because a stop-watch would count what else a busy machine does meanwhile. Where f runs in a process of its own, the
    time is read from outside of it.

    Returns
    -------
    (value, seconds)
    """
    start = _processor_time()
    value = f(*args, **kwargs)
    return value, _processor_time() - start


def _processor_time() -> float:
    return time.process_time() + (far.cpu() if far is not None else 0.0)


def seed(number: int) -> None:
    """Set the seeds of torch, numpy and random. Draw nothing between this and the call it is for."""
    import numpy
    import torch

    random.seed(number)
    numpy.random.seed(number)
    torch.manual_seed(number)
    if far is not None:
        far.seed(number)


# ----------------------------------------------------------------------------------------------------------- internals


Mistakes = dict | Callable[[], dict] | None


def _compare(actual, expected, what, mistakes, rtol, atol):
    difference = _difference(actual, expected, rtol, atol)
    if difference is None:
        return
    for misconception, value in ((mistakes() if callable(mistakes) else mistakes) or {}).items():
        if _difference(actual, value, rtol, atol) is None and _difference(value, expected, rtol, atol) is not None:
            raise CheckFailed(f"{what}: {misconception} ({difference})", misconception)
    raise CheckFailed(f"{what}: {difference}")


def _difference(actual, expected, rtol, atol) -> str | None:
    """How `actual` differs from `expected`, or None."""
    import numpy
    import torch

    if isinstance(expected, torch.Tensor | numpy.ndarray):
        return _array_difference(actual, expected, rtol, atol)
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        kind = {torch.Size: tuple}
        if kind.get(type(actual), type(actual)) is not kind.get(type(expected), type(expected)):
            return f"got {_short(actual)}, a {type(actual).__name__}, expected a {type(expected).__name__}"
        if len(actual) != len(expected):
            return f"got {_short(actual)}, expected {_short(expected)}: {len(actual)} items instead of {len(expected)}"
        inside = (_difference(a, e, rtol, atol) for a, e in zip(actual, expected, strict=True))
        return next((f"item {i}: {d}" for i, d in enumerate(inside) if d), None)
    if isinstance(expected, dict) and isinstance(actual, dict):
        if actual.keys() != expected.keys():
            return f"got the keys {_short(sorted(map(str, actual)))}, expected {_short(sorted(map(str, expected)))}"
        inside = ((k, _difference(actual[k], e, rtol, atol)) for k, e in expected.items())
        return next((f"{k!r}: {d}" for k, d in inside if d), None)
    if type(actual) is not type(expected):
        return f"got {_short(actual)} ({type(actual).__name__}), expected {_short(expected)} ({type(expected).__name__})"
    near = isinstance(expected, float) and math.isfinite(expected) and abs(actual - expected) <= atol + rtol * abs(expected)
    same = near or actual == expected  # everything would be near infinity, and infinity not even near itself
    return None if same else f"got {_short(actual)}, expected {_short(expected)}"


def _array_difference(actual, expected, rtol, atol) -> str | None:
    import torch

    if type(actual) is not type(expected) and not isinstance(actual, type(expected)):
        wanted = f"{type(expected).__name__} of shape {tuple(expected.shape)}"
        return f"got {_short(actual)} ({type(actual).__name__}), expected a {wanted}"
    if tuple(actual.shape) != tuple(expected.shape):
        return f"got shape {tuple(actual.shape)}, expected {tuple(expected.shape)}"
    if actual.dtype != expected.dtype:
        return f"got dtype {actual.dtype}, expected {expected.dtype}"
    got, want = (torch.as_tensor(x).detach().to("cpu", torch.float64) for x in (actual, expected))
    if not torch.isfinite(got).all() and torch.isfinite(want).all():
        return "got NaN or infinity among the values"
    wrong = ~((got == want) | (torch.isfinite(want) & ((got - want).abs() <= atol + rtol * want.abs())))
    if not wrong.any():
        return None
    at = tuple(torch.nonzero(wrong)[0].tolist())
    place = f" at {list(at)}" if at else ""
    return f"{int(wrong.sum())} of {got.numel()} values are off; the first{place} is {got[at]:.6g}, expected {want[at]:.6g}"


def _say(error: BaseException, cell: str | None = None) -> str:
    """What the student's code raised, and in which line of it. `cell`: the file name of the test cell."""
    if isinstance(error, NotImplementedError) and not str(error):
        return "not written yet: replace `raise NotImplementedError` with your answer"
    said = f"{type(error).__name__}: {_short(error, 300)}" if str(error) else type(error).__name__
    where = error.where if isinstance(error, FarError) else place(error, cell)
    if where is None:
        if isinstance(error, NameError) and error.name:
            return f"`{error.name}` is not there: run the cell with your answer first, and mend what it reports"
        return f"the test could not use your answer: {said}" if cell else f"your code raised {said}"
    return f"your code raised {said}\n(line {where[0]} of {where[1]}: {where[2]})"


def place(error: BaseException, cell: str | None = None, outside: Path | None = None) -> tuple[int, str, str] | None:
    """The last line of the student's, or of the course's package, that an error came through: its number, function and text.

    None if there is none, or if a line of the test cell (its file name is `cell`) came after it. Files in the folder `outside` do not count.
    """
    here = Path(__file__).resolve()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == cell:
            return None
        path = Path(frame.filename).resolve()
        if "site-packages" not in frame.filename and path != here and outside not in path.parents and frame.line:
            return frame.lineno, frame.name, frame.line
    return None


def _name(f) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + "  "


def _call(f, args, kwargs) -> str:
    given = [_short(a, 60) for a in args] + [f"{k}={_short(v, 60)}" for k, v in kwargs.items()]
    return f"{_name(f)}({', '.join(given)})"


def _short(value, limit: int = 120) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None and len(shape):
        return f"{type(value).__name__}{tuple(shape)}"
    text = str(value) if isinstance(value, BaseException) else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


@contextlib.contextmanager
def _stderr_dropped():
    """Drop warnings and all that is written to stderr, by C++ libraries too."""
    with warnings.catch_warnings(), contextlib.ExitStack() as stack:
        warnings.simplefilter("ignore")
        sink = stack.enter_context(tempfile.TemporaryFile("w+"))
        stack.enter_context(contextlib.redirect_stderr(sink))
        sys.__stderr__.flush() if sys.__stderr__ else None
        saved = os.dup(2)
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
