"""Plain data between two processes that do not trust each other, over a stream socket.

A frame is the length of its body (4 bytes) and the body: one value, as a tag byte and what belongs to it, all numbers little-endian.
What crosses: None, bool, int, float, complex, str, bytes, list, tuple, dict, set, slice, torch tensors, NumPy arrays and scalars,
torch.Size and torch.dtype; of any other object only a `Reference`. A tensor or array that occurs twice is one object on the other side too.
An exception crosses as names and text, in a dict.

The reader runs nothing that it reads, and allocates no more than a small multiple of the bytes that really came: every length is held
against what is left of the frame, and the frame, the number of values and their depth have limits. Whatever is wrong is `Malformed`.
"""

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy
import torch

MAX_FRAME = 64 << 20  # bytes
MAX_VALUES = 200_000
MAX_DEPTH = 40
MAX_DIMENSIONS = 16
MAX_INT_BYTES = 512  # of one whole number
MAX_REFERENCE = 200  # characters of a reference's kind and name together


class Malformed(Exception):
    """What came is no frame of this format, or breaks a limit."""


class Closed(Exception):
    """The other side is gone."""


class Late(Exception):
    """The deadline passed."""


class Unsendable(TypeError):
    """This value does not cross, and the message says why."""


@dataclass(frozen=True)
class Reference:
    """An object that stays where it is. `number`: under which its owner keeps it; `kind`: what it is, such as "function"; `name`: of its type or its own."""

    number: int
    kind: str
    name: str


DTYPES = (
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
)
TORCH = {name: getattr(torch, name) for name in DTYPES}
NUMPY = {name: numpy.dtype(name) for name in DTYPES if name != "bfloat16"}
_TORCH_NAMES = {dtype: name for name, dtype in TORCH.items()}
_NUMPY_NAMES = {dtype: name for name, dtype in NUMPY.items()}

_U8, _U32, _I64, _F64 = struct.Struct("<B"), struct.Struct("<I"), struct.Struct("<q"), struct.Struct("<d")
_PARAMETER, _REQUIRES_GRAD, _HAS_GRAD, _STRIDED = 1, 2, 4, 8
_COLLECTIONS = {list: b"l", tuple: b"t", set: b"e", frozenset: b"z", torch.Size: b"Z"}

# ------------------------------------------------------------------------------------------------------------------ frames


def send(sock: socket.socket, body: bytes, deadline: float | None = None) -> None:
    """Send one frame before `deadline`, a value of time.monotonic(). Raises Late or Closed."""
    left = memoryview(_U32.pack(len(body)) + body)
    while left:
        _set_timeout(sock, deadline)
        try:
            left = left[sock.send(left) :]
        except TimeoutError:
            raise Late() from None
        except OSError:
            raise Closed() from None


def receive(sock: socket.socket, deadline: float | None = None) -> bytearray:
    """The body of the next frame, if all of it comes before `deadline`. Raises Late, Closed or Malformed."""
    (length,) = _U32.unpack(_exactly(sock, _U32.size, deadline))
    if not 0 < length <= MAX_FRAME:
        raise Malformed(f"a frame of {length} bytes")
    return _exactly(sock, length, deadline)


def _exactly(sock, length, deadline) -> bytearray:
    body = bytearray()
    while len(body) < length:  # grows with what came, so that a claimed length alone takes no memory
        _set_timeout(sock, deadline)
        try:
            piece = sock.recv(min(length - len(body), 1 << 20))
        except TimeoutError:
            raise Late() from None
        except OSError:
            raise Closed() from None
        if not piece:
            raise Closed()
        body += piece
    return body


def _set_timeout(sock, deadline):
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        raise Late()
    sock.settimeout(left)


# ----------------------------------------------------------------------------------------------------------------- writing


def pack(value, refer: Callable[[object], Reference] | None = None) -> bytes:
    """One value as the body of a frame.

    Parameters
    ----------
    refer : function
        Given an object that does not cross, returns the Reference that stands for it, or raises Unsendable.

    Raises
    ------
    Unsendable
        If a part of the value does not cross, or it breaks a limit of the format.
    """
    out = bytearray()
    _write(value, out, refer, 0, _Written())
    if len(out) > MAX_FRAME:
        raise Unsendable(f"too large: {len(out):,} bytes, the limit is {MAX_FRAME:,}")
    return bytes(out)


