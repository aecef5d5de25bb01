"""utils.checks: what passes, what does not, and what the student reads."""

import os
import sys
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from utils import arithmetic, checks


@pytest.fixture
def grading(monkeypatch):
    """As under nbgrader's autograde."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    """As in a student's notebook, unless a test asks for grading."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def fails(check, *args, **kwargs):
    """The message of a check that must fail."""
    with pytest.raises(checks.CheckFailed) as failure:
        check(*args, **kwargs)
    return str(failure.value)


def passing_and_failing(points=5):
    task = checks.task(points)
    with task.part(2, "shape"):
        checks.equal(1, 1)
    with task.part(3, "values"):
        checks.equal(4, 5, "f(1)", mistakes={"you left out the + 1": 4})
    return task


# ---------------------------------------------------------------------------------------------------------------- tasks


def test_at_home_a_failed_part_stops_the_notebook_with_a_report_of_all_parts():
    report = fails(passing_and_failing().score)
    assert "✔ shape: 2 of 2 points" in report
    assert "✘ values: 0 of 3 points\n    f(1): you left out the + 1 (got 4, expected 5)" in report


def test_in_grading_the_points_of_the_parts_that_passed_are_returned(grading, capsys):
    assert passing_and_failing().score() == 2.0
    assert "you left out the + 1" in capsys.readouterr().out


def test_at_home_nothing_is_returned_when_all_passes(capsys):
    task = checks.task(2)
    with task.part(2, "shape"):
        pass
    assert task.score() is None
    assert capsys.readouterr().out == "✔ shape: 2 of 2 points\n"


def test_a_student_is_told_how_many_points_hidden_tests_decide(capsys):
    task = checks.task(10)
    with task.part(4, "values"):
        pass
    task.score()
    assert "hidden tests with fresh inputs decide the other 6" in capsys.readouterr().out


def test_full_points_are_a_plain_float_which_nbgrader_can_read(grading):
    task = checks.task(3)
    with task.part(3, "all"):
        pass
    assert type(task.score()) is float


@pytest.mark.parametrize("declared", [(), (3, 3)])
def test_a_task_whose_parts_do_not_add_up_is_the_authors_error(declared):
    task = checks.task(5)
    for number, points in enumerate(declared):
        with task.part(points, f"part {number}"):
            pass
    with pytest.raises(ValueError, match="must add up"):
        task.score()


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit(0), AssertionError(), RecursionError("deep")])
def test_whatever_student_code_raises_costs_its_own_part_only(grading, error):
    task = checks.task(3)
    with task.part(1, "first"):
        raise error
    with task.part(2, "second"):
        pass
    assert task.score() == 2.0


def test_an_interrupt_ends_the_cell_and_its_part_has_not_passed(grading):
    task = checks.task(1)
    with pytest.raises(KeyboardInterrupt), task.part(1, "endless"):
        raise KeyboardInterrupt
    assert task.score() == 0.0


def test_a_check_that_fails_without_words_still_fails(grading):
    task = checks.task(1)
    with task.part(1, "silent"):
        raise checks.CheckFailed
    assert task.score() == 0.0


def test_nothing_reaches_stderr_where_nbgrader_would_take_all_points_for_it(capfd):
    task = checks.task(1)
    with task.part(1, "noisy"):
        warnings.warn("watch out", stacklevel=1)
        print("progress", file=sys.stderr)
        os.write(2, b"from C++\n")
    task.score()
    assert capfd.readouterr().err == ""
    print("back", file=sys.stderr)
    assert capfd.readouterr().err == "back\n"


def test_the_red_report_keeps_to_eighty_columns_and_to_its_words():
    failure = checks.CheckFailed("✘ values: 0 of 3 points\n    " + "your kernel is flipped: that is convolution; " * 4)
    lines = [line.removeprefix("\x1b[31m").removesuffix("\x1b[0m") for line in failure._render_traceback_()]
    assert max(map(len, lines)) <= 80
    assert " ".join(" ".join(lines).split()) == " ".join(str(failure).split())
    assert all(line.startswith("    ") for line in lines[1:])


