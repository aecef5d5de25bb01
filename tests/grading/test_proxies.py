"""Stand-ins for a student's objects behave in a test as the objects themselves do.

Here the student's side is a fork of this process, without walls, which makes it quick.
"""

import os
import signal
import socket

import numpy as np
import pytest
import torch
from torch import nn

from utils import checks
from utils.authoring import bank
from utils.grading import proxies, student

CODE = '''
import math
import numpy as np
import torch
from torch import nn

def double(x, *, times=2):
    """Docs."""
    return times * x

def fill(x, values):
    x[:] = torch.tensor(values[0])
    values[0][0] = -1

def broken(x):
    return {"a": [1][5]}

def slow(n):
    total = 0
    for i in range(n):
        total = total + i
    return torch.ones(2) * total

class Odd(Exception):
    pass

def fail(kind):
    if kind == "odd":
        raise Odd("strange")
    if kind == "unicode":
        b"\\xff".decode("utf-8")
    if kind == "key":
        {}["x"]
    if kind == "unwritten":
        raise NotImplementedError
    if kind == "interrupt":
        raise KeyboardInterrupt
    raise ValueError(kind)

def evens(n):
    for i in range(n):
        yield torch.tensor(2 * i)

class Value:
    def __init__(self, data):
        self.data = data
    def __add__(self, other):
        return Value(self.data + (other.data if isinstance(other, Value) else other))
    __radd__ = __add__
    def __len__(self):
        return 3
    def __getitem__(self, i):
        return [self.data] * 3 if isinstance(i, slice) else self.data + i
    def __lt__(self, other):
        return self.data < other.data
    def __repr__(self):
        return f"Value({self.data})"

class Net(nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.layer = nn.Linear(3, width)
        self.drop = nn.Dropout(0.5)
    def forward(self, x):
        return self.drop(self.layer(x))

def apply(f, *args):
    return f(*args)

def width_of(net):
    return net.layer.out_features

def step(net, x):
    net(x).sum().backward()

def forward(x, parameters):
    h = x @ parameters["w"]
    return h.relu(), {"x": x, "kept": h}

def detached(x):
    return x.detach() * 2

def draw():
    return torch.rand(3), np.random.rand()

def both(x, y):
    x.add_(1)
    return y + 1, x

def pair(x, y):
    z = x + y
    return z, z

answer, table = 42, {"a": torch.ones(2), 3: (1, 2)}
def leave():
    import os
    os._exit(1)
'''


@pytest.fixture(scope="module")
def peer():
    shell = student.make_shell()
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        student.serve(theirs)
    theirs.close()
    peer = proxies.Peer(ours, lambda: 0.0)
    value, outputs = peer.ask({"run": CODE})
    assert (value, outputs) == (None, [])
    yield peer
    ours.close()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    type(shell).clear_instance()


@pytest.fixture
def get(peer):
    """A student's object by its name."""
    return lambda name: peer.names([name])[name]


@pytest.fixture
def here():
    """The same objects in this process."""
    names = {"__name__": "__main__"}
    exec(bank.compile_cell(CODE, "<here>")[0], names)
    return names


def trace(f, *args):
    """As a test cell would: the student's functions, where they are here, are in the module __main__."""
    return checks.trace(f, *args) if isinstance(f, proxies.Far) else checks.Trace(*checks.trace_in("__main__", f, args, {}))


def test_a_name_that_is_not_defined_is_not_there(peer):
    assert list(peer.names(["double", "nonsense"])) == ["double"]


def test_data_crosses_as_it_is(get):
    assert get("answer") == 42
    table = get("table")
    assert table["a"].tolist() == [1, 1] and table[3] == (1, 2)


def test_functions_take_positional_and_keyword_arguments(get):
    double = get("double")
    assert (double(2), double(x="ab", times=3), double.__name__) == (4, "ababab", "double")


def test_changes_of_tensors_and_arrays_come_back_wherever_they_are(get):
    x, y = torch.zeros(2), np.ones(2)
    get("fill")(x, values=[y])
    assert x.tolist() == [1, 1]
    assert y.tolist() == [-1, 1]


def test_a_view_that_was_changed_changes_what_it_shows(get):
    x = torch.zeros(2, 3)
    get("fill")(x[1], [np.array([5.0, 5.0, 5.0])])
    assert x.tolist() == [[0, 0, 0], [5, 5, 5]]