class _Written:
    """What a frame holds so far: the number of its values, and its arrays, of which each is written once."""

    def __init__(self):
        self.values, self.arrays = 0, {}

    def hold(self, array) -> None:
        """Give it the next number, and keep it, so that no other array gets its id."""
        self.arrays[id(array)] = len(self.arrays), array


def _write(value, out, refer, depth, written):
    written.values += 1
    if depth > MAX_DEPTH:
        raise Unsendable(f"nested more than {MAX_DEPTH} levels deep")
    if written.values > MAX_VALUES:
        raise Unsendable(f"more than {MAX_VALUES:,} values")
    kind = type(value)
    if value is None:
        out += b"N"
    elif kind is bool:
        out += b"1" if value else b"0"
    elif kind is int:
        _write_int(value, out)
    elif kind is float:
        out += b"f" + _F64.pack(value)
    elif kind is complex:
        out += b"c" + _F64.pack(value.real) + _F64.pack(value.imag)
    elif kind is str:
        _write_bytes(b"s", value.encode("utf-8", "replace"), out)
    elif kind is bytes:
        _write_bytes(b"b", value, out)
    elif kind in _COLLECTIONS:
        out += _COLLECTIONS[kind] + _U32.pack(len(value))
        for item in value:
            _write(item, out, refer, depth + 1, written)
    elif isinstance(value, dict):  # OrderedDict and the like compare as dict does
        out += b"d" + _U32.pack(dict.__len__(value))
        for key, item in dict.items(value):
            _write(key, out, refer, depth + 1, written)
            _write(item, out, refer, depth + 1, written)
    elif id(value) in written.arrays:
        out += b"=" + _U32.pack(written.arrays[id(value)][0])
    elif isinstance(value, torch.Tensor):
        written.hold(value)
        _write_tensor(value, out, refer, depth, written)
    elif isinstance(value, numpy.ndarray | numpy.generic) and value.dtype in _NUMPY_NAMES:
        scalar = isinstance(value, numpy.generic)
        if not scalar:
            written.hold(value)
        array = numpy.ascontiguousarray(numpy.asarray(value))
        _write_head(b"n" if scalar else b"a", _NUMPY_NAMES[value.dtype], numpy.shape(value), out)
        out += array.tobytes()
    elif kind is slice:
        out += b"S"
        for item in (value.start, value.stop, value.step):
            _write(item, out, refer, depth + 1, written)
    elif kind is torch.dtype and value in _TORCH_NAMES:
        _write_bytes(b"y", _TORCH_NAMES[value].encode(), out)
    elif isinstance(value, Reference):
        _write_reference(value, out)
    elif refer is not None:
        _write_reference(refer(value), out)
    else:
        raise Unsendable(f"an object of type {kind.__name__}")


def _write_int(value, out):
    if -(1 << 63) <= value < 1 << 63:
        out += b"i" + _I64.pack(value)
        return
    size = value.bit_length() // 8 + 1
    if size > MAX_INT_BYTES:
        raise Unsendable(f"a whole number of {size} bytes")
    _write_bytes(b"I", value.to_bytes(size, "little", signed=True), out)


def _write_bytes(tag, data, out):
    if len(data) > MAX_FRAME:
        raise Unsendable(f"too large: {len(data):,} bytes, the limit is {MAX_FRAME:,}")
    out += tag + _U32.pack(len(data)) + data


def _write_head(tag, dtype, shape, out):
    if len(shape) > MAX_DIMENSIONS:
        raise Unsendable(f"{len(shape)} dimensions")
    _write_bytes(tag, dtype.encode(), out)
    out += _U8.pack(len(shape)) + b"".join(_I64.pack(size) for size in shape)