def run_cell(source, **names):
    """Run a test cell's text under a file name of its own, as a kernel does; the student's names come from this module."""
    exec(compile(source, "<test cell>", "exec"), {"checks": checks, "__name__": "__main__", **names})


def report_of(source, **names):
    """The report of a one-part task that runs this line."""
    cell = f"task = checks.task(1)\nwith task.part(1, 'part'):\n    {source}\ntask.score()"
    return fails(run_cell, cell, **names)


def unwritten(x):
    raise NotImplementedError


def divides(x):
    return x / 0


def test_an_unwritten_answer_is_called_that():
    assert "not written yet: replace `raise NotImplementedError` with your answer" in report_of("f(1)", f=unwritten)


def test_an_error_in_the_students_code_names_the_line():
    report = report_of("f(1)", f=divides)
    assert "your code raised ZeroDivisionError: division by zero" in report
    assert "of divides: return x / 0" in report


def test_an_error_inside_a_library_names_the_students_line():
    def calls_library(x):
        return F.conv2d(x, x)

    report = report_of("f(1)", f=calls_library)
    assert "of calls_library: return F.conv2d(x, x)" in report


def test_a_name_that_is_not_there_asks_to_run_the_cell():
    assert "`output_size` is not there: run the cell with your answer first" in report_of("output_size(7, 3)")


def test_an_answer_with_other_arguments_is_not_blamed_on_a_line_of_the_test():
    report = report_of("f(1, stride=2)", f=divides)
    assert "the test could not use your answer: TypeError: divides() got an unexpected keyword argument 'stride'" in report
    assert "line" not in report


# ---------------------------------------------------------------------------------------------------------- comparisons


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (5, 5),
        ("a", "a"),
        (None, None),
        ([1, 2], [1, 2]),
        ((1, 2), torch.Size([1, 2])),
        (torch.Size([1, 2]), (1, 2)),
        ({"a": [1]}, {"a": [1]}),
        (torch.tensor([1, 2]), torch.tensor([1, 2])),
        (torch.nn.Parameter(torch.ones(2)), torch.ones(2)),
        (torch.ones(3, 2).T, torch.ones(2, 3)),
        (torch.empty(0), torch.empty(0)),
        (torch.tensor(float("inf")), torch.tensor(float("inf"))),
        (float("inf"), float("inf")),
        (np.arange(3), np.arange(3)),
    ],
)
def test_equal_passes(actual, expected):
    checks.equal(actual, expected)
    checks.close(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "says"),
    [
        (True, 1, "got True (bool), expected 1 (int)"),
        (1, True, "got 1 (int), expected True (bool)"),
        (5.0, 5, "got 5.0 (float), expected 5 (int)"),
        (np.int64(5), 5, "int64"),
        (None, 5, "got None (NoneType), expected 5 (int)"),
        ([1, 2], (1, 2), "a list, expected a tuple"),
        ((1, 2), [1, 2], "a tuple, expected a list"),
        ([1], [1, 2], "1 items instead of 2"),
        ([1, 3], [1, 2], "item 1: got 3, expected 2"),
        ({"a": 1}, {"b": 1}, "got the keys ['a'], expected ['b']"),
        ({"a": 1}, {"a": 2}, "'a': got 1, expected 2"),
        (5, torch.tensor(5), "got 5 (int), expected a Tensor of shape ()"),
        ([1.0], torch.tensor([1.0]), "got [1.0] (list), expected a Tensor of shape (1,)"),
        (np.ones(2), torch.ones(2), "got ndarray"),
        (torch.ones(2), torch.ones(1, 2), "got shape (2,), expected (1, 2)"),
        (torch.ones(2).double(), torch.ones(2), "got dtype torch.float64, expected torch.float32"),
        (
            torch.zeros(2, 2),
            torch.tensor([[0.0, 0.0], [0.0, 3.0]]),
            "1 of 4 values are off; the first at [1, 1] is 0, expected 3",
        ),
        (torch.tensor(1.0), torch.tensor(2.0), "1 of 1 values are off; the first is 1, expected 2"),
        (torch.tensor([float("nan")]), torch.tensor([1.0]), "NaN or infinity"),
        (torch.tensor([float("nan")]), torch.tensor([float("nan")]), "values are off"),
        (float("nan"), float("nan"), "got nan"),
        (5.0, float("inf"), "got 5.0, expected inf"),
        (float("-inf"), float("inf"), "got -inf, expected inf"),
        (torch.tensor([5.0]), torch.tensor([float("inf")]), "1 of 1 values are off"),
    ],
)
def test_equal_and_close_say_what_differs(actual, expected, says):
    assert says in fails(checks.equal, actual, expected)
    assert says in fails(checks.close, actual, expected)


