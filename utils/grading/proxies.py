"""The student's names as the tests see them: stand-ins that pass plain data to the student's process and judge what comes back.

If that process is gone or sends what it should not, `Broken` is raised, from then on by every use. It is a BaseException, so that no
test takes it for the error that it is waiting for.
"""

import builtins
import operator
import sys
from collections.abc import Callable

import numpy
import torch

from utils import checks
from utils.grading import nested, wire


class Broken(BaseException):
    """The student's process cannot be asked any more. `why`: "died" or "nonsense"."""

    def __init__(self, why: str, detail: str = ""):
        super().__init__(f"{why} {detail}".strip())
        self.why = why


_ANSWERS = {"number", "value", "printed"}, {"number", "raised", "printed"}


class Peer:
    """The student's process. `calls`: how often the tests used its work; `raised`: what its code raised, as text.

    How long an answer may take is not this side's business: the grader ends both.

    Parameters
    ----------
    cpu : function
        Returns the processor seconds that the student's processes have used so far.
    """

    def __init__(self, sock, cpu: Callable[[], float]):
        self.sock, self.cpu, self.broken, self.calls, self.raised = sock, cpu, None, 0, []
        self.asked = 0
        self.known = {}  # stand-ins by number, so that one object has one

    def ask(self, request: dict) -> tuple[object, list]:
        """The value of the answer, and the outputs. Raises what the student's code raised, as FarError."""
        if self.broken:
            raise self.broken
        self.asked += 1
        try:
            wire.send(self.sock, wire.pack({**request, "number": self.asked}, self.refer))
            answer = wire.unpack(wire.receive(self.sock), self.resolve)
        except wire.Closed:
            self.fail("died")
        except wire.Malformed as error:
            self.fail("nonsense", str(error))
        if type(answer) is not dict or answer.keys() not in _ANSWERS or answer["number"] != self.asked:
            self.fail("nonsense", "no answer to the question")
        if "raised" in answer:
            raise self.error(answer["raised"])
        return answer["value"], answer["printed"]

    def fail(self, why, detail=""):
        self.broken = Broken(why, detail)
        raise self.broken

    # ------------------------------------------------------------------------------------------------------ what tests do

    def names(self, names) -> dict:
        """Those of the names that the student's notebook has defined, and what they stand for."""
        found, _ = self.ask({"names": list(names)})
        if type(found) is not dict or not found.keys() <= set(names):
            self.fail("nonsense", "names")
        return found

    def call(self, function, args, kwargs):
        """What function(*args, **kwargs) returns there, as if it had run here: with its graph, and the changes of its arguments."""
        if checks.tracing:
            raise TypeError("checks.trace needs the student's function itself, not a function that calls it")
        self.calls += 1
        grad = torch.is_grad_enabled()
        request = {"call": function, "args": tuple(args), "kwargs": kwargs, "grad": grad}
        answer, _ = self.ask(request)
        if type(answer) is not dict or answer.keys() != {"value", "changed", "graph"} or type(answer["changed"]) is not dict:
            self.fail("nonsense", "the answer to a call")
        self._carry_back(list(nested.arrays((args, kwargs))), answer["changed"])
        value = answer["value"]
        if answer["graph"] is not None:
            inputs, outputs = nested.differentiable((args, kwargs)), nested.differentiable(value)
            if not (grad and inputs and outputs and type(answer["graph"]) is int):
                self.fail("nonsense", "a graph")
            tracked = _Graph.apply(self, answer["graph"], outputs, *inputs)
            value = nested.replace_differentiable(value, dict(zip(map(id, outputs), tracked, strict=True)))
        return value

    def seed(self, number: int) -> None:
        self.ask({"call": checks.seed, "args": (number,), "kwargs": {}, "grad": True})

    def _carry_back(self, given, changed):
        for position, new in changed.items():
            old = given[position] if type(position) is int and 0 <= position < len(given) else None
            if old is None or isinstance(old, torch.Tensor) != isinstance(new, torch.Tensor):
                self.fail("nonsense", "a changed argument")
            if isinstance(old, torch.Tensor):
                with torch.no_grad():
                    old.data = new.detach() if old.shape != new.shape or old.dtype != new.dtype else old.data.copy_(new.detach())
            elif isinstance(new, numpy.ndarray) and old.shape == new.shape and old.dtype == new.dtype:
                old[...] = new

    # --------------------------------------------------------------------------------------------------------- references

    def refer(self, value):
        if isinstance(value, Far):
            return wire.Reference(value._far_number, "kept", "")
        name = _library_name(value)
        if name is None:
            raise wire.Unsendable(
                f"a {type(value).__name__} made by the test does not reach the student's code: plain data, tensors, "
                "functions of libraries and the student's own objects do"
            )
        return wire.Reference(0, "library", name)

    def resolve(self, reference):
        base = _KINDS.get(reference.kind)
        if base is None:
            raise wire.Malformed("a reference of no kind")
        if reference.number not in self.known:
            name = reference.name if reference.name.isidentifier() and len(reference.name) < 80 else "object"
            # The class is named as the student's is, for messages that name it.
            cls = type(name, (base,), {}) if base in (FarObject, FarModule) else base
            self.known[reference.number] = cls(self, reference.number, name)
        return self.known[reference.number]

    def error(self, raised):
        """The exception of the student's code, with its nearest built-in class as base."""
        if type(raised) is not dict or raised.keys() != {"names", "text", "where"}:
            self.fail("nonsense", "an error")
        names, text, where = raised["names"], raised["text"], raised["where"]
        if type(names) is not list or not all(type(name) is str for name in names) or type(text) is not str:
            self.fail("nonsense", "an error")
        if where is not None and not (type(where) is tuple and [type(part) for part in where] == [int, str, str]):
            self.fail("nonsense", "an error")
        base = next((_EXCEPTIONS[name] for name in names if name in _EXCEPTIONS), Exception)
        name = names[0] if names and names[0].isidentifier() else base.__name__
        error = type(name, (FarError, base), {})(text[:2000])
        error.where = where and (where[0], printable(where[1][:80]), printable(where[2][:300]))
        self.raised = [*self.raised[-99:], f"{name}: {error}" if text else name]
        return error