def _write_tensor(value, out, refer, depth, written):
    if value.layout is not torch.strided or value.device.type != "cpu" or value.dtype not in _TORCH_NAMES:
        raise Unsendable(f"a {value.layout} tensor of {value.dtype} on {value.device}")
    flags = _PARAMETER * isinstance(value, torch.nn.Parameter) + _REQUIRES_GRAD * bool(value.requires_grad)
    grad = value.grad if value.is_leaf else None
    data = value.detach().resolve_conj().resolve_neg()
    # A view keeps its strides, so that what needs contiguous memory fails on the far side as it does here.
    span = 1 + sum((size - 1) * stride for size, stride in zip(data.shape, data.stride(), strict=True)) if data.numel() else 0
    strided = not data.is_contiguous() and span <= 4 * data.numel()
    _write_head(b"T", _TORCH_NAMES[value.dtype], data.shape, out)
    out += _U8.pack(flags + _HAS_GRAD * (grad is not None) + _STRIDED * strided)
    if strided:
        out += b"".join(_I64.pack(stride) for stride in data.stride())
    flat = data.as_strided((span,), (1,)) if strided else data.contiguous().as_strided((data.numel(),), (1,))
    _write_bytes(b"", flat.view(torch.uint8).numpy().data if flat.numel() else b"", out)
    if grad is not None:
        _write(grad.detach(), out, refer, depth + 1, written)


def _write_reference(reference, out):
    out += b"r" + _I64.pack(reference.number)
    for text in (reference.kind, reference.name):
        _write_bytes(b"", text.encode("utf-8", "replace")[:MAX_REFERENCE], out)


# ----------------------------------------------------------------------------------------------------------------- reading


def unpack(body, resolve: Callable[[Reference], object] | None = None):
    """The value of a frame's body.

    Parameters
    ----------
    resolve : function
        Given a Reference, returns the object that it stands for, or raises Malformed; None if no reference may come.

    Raises
    ------
    Malformed
    """
    reader = _Reader(memoryview(body), resolve)
    try:
        value = reader.value(0)
    except Malformed:
        raise
    except Exception as error:  # what is unhashable, not UTF-8, too large for torch
        raise Malformed(f"{type(error).__name__}") from None
    if reader.at != len(body):
        raise Malformed("bytes after the value")
    return value