def test_generators_are_read_one_by_one(get):
    numbers = get("evens")(3)
    assert next(numbers).item() == 0
    assert [number.item() for number in numbers] == [2, 4]
    with pytest.raises(StopIteration):
        next(numbers)


def test_objects_have_attributes_operators_and_items(get):
    value = get("Value")(4)
    assert (value.data, len(value), value[1], value[:], repr(value)) == (4, 3, 5, [4, 4, 4], "Value(4)")
    assert ((value + value).data, (value + 1).data, (1 + value).data) == (8, 5, 5)
    assert value < get("Value")(5)
    value.data = 7
    assert value.data == 7
    assert type(value).__name__ == "Value"
    assert not hasattr(value, "nothing")
    assert isinstance(value, get("Value")) and not isinstance(value, get("Net")) and not isinstance(3, get("Value"))


def test_networks_are_modules_with_parameters_to_read_and_a_state_to_load(get):
    Net = get("Net")
    net = Net(width=4)
    assert isinstance(net, nn.Module) and issubclass(Net, nn.Module)
    assert get("width_of")(net) == 4
    assert [(name, tuple(p.shape)) for name, p in net.named_parameters()] == [("layer.weight", (4, 3)), ("layer.bias", (4,))]
    assert all(isinstance(p, nn.Parameter) for p in net.parameters())
    assert sum(p.numel() for p in net.parameters()) == 16
    net.load_state_dict({name: torch.ones_like(value) for name, value in net.state_dict().items()})
    assert net.layer.weight.sum() == 12
    assert net.eval() is net and net.training is False
    assert net(torch.ones(1, 3)).tolist() == [[4, 4, 4, 4]]
    with torch.no_grad():
        assert not net(torch.ones(1, 3)).requires_grad
    assert net.layer.weight.grad is None
    get("step")(net, torch.ones(1, 3))
    assert net.layer.weight.grad.tolist() == [[1, 1, 1]] * 4


@pytest.mark.parametrize("name", ["double", "Net", "Value"])
def test_one_object_has_one_stand_in(get, name):
    assert get(name) is get(name)


def test_students_objects_and_library_functions_can_be_handed_to_students_functions(get):
    apply = get("apply")
    assert apply(get("double"), 4) == 8
    assert apply(torch.nn.functional.relu, torch.tensor([-1.0, 2.0])).tolist() == [0, 2]
    assert apply(torch.sin, torch.zeros(1)).tolist() == [0]
    assert apply(sum, [1, 2]) == 3


@pytest.mark.parametrize("made", [lambda x: x, nn.Linear(2, 2), object()], ids=["function", "network", "object"])
def test_what_the_test_makes_itself_does_not_cross_and_says_so(get, made):
    with pytest.raises(TypeError, match="made by the test does not reach the student's code"):
        get("apply")(made)


# ------------------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("kind", "base", "name", "text"),
    [
        ("plain", ValueError, "ValueError", "plain"),
        ("odd", Exception, "Odd", "strange"),
        (
            "unicode",
            UnicodeDecodeError,
            "UnicodeDecodeError",
            "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
        ("key", KeyError, "KeyError", "'x'"),
        ("unwritten", NotImplementedError, "NotImplementedError", ""),
    ],
)
def test_errors_keep_their_class_name_text_and_line(get, kind, base, name, text):
    with pytest.raises(base) as caught:
        get("fail")(kind)
    assert (type(caught.value).__name__, str(caught.value)) == (name, text)
    assert caught.value.where[1] == "fail"


def test_an_interrupt_of_the_students_ends_the_test_cell(get):
    with pytest.raises(KeyboardInterrupt):
        get("fail")("interrupt")


