"""The wire: what is sent comes back equal, and whatever bytes come, the reader returns a value or says Malformed, in little time and memory."""

import socket
import struct
import threading
import time
import tracemalloc
from collections import OrderedDict

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from utils.grading import wire

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 200), 1 << 200)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=30,
)


@given(PLAIN)
def test_plain_data_comes_back_equal_and_of_the_same_type(value):
    back = wire.unpack(wire.pack(value))
    assert back == value
    assert repr(back) == repr(value)  # True is not 1, 0.0 is not -0.0


@given(arrays.arrays(st.sampled_from(list(wire.NUMPY)), arrays.array_shapes(min_dims=0, max_dims=4, min_side=0)))
def test_arrays_and_tensors_come_back_with_dtype_and_shape(array):
    back = wire.unpack(wire.pack(array))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()
    tensor = torch.from_numpy(array)
    back = wire.unpack(wire.pack(tensor))
    assert (back.dtype, back.shape) == (tensor.dtype, tensor.shape)
    assert back.numpy().tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(20.0).reshape(4, 5).t(),
        torch.arange(20.0)[::3],
        torch.ones(1, 3).expand(5, 3),
        torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)[1:],
    ],
)
def test_a_view_keeps_its_strides(tensor):
    back = wire.unpack(wire.pack(tensor))
    assert torch.equal(back, tensor)
    assert back.stride() == tensor.stride()


def test_a_small_view_of_much_memory_sends_what_it_shows():
    assert len(wire.pack(torch.zeros(10_000, 1000)[:, 0])) < 100_000


def test_a_tensor_keeps_what_autograd_knows_of_it():
    leaf = torch.ones(2, requires_grad=True)
    parameter = torch.nn.Parameter(torch.ones(2))
    (parameter * 3).sum().backward()
    leaf, parameter = wire.unpack(wire.pack([leaf, parameter]))
    assert leaf.requires_grad and not isinstance(leaf, torch.nn.Parameter)
    assert isinstance(parameter, torch.nn.Parameter) and parameter.grad.tolist() == [3, 3]


def test_special_values_cross():
    values = [
        float("inf"),
        2j,
        torch.Size([1, 2]),
        torch.float64,
        numpy.float32(0.5),
        {1, 2},
        frozenset([3]),
        torch.ones(2, dtype=torch.bfloat16),
    ]
    back = wire.unpack(wire.pack(values))
    assert repr(back) == repr(values)
    assert [type(b) for b in back] == [type(v) for v in values]
    assert numpy.isnan(wire.unpack(wire.pack(float("nan"))))
    assert wire.unpack(wire.pack(OrderedDict(a=1))) == {"a": 1}


def deep(levels):
    return [deep(levels - 1)] if levels else []


@pytest.mark.parametrize(
    "value",
    [
        object(),
        len,
        type("List", (list,), {})(),
        torch.ones(2, device="meta"),
        deep(100),
        [0] * 300_000,
        1 << 10_000,
        bytes(70 << 20),
    ],
    ids=["object", "function", "subclass", "meta", "deep", "many", "int", "bytes"],
)
def test_what_does_not_cross_says_so(value):
    with pytest.raises(wire.Unsendable):
        wire.pack(value)


def test_an_object_crosses_as_a_reference_if_somebody_keeps_it():
    body = wire.pack([print], lambda value: wire.Reference(7, "function", value.__name__))
    assert wire.unpack(body, lambda reference: reference) == [wire.Reference(7, "function", "print")]
    with pytest.raises(wire.Malformed):
        wire.unpack(body)


# ---------------------------------------------------------------------------------------------------------------- bad bytes


def read(body):
    try:
        return wire.unpack(body, lambda reference: reference)
    except wire.Malformed:
        return wire.Malformed


@settings(max_examples=1000)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_value_or_malformed(body):
    read(body)


@settings(max_examples=1000)
@given(PLAIN, st.data())
def test_a_damaged_frame_is_a_value_or_malformed(value, data):
    body = bytearray(wire.pack([value, torch.ones(2, 3).t(), numpy.ones(2)]))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read(body)
    assert read(body[: data.draw(st.integers(0, len(body) - 1))]) is not None


def u32(number):
    return struct.pack("<I", number)


def i64(*numbers):
    return struct.pack(f"<{len(numbers)}q", *numbers)


def tensor(shape, flags, rest, dtype=b"float32"):
    return b"T" + u32(len(dtype)) + dtype + bytes([len(shape)]) + i64(*shape) + bytes([flags]) + rest