def printable(text: str) -> str:
    """The text without control characters, which could rewrite a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


class FarError(checks.FarError):
    def __new__(cls, text):
        error = super().__new__(cls)
        error.args = (text,)
        return error

    def __init__(self, text):
        self.text = printable(text)

    def __str__(self):
        return self.text


_EXCEPTIONS = {
    name: cls
    for name, cls in vars(builtins).items()
    if isinstance(cls, type) and issubclass(cls, BaseException) and not issubclass(cls, BaseExceptionGroup | Warning)
}
del _EXCEPTIONS["BaseException"]


def _library_name(value) -> str | None:
    """ "module:name" of a function or class that the other process can import, None if it is none."""
    own = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    known = [(module, getattr(value, "__name__", None)) for module in ("torch", "torch.nn.functional", "builtins")]
    for module, name in [own, *known]:  # torch's own functions do not know their module
        if type(name) is str and type(module) is str and module != "__main__":
            found = sys.modules.get(module)
            for part in name.split("."):
                found = getattr(found, part, None)
            if found is value:
                return f"{module}:{name}"
    return None


class _Graph(torch.autograd.Function):
    """Outputs whose graph is in the student's process: the vector-Jacobian product is asked for there."""

    @staticmethod
    def forward(ctx, peer, graph, outputs, *inputs):
        ctx.set_materialize_grads(False)
        ctx.peer, ctx.graph, ctx.inputs = peer, graph, [(x.shape, x.dtype) for x in inputs]
        return tuple(output.detach() for output in outputs)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, *upstream):
        gradients, _ = ctx.peer.ask({"backward": ctx.graph, "upstream": list(upstream)})
        fits = type(gradients) is list and len(gradients) == len(ctx.inputs)
        for gradient, form in zip(gradients if fits else (), ctx.inputs, strict=False):
            fits &= gradient is None or (isinstance(gradient, torch.Tensor) and (gradient.shape, gradient.dtype) == form)
        if not fits:
            ctx.peer.fail("nonsense", "gradients")
        return None, None, None, *gradients


# --------------------------------------------------------------------------------------------------------------- stand-ins


class Far:
    """An object of the student's. Attributes, calls and operators act on it in its own process."""

    def __init__(self, peer, number, name):
        object.__setattr__(self, "_far_peer", peer)
        object.__setattr__(self, "_far_number", number)
        object.__setattr__(self, "__name__", name)

    def __call__(self, *args, **kwargs):
        return self._far_peer.call(self, args, kwargs)

    def far_call(self, function, *args):
        return self._far_peer.call(function, args, {})

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._far_peer.call(getattr, (self, name), {})

    def __setattr__(self, name, value):
        self._far_peer.call(setattr, (self, name, value), {})

    def __iter__(self):
        return self._far_peer.call(iter, (self,), {})

    def __next__(self):
        return self._far_peer.call(next, (self,), {})

    def __len__(self):
        return self._far_peer.call(len, (self,), {})

    def __bool__(self):
        return True

    def __repr__(self):
        text = self._far_peer.call(repr, (self,), {})
        return printable(text[:2000]) if type(text) is str else object.__repr__(self)

    def __reduce__(self):
        raise TypeError("an object of the student's cannot be copied or pickled here")


def _operator(name):
    function = getattr(operator, f"__{name}__")

    def apply(self, *args):
        return self._far_peer.call(function, (self, *args), {})

    def reflected(self, other):
        return self._far_peer.call(function, (other, self), {})

    return apply, reflected


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    _apply, _reflected = _operator(_name)
    setattr(Far, f"__{_name}__", _apply)
    setattr(Far, f"__r{_name}__", _reflected)
for _name in ("neg", "pos", "abs", "lt", "le", "gt", "ge", "getitem", "setitem", "delitem", "contains"):
    setattr(Far, f"__{_name}__", _operator(_name)[0])


class FarObject(Far):
    pass


class FarModule(Far):
    """A torch.nn.Module of the student's, which isinstance says it is. Its parameters come as copies."""

    @property
    def __class__(self):
        return torch.nn.Module


class FarClass(Far):
    __bases__ = ()

    def __instancecheck__(self, instance):
        return isinstance(instance, Far) and self._far_peer.call(isinstance, (instance, self), {}) is True


class FarModuleClass(FarClass):
    __bases__ = (torch.nn.Module,)  # for issubclass


class FarFunction(Far):
    pass


_KINDS = {"module": FarModule, "class": FarClass, "module class": FarModuleClass, "function": FarFunction, "object": FarObject}