def test_close_allows_rounding_and_no_more():
    checks.close(torch.tensor([1.00001]), torch.tensor([1.0]))
    checks.close(0.1 + 0.2, 0.3)
    fails(checks.close, torch.tensor([1.01]), torch.tensor([1.0]))
    fails(checks.equal, torch.tensor([1.00001]), torch.tensor([1.0]))
    checks.close(torch.tensor([1.01]), torch.tensor([1.0]), atol=0.1)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5), st.integers(0, 4))
def test_one_value_that_is_off_is_always_found(values, place):
    expected = torch.tensor(values)
    actual = expected.clone()
    actual[place % len(values)] += 1.0 + 0.01 * abs(actual[place % len(values)])
    fails(checks.close, actual, expected)


def test_a_part_keeps_the_name_of_the_misconception():
    task = checks.task(3)
    mistakes = {"the + 1 is missing": 4}
    for actual in (4, 8, 5):
        with task.part(1, "a size"):
            checks.equal(actual, 5, "f(7)", mistakes=mistakes)
    assert [part.misconception for part in task.parts] == ["the + 1 is missing", None, None]


def test_the_first_misconception_that_gives_the_students_value_is_named():
    mistakes = {"the + 1 is missing": 4, "the stride is ignored": 9, "the stride is ignored, again": 9}
    assert fails(checks.equal, 9, 5, "f(7)", mistakes=mistakes) == "f(7): the stride is ignored (got 9, expected 5)"
    assert fails(checks.equal, 8, 5, "f(7)", mistakes=mistakes) == "f(7): got 8, expected 5"


def test_a_misconception_that_gives_the_right_value_is_never_named():
    assert "ignored" not in fails(checks.equal, 4, 5, mistakes={"the stride is ignored": 5})
    checks.equal(5, 5, mistakes={"the stride is ignored": 5})


def test_misconceptions_of_another_shape_are_recognised():
    message = fails(checks.close, torch.ones(3), torch.ones(2), mistakes={"the border is kept": torch.ones(3)})
    assert message == "the result: the border is kept (got shape (3,), expected (2,))"


def test_misconceptions_can_wait_until_a_check_fails():
    def expensive():
        raise RuntimeError("was called")

    checks.equal(5, 5, mistakes=expensive)
    with pytest.raises(RuntimeError):
        checks.equal(4, 5, mistakes=expensive)
    assert "half" in fails(checks.equal, 4, 5, mistakes=lambda: {"half": 4})


def test_long_values_are_shortened():
    assert len(fails(checks.equal, "x" * 10_000, "y")) < 300


# ------------------------------------------------------------------------------------------------------------- item


def test_item_gives_an_entry_of_a_dictionary_a_tuple_or_a_list():
    assert checks.item({"shapes": 3}, "shapes") == 3
    assert checks.item((1, 2), 1) == 2
    assert checks.item([1, 2], 0) == 1