CLAIMS = {
    "a long string": b"s" + u32(1 << 31),
    "a long list": b"l" + u32(1 << 31),
    "a list as long as the frame": b"l" + u32(60_000_000) + b"N" * 60_000_000,
    "nested lists": (b"l" + u32(1)) * 100_000 + b"N",
    "a wide nest": (b"l" + u32(50)) * 39 + b"N" * 50,
    "a large tensor": tensor((1 << 30, 1 << 30), 0, u32(4) + b"1234"),
    "an empty tensor of large size": tensor((0, 1 << 40), 0, u32(0)),
    "strides that leave the memory": tensor((2, 2), 8, i64(1 << 30, 1) + u32(4) + b"1234"),
    "negative strides": tensor((2,), 8, i64(-1) + u32(8) + b"12345678"),
    "a tensor of one number, repeated": tensor((1 << 35,), 8, i64(0) + u32(4) + b"1234"),
    "a negative size": tensor((-1,), 0, u32(4) + b"1234"),
    "a gradient of another shape": tensor((1,), 6, u32(4) + b"1234" + tensor((2,), 0, u32(8) + b"12345678")),
    "a gradient that is none": tensor((1,), 6, u32(4) + b"1234N"),
    "an integer that requires grad": tensor((1,), 2, u32(4) + b"1234", b"int32"),
    "a dtype that is none": tensor((1,), 0, u32(4) + b"1234", b"object"),
    "a long whole number": b"I" + u32(1 << 20) + bytes(1 << 20),
    "a list as key": b"d" + u32(1) + b"l" + u32(0) + b"N",
    "text that is not UTF-8": b"s" + u32(1) + b"\xff",
    "bytes after the value": b"NN",
    "an array as scalar": b"n" + u32(7) + b"float32" + bytes([1]) + i64(1) + b"1234",
    "many dimensions": b"a" + u32(7) + b"float32" + bytes([200]) + i64(*[1] * 200) + b"1234",
    "a long name": b"r" + i64(1) + u32(10_000) + b"x" * 10_000 + u32(0),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_false_claim_is_malformed_and_costs_neither_time_nor_memory(name):
    body = CLAIMS[name]
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(wire.Malformed):
        assert wire.unpack(body).numel() == 0
        raise wire.Malformed
    assert time.process_time() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 4 * len(body) + (4 << 20)
    tracemalloc.stop()


def test_a_bool_is_zero_or_one_whatever_byte_came():
    body = wire.pack([torch.tensor([True]), numpy.array([True])])
    first, second = wire.unpack(body.replace(b"\x01" + b"a", b"\x07a")[:-1] + b"\x07")
    assert first.view(torch.uint8).tolist() == [1] and second.view("uint8").tolist() == [1]


# ------------------------------------------------------------------------------------------------------------------- frames


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_frames_follow_each_other(pair):
    for value in (b"a", b"bc"):
        wire.send(pair[0], value)
    assert [wire.receive(pair[1]), wire.receive(pair[1])] == [b"a", b"bc"]


@pytest.mark.parametrize("length", [0, wire.MAX_FRAME + 1, 0xFFFFFFFF])
def test_a_frame_of_no_or_too_large_length_is_malformed(pair, length):
    pair[0].sendall(u32(length))
    with pytest.raises(wire.Malformed):
        wire.receive(pair[1])


def test_a_frame_that_ends_early_is_closed(pair):
    pair[0].sendall(u32(10) + b"abc")
    pair[0].close()
    with pytest.raises(wire.Closed):
        wire.receive(pair[1])


def test_a_claimed_length_alone_takes_no_memory(pair):
    pair[0].sendall(u32(wire.MAX_FRAME) + b"x")
    tracemalloc.start()
    with pytest.raises(wire.Late):
        wire.receive(pair[1], time.monotonic() + 0.1)
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_a_frame_that_drips_is_late(pair):
    stop = threading.Event()

    def drip():
        pair[0].sendall(u32(1000))
        while not stop.wait(0.02):
            pair[0].sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    start = time.monotonic()
    with pytest.raises(wire.Late):
        wire.receive(pair[1], start + 0.3)
    stop.set()
    thread.join()


def test_a_reader_that_does_not_read_makes_the_sender_late(pair):
    with pytest.raises(wire.Late):
        wire.send(pair[0], bytes(10 << 20), time.monotonic() + 0.2)


def test_an_array_that_occurs_twice_is_one_object_on_the_other_side():
    x, y, n = torch.ones(2), torch.ones(2), numpy.zeros(3)
    x.grad = y
    a, (b, c), d, e, f = wire.unpack(wire.pack([x, (x, y), x.grad, n, n]))
    assert a is b and a.grad is not None and c is not a and e is f and d is c
    assert all(value is None or torch.is_tensor(value) for value in wire.unpack(wire.pack([torch.ones(1) for _ in range(100)])))


@pytest.mark.parametrize("place", [0, 1, 7])
def test_an_array_that_has_not_come_cannot_come_again(place):
    body = wire.pack([torch.ones(1), 0])
    assert body.endswith(b"i" + bytes(8))
    with pytest.raises(wire.Malformed):
        wire.unpack(b"l\x01\0\0\0=" + bytes([place, 0, 0, 0]))
    if place:
        with pytest.raises(wire.Malformed):
            wire.unpack(body[:-9] + b"=" + bytes([place, 0, 0, 0]))


def test_a_tensor_is_no_view_of_another():
    strided = torch.ones(3, 2).T
    for tensor in wire.unpack(wire.pack([torch.ones(2, 3, requires_grad=True), strided, torch.ones(()), torch.ones(0, 2)])):
        assert not tensor._is_view()
    assert wire.unpack(wire.pack(strided)).stride() == strided.stride()