class _Reader:
    def __init__(self, body, resolve):
        self.body, self.resolve, self.at, self.values, self.arrays = body, resolve, 0, 0, []

    def take(self, size: int):
        if size > len(self.body) - self.at:
            raise Malformed("the frame ends too early")
        self.at += size
        return self.body[self.at - size : self.at]

    def number(self, form: struct.Struct):
        return form.unpack(self.take(form.size))[0]

    def bytes(self):
        return self.take(self.number(_U32))

    def text(self, limit: int) -> str:
        data = self.bytes()
        if len(data) > limit:
            raise Malformed("a name is too long")
        return str(data, "utf-8")

    def count(self) -> int:
        count = self.number(_U32)
        if count > len(self.body) - self.at or self.values + count > MAX_VALUES:
            raise Malformed("too many values")
        return count

    def value(self, depth: int):
        self.values += 1
        if depth > MAX_DEPTH or self.values > MAX_VALUES:
            raise Malformed("too deep or too many values")
        tag = bytes(self.take(1))
        read = _READ.get(tag)
        if read is None:
            raise Malformed(f"the tag {tag!r}")
        return read(self, depth)

    def collection(self, depth: int) -> list:
        return [self.value(depth + 1) for _ in range(self.count())]

    def dictionary(self, depth: int) -> dict:
        result = {}
        for _ in range(self.count()):
            key = self.value(depth + 1)
            result[key] = self.value(depth + 1)
        return result

    def integer(self, depth: int) -> int:
        data = self.bytes()
        if not 0 < len(data) <= MAX_INT_BYTES:
            raise Malformed("a whole number is too long")
        return int.from_bytes(data, "little", signed=True)

    def head(self, dtypes: dict):
        """dtype and shape of an array; the shape may still claim anything."""
        dtype = dtypes.get(self.text(16))
        dimensions = self.number(_U8)
        if dtype is None or dimensions > MAX_DIMENSIONS:
            raise Malformed("dtype or dimensions of an array")
        return dtype, self.sizes(dimensions)

    def sizes(self, dimensions: int) -> tuple:
        sizes = tuple(self.number(_I64) for _ in range(dimensions))
        if any(not 0 <= size <= 1 << 40 for size in sizes):
            raise Malformed("a size of an array")
        return sizes

    def known(self, read: Callable, depth: int):
        """An array, kept for `again`."""
        place = len(self.arrays)
        self.arrays.append(None)
        self.arrays[place] = read(self, depth)
        return self.arrays[place]

    def again(self, depth: int):
        place = self.number(_U32)
        if place >= len(self.arrays) or self.arrays[place] is None:
            raise Malformed("an array that has not come yet")
        return self.arrays[place]

    def array(self, depth: int):
        dtype, shape = self.head(NUMPY)
        flat = numpy.frombuffer(bytearray(self.take(prod(shape) * dtype.itemsize)), dtype)
        return (flat.view("uint8") != 0 if dtype.kind == "b" else flat).reshape(shape)  # a bool is 0 or 1, whatever byte came

    def scalar(self, depth: int):
        array = self.array(depth)
        if array.shape:
            raise Malformed("a scalar with a shape")
        return array[()]

    def tensor(self, depth: int):
        dtype, shape = self.head(TORCH)
        flags = self.number(_U8)
        strides = self.sizes(len(shape)) if flags & _STRIDED else None
        data = bytearray(self.bytes())
        flat = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
        if dtype is torch.bool:
            flat = flat.view(torch.uint8) != 0
        if strides is None:
            if prod(shape) != flat.numel():
                raise Malformed("a tensor's shape and its bytes")
            tensor = flat.reshape(shape)
        else:
            span = 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True)) if prod(shape) else 0
            if span != flat.numel() or prod(shape) > 4 * MAX_FRAME:
                raise Malformed("a tensor's strides and its bytes")
            tensor = flat.as_strided(shape, strides)
        tensor = flat.new_empty(0).set_(tensor)  # not as a view of `flat`: autograd treats views otherwise
        requires_grad = bool(flags & _REQUIRES_GRAD)
        if flags & _PARAMETER:
            tensor = torch.nn.Parameter(tensor, requires_grad)
        elif requires_grad:
            tensor.requires_grad_()
        if flags & _HAS_GRAD:
            grad = self.value(depth + 1)
            if not isinstance(grad, torch.Tensor):
                raise Malformed("a gradient that is no tensor")
            tensor.grad = grad
        return tensor

    def dtype(self, depth: int):
        name = self.text(16)
        if name not in TORCH:
            raise Malformed("a dtype")
        return TORCH[name]

    def reference(self, depth: int):
        number = self.number(_I64)
        reference = Reference(number, self.text(MAX_REFERENCE), self.text(MAX_REFERENCE))
        if self.resolve is None:
            raise Malformed("a reference")
        return self.resolve(reference)


_READ = {
    b"N": lambda reader, depth: None,
    b"0": lambda reader, depth: False,
    b"1": lambda reader, depth: True,
    b"i": lambda reader, depth: reader.number(_I64),
    b"I": _Reader.integer,
    b"f": lambda reader, depth: reader.number(_F64),
    b"c": lambda reader, depth: complex(reader.number(_F64), reader.number(_F64)),
    b"s": lambda reader, depth: str(reader.bytes(), "utf-8"),
    b"b": lambda reader, depth: bytes(reader.bytes()),
    b"l": _Reader.collection,
    b"t": lambda reader, depth: tuple(reader.collection(depth)),
    b"e": lambda reader, depth: set(reader.collection(depth)),
    b"z": lambda reader, depth: frozenset(reader.collection(depth)),
    b"Z": lambda reader, depth: torch.Size(reader.collection(depth)),
    b"d": _Reader.dictionary,
    b"S": lambda reader, depth: slice(reader.value(depth + 1), reader.value(depth + 1), reader.value(depth + 1)),
    b"a": lambda reader, depth: reader.known(_Reader.array, depth),
    b"n": _Reader.scalar,
    b"T": lambda reader, depth: reader.known(_Reader.tensor, depth),
    b"=": _Reader.again,
    b"y": _Reader.dtype,
    b"r": _Reader.reference,
}