@pytest.mark.parametrize(
    ("value", "key", "says"),
    [
        (None, "shapes", "got None (NoneType), expected a dictionary"),
        ([1], "shapes", "got [1] (list), expected a dictionary"),
        ({"Shapes": 1}, "shapes", "there is no entry 'shapes', only ['Shapes']"),
        ((1, 2), 2, "got 2 items, expected at least 3"),
        (torch.ones(3), 0, "expected a tuple"),
        ({0: 1}, 0, "expected a tuple"),
    ],
)
def test_item_says_what_is_missing(value, key, says):
    assert says in fails(checks.item, value, key, "what f returns")


# ------------------------------------------------------------------------------------------------------------- raises


def refuses(x, error=ValueError, message="x must be at least 1, got 0"):
    raise error(message)


def accepts(x):
    return 2


def test_raises_passes_for_the_kind_and_the_words():
    checks.raises(ValueError, refuses, 0, mentions=("at least 1", 0))
    checks.raises(LookupError, refuses, 0, error=KeyError)


def test_raises_says_what_happened_instead():
    assert fails(checks.raises, ValueError, accepts, 7) == "accepts(7) returned 2, expected it to raise ValueError"
    assert "raised TypeError (x must be" in fails(checks.raises, ValueError, refuses, 0, error=TypeError)
    message = fails(checks.raises, ValueError, refuses, 0, message="bad", mentions=("2.33",))
    assert message == "refuses(0, message='bad') raised ValueError as it should, but its message ('bad') does not mention 2.33"


def test_a_stub_does_not_pass_for_the_runtime_error_that_it_is_by_inheritance():
    assert "not written yet" in fails(checks.raises, RuntimeError, unwritten, 1)
    assert "not written yet" in fails(checks.raises, Exception, unwritten, 1)
    checks.raises(NotImplementedError, unwritten, 1)


def test_raises_does_not_swallow_an_interrupt():
    with pytest.raises(KeyboardInterrupt):
        checks.raises(Exception, refuses, 0, error=KeyboardInterrupt)


def test_a_tensor_argument_is_shown_by_its_shape():
    assert fails(checks.raises, ValueError, accepts, torch.zeros(2, 3)).startswith("accepts(Tensor(2, 3)) returned 2")


# ----------------------------------------------------------------------------------------------------------- gradients


def square(x, scale=1.0):
    return scale * x**2


def test_gradient_gives_value_and_vector_jacobian_product():
    x = torch.tensor([1.0, 2.0, 3.0])
    value, (gradient,) = checks.gradient(square, x, upstream=torch.tensor([1.0, 10.0, 100.0]), scale=2.0)
    checks.close(value, torch.tensor([2.0, 8.0, 18.0]))
    checks.close(gradient, torch.tensor([4.0, 80.0, 1200.0]))
    assert not value.requires_grad and not x.requires_grad


def test_gradient_by_several_arguments_is_none_where_nothing_depends():
    value, gradients = checks.gradient(lambda a, b, c: a * c, *torch.ones(3, 2), wrt=(0, 1))
    checks.close(gradients[0], torch.ones(2))
    assert gradients[1] is None


@pytest.mark.parametrize("cut", [lambda x: (x**2).detach(), lambda x: torch.tensor((x**2).tolist())])
def test_gradient_says_where_the_graph_is_cut(cut):
    assert "no gradient flows through" in fails(checks.gradient, cut, torch.ones(2))


def test_gradient_needs_a_tensor():
    assert "returned float, expected a torch.Tensor" in fails(checks.gradient, lambda x: 2.0, torch.ones(2))