@pytest.mark.parametrize(
    "check",
    [
        lambda names: checks.raises(ValueError, names["fail"], "plain", mentions=("plain",)),
        lambda names: checks.raises(TypeError, names["fail"], "plain"),
        lambda names: checks.raises(ValueError, names["double"], torch.ones(2), times=3),
        lambda names: checks.raises(RuntimeError, names["fail"], "unwritten"),
        lambda names: names["broken"](1),
        lambda names: names["fail"]("key"),
        lambda names: names["fail"]("unwritten"),
        lambda names: names["double"](),
        lambda names: checks.equal(names["Value"](3), 3, "Value(3)"),
        lambda names: checks.equal(names["double"](2.0), 4, "double(2.0)", mistakes={"a float": 4.0}),
        lambda names: checks.item(names["forward"](torch.ones(1, 2), {"w": torch.ones(2, 2)}), 5),
        lambda names: checks.gradient(names["detached"], torch.ones(2)),
        lambda names: checks.gradient(names["width_of"], 3, wrt=()),
        lambda names: checks.avoids(trace(names["apply"], torch.nn.functional.relu, torch.ones(1)), "relu", instead="write it"),
        lambda names: checks.same_work(trace(names["slow"], 2), trace(names["slow"], 50), "50 numbers"),
    ],
)
def test_a_check_says_the_same_words_on_both_sides(peer, here, check):
    reports = []
    for names in (here, peer.names(list(here))):
        task = checks.task(1)
        with task.part(1, "part"):
            check(names)
        reports.append(str(task.parts[0]))
    assert reports[0] == reports[1]


def test_traces_count_the_same_on_both_sides(get, here):
    near, far = trace(here["slow"], 7), trace(get("slow"), 7)
    assert (near.steps, near.operations, near.calls) == (far.steps, far.operations, far.calls)
    assert near.value.tolist() == far.value.tolist()


def test_a_trace_of_a_function_that_calls_the_students_is_refused(get):
    double = get("double")
    with pytest.raises(TypeError, match="needs the student's function itself"):
        checks.trace(lambda: double(2))
    assert double(2) == 4


# ---------------------------------------------------------------------------------------------------------------- gradients


def test_gradients_flow_through_a_students_function_into_the_tests_tensors(get):
    x, w = torch.tensor([[1.0, -2.0]], requires_grad=True), torch.eye(2, requires_grad=True)
    out, cache = get("forward")(x, {"w": w})
    (3 * out.sum() + cache["kept"].sum()).backward()
    assert x.grad.tolist() == [[4, 1]]
    assert w.grad.tolist() == [[4, 1], [-8, -2]]
    assert cache["x"].requires_grad


def test_a_tensor_that_is_given_twice_is_one_tensor_there(get, here):
    for side in (get, here.get):
        x = torch.ones(2)
        assert side("both")(x, x)[0].tolist() == [3, 3] and x.tolist() == [2, 2]
        x = torch.ones(2, requires_grad=True)
        twice, again = side("pair")(x, x)
        (twice.sum() + again.sum()).backward()
        assert x.grad.tolist() == [4, 4]


def test_gradients_are_those_of_the_students_own_graph(get, here):
    x = torch.tensor([1.0, 2.0])
    for names in (get("double"), here["double"]):
        value, (gradient,) = checks.gradient(names, x, times=3, upstream=torch.tensor([1.0, 10.0]))
        assert (value.tolist(), gradient.tolist()) == ([3, 6], [3, 30])


def test_no_gradient_flows_where_the_student_cut_it_off(get):
    assert not get("detached")(torch.ones(2, requires_grad=True)).requires_grad


def test_a_numerical_gradient_asks_the_students_function(get):
    at = torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert torch.allclose(checks.numerical_gradient(get("double"), at), torch.full((2,), 2.0, dtype=torch.float64))


def test_a_seed_makes_both_sides_draw_the_same(peer, get, monkeypatch):
    monkeypatch.setattr(checks, "far", peer)
    checks.seed(3)
    far = get("draw")()
    near = torch.rand(3), np.random.rand()
    assert far[0].tolist() == near[0].tolist() and far[1] == near[1]


# ------------------------------------------------------------------------------------------------------------------ broken


def test_a_broken_wire_cannot_be_swallowed_and_stays_broken(peer, get):
    double, leave = get("double"), get("leave")
    task = checks.task(2)
    with pytest.raises(proxies.Broken), task.part(1, "any error"):
        checks.raises(Exception, leave)
    with pytest.raises(proxies.Broken), task.part(1, "afterwards"):
        double(2)
    assert [part.problem for part in task.parts] == ["it did not finish"] * 2
    assert peer.broken.why == "died"