def test_the_numerical_gradient_agrees_with_autograd():
    generator = torch.Generator().manual_seed(0)
    x, w, upstream = (
        torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in [(1, 2, 4, 5), (3, 2, 2, 2), (1, 3, 3, 4)]
    )
    numerical = checks.numerical_gradient(lambda x: torch.sin(F.conv2d(x, w)), x, upstream=upstream)
    _, (exact,) = checks.gradient(lambda x: torch.sin(F.conv2d(x, w)), x, upstream=upstream)
    checks.close(numerical, exact, atol=1e-4)


def test_the_numerical_gradient_of_a_transposed_view_is_in_its_places():
    x = torch.arange(6, dtype=torch.float64).view(2, 3).T
    checks.close(checks.numerical_gradient(lambda x: x**2, x), 2 * x)


def test_the_numerical_gradient_refuses_single_precision():
    with pytest.raises(TypeError, match="double"):
        checks.numerical_gradient(square, torch.ones(2))


# --------------------------------------------------------------------------------------------------------------- trace


def loops(x):
    total = 0.0
    for value in x:
        total = total + value
    return total


def comprehension(x):
    return sum([value * 1.0 for value in x])


def mapped(x):
    return torch.stack(list(map(lambda value: value * 2, x)))  # noqa: C417


def whole(x):
    return (x * 2).sum()


def asks_library(x):
    return arithmetic.output_size(7, 3)


def renamed(x):
    alias = torch.nn.functional.conv1d
    return alias(x[None, None], x[None, None])


def uses_layer(x):
    return torch.nn.Conv1d(1, 1, 1)(x[None, None])


def uses_autograd(x):
    x = x.clone().requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad((x**2).sum(), x)[0]


def uses_backward(x):
    x = x.clone().requires_grad_()
    (x**2).sum().backward()
    return x.grad


def without_autograd(x):
    with torch.no_grad():
        return x * 2


def test_trace_returns_the_value():
    checks.close(checks.trace(whole, torch.ones(3)).value, torch.tensor(6.0))


def test_trace_counts_operations_by_name():
    assert checks.trace(whole, torch.ones(3)).operations == {"mul": 1, "sum": 1}


def asks_the_checks(x):
    return checks.numerical_gradient(torch.square, x * 1)


def test_trace_records_what_the_code_calls_and_not_its_own_recording():
    assert checks.trace(asks_the_checks, torch.ones(2).double()).calls == {"utils.checks.numerical_gradient": 1}


@pytest.mark.parametrize("slow", [loops, comprehension, mapped])
def test_every_kind_of_loop_shows_as_work_that_grows(slow):
    small, large = (checks.trace(slow, torch.ones(n)) for n in (4, 40))
    assert "there is still a loop that grows with it" in fails(checks.same_work, small, large, "40 values instead of 4")


def test_work_on_whole_tensors_does_not_grow():
    checks.same_work(*(checks.trace(whole, torch.ones(n)) for n in (4, 40)), "40 values instead of 4")


def test_less_work_for_the_larger_problem_is_no_fault():
    large, small = (checks.trace(loops, torch.ones(n)) for n in (4, 40))
    checks.same_work(small, large, "fewer values")


@pytest.mark.parametrize(
    ("f", "forbidden", "named"),
    [
        (asks_library, "utils.arithmetic", "utils.arithmetic.output_size"),
        (asks_library, "utils.arithmetic.output_size", "utils.arithmetic.output_size"),
        (renamed, "convolution", "convolution"),
        (renamed, "*conv*", "convolution"),
        (F.conv1d, "convolution", "convolution"),
        (uses_layer, "torch.nn", "torch.nn.modules.conv.Conv1d"),
        (uses_layer, "convolution", "convolution"),
        (uses_autograd, "torch.autograd.grad", "torch.autograd.grad"),
        (uses_backward, "torch._tensor.Tensor.backward", "torch._tensor.Tensor.backward"),
    ],
)
def test_avoids_finds_the_library_by_whatever_name(f, forbidden, named):
    arguments = (torch.ones(1, 1, 2), torch.ones(1, 1, 2)) if f is F.conv1d else (torch.ones(2),)
    message = fails(checks.avoids, checks.trace(f, *arguments), forbidden, instead="slide the window yourself")
    assert message.startswith(f"your code calls {named}")
    assert message.endswith(", which does the task for you: slide the window yourself")


def test_a_library_function_given_another_name_is_found_when_it_is_the_answer_itself():
    trace = checks.trace(arithmetic.output_size, 7, 3)
    assert "utils.arithmetic.output_size" in fails(checks.avoids, trace, "utils.arithmetic", instead="write it yourself")


def test_avoids_lets_pass_what_is_allowed():
    checks.avoids(checks.trace(whole, torch.ones(2)), "torch", "*conv*", instead="")
    checks.avoids(checks.trace(without_autograd, torch.ones(2)), "torch.autograd.grad", instead="")
    checks.avoids(checks.trace(asks_library, 1), "utils.arithmetic.conv_parameters", "utils.arith", instead="")


def test_a_traced_call_that_raises_leaves_no_trace_behind():
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        checks.trace(divides, 1)
    assert sys.gettrace() is before
    assert checks.trace(whole, torch.ones(2)).operations == {"mul": 1, "sum": 1}


# ---------------------------------------------------------------------------------------------------------------- seed


def test_seed_repeats_torch_numpy_and_random():
    import random

    def draw():
        return torch.rand(1).item(), float(np.random.rand()), random.random()

    checks.seed(3)
    first = draw()
    checks.seed(3)
    assert draw() == first
    checks.seed(4)
    assert draw() != first


def test_processor_time_counts_work_and_not_waiting():
    def work(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
        return "done"

    value, seconds = checks.timed(work, 0.05)
    assert value == "done" and 0.05 <= seconds < 0.5
    assert checks.timed(time.sleep, 0.2)[1] < 0.1


# --------------------------------------------------------------------------- the student's code in a process of its own


class Far:
    """Stands in for a student's function, as utils.grading.proxies does."""

    def far_call(self, function, *args, **kwargs):
        return function(*args, **kwargs)

    def __call__(self, x):
        return 2 * x


def test_trace_does_its_work_where_the_code_runs(monkeypatch):
    there = []
    monkeypatch.setattr(Far, "far_call", lambda self, f, *args, **kwargs: there.append(f.__name__) or f(*args, **kwargs))
    assert checks.trace(Far(), 2).value == 4
    assert there == ["trace_in"]


def test_the_time_of_the_students_process_is_read_from_outside_of_it(monkeypatch):
    times = iter([10.0, 13.0])
    monkeypatch.setattr(checks, "far", SimpleNamespace(cpu=lambda: next(times)))
    value, seconds = checks.timed(Far(), 2)
    assert value == 4 and 3 <= seconds < 3.5


def test_seed_also_seeds_the_process_of_the_student(monkeypatch):
    seeds = []
    monkeypatch.setattr(checks, "far", SimpleNamespace(seed=seeds.append))
    checks.seed(5)
    assert seeds == [5]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ((4, "conv2d", "x / 0"), "your code raised FarValueError: no\n    (line 4 of conv2d: x / 0)"),
        (None, "the test could not use your answer: FarValueError: no"),
    ],
)
def test_an_error_from_the_process_of_the_student_says_its_line_there(where, said):
    class FarValueError(checks.FarError, ValueError):
        pass

    def call():
        error = FarValueError("no")
        error.where = where
        raise error

    task = checks.task(1)
    with task.part(1, "values"):
        call()
    assert said in str(task.parts[0])


def test_a_part_knows_its_line_in_the_test_cell():
    source = "task = checks.task(2)\n\nwith task.part(1, 'a'):\n    pass\nwith task.part(1, 'b'):\n    pass\n"
    names = {"checks": checks}
    exec(source, names)
    assert [part.line for part in names["task"].parts] == [3, 5]
