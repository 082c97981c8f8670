"""Read a single-file TensorFlow 1 checkpoint (``SaverDef.V1``) without TensorFlow.

Such a file is a LevelDB table (see its ``doc/table_format.md``): blocks of keys and values, each with a checksum, an
index of the blocks, and a footer. The values are protocol buffers, each a ``SavedTensorSlices`` of TensorFlow's
``core/util/saved_tensor_slice.proto``: the first describes all variables, and each of the others holds one.

It is needed only for EnhanceNet, one of the paper's 25 networks, whose authors published only such a file. None of
the workflow's dependencies reads one (TensorBoard has neither the table nor the message), and TensorFlow would be a
second framework beside PyTorch for one file.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

MAGIC = bytes.fromhex("57fb808b247547db")
"""The last eight bytes of a table."""

FOOTER_LENGTH = 48
NOT_COMPRESSED = 0
FLOAT32 = 1
"""``DT_FLOAT`` of TensorFlow's ``core/framework/types.proto``."""


def read_variables(content: bytes) -> dict[str, np.ndarray]:
    """All variables of a checkpoint by name, float32, in TensorFlow's layout.

    Raises ValueError for a damaged file, and for compressed blocks, variables in several slices and types other than
    float32, which this reader does not support. A malformed message may raise IndexError or KeyError.
    """
    messages = (_fields(value) for value in _values(content))
    (description,) = next(messages)[1]
    shapes = {}
    for tensor in map(_fields, _fields(description)[1]):
        name = tensor[1][0].decode()
        if tensor[3] != [FLOAT32]:
            raise ValueError(f"{name} is not of 32-bit floats")
        shapes[name] = [_fields(side)[1][0] for side in _fields(tensor[2][0])[2]]
    variables = {}
    for message in messages:
        part = _fields(message[2][0])
        name, values = part[1][0].decode(), b"".join(_fields(part[3][0])[5])
        variables[name] = np.frombuffer(values, "<f4").reshape(shapes[name])
    if missing := shapes.keys() - variables.keys():
        raise ValueError(f"{min(missing)} is missing")
    return variables


def _values(table: bytes) -> Iterator[bytes]:
    """Yield the values of a table in the order of their keys; the index block lists the other blocks."""
    _, _, offset, size, _ = _varints(table[-FOOTER_LENGTH:], 0, 4)
    behind = 0
    for place in _values_of_block(table, offset, size):
        offset, size, _ = _varints(place, 0, 2)
        if offset < behind:  # otherwise a small file could have any number of blocks
            raise ValueError(f"the block at byte {offset} is listed twice, or overlaps another")
        behind = offset + size
        yield from _values_of_block(table, offset, size)


def _values_of_block(table: bytes, offset: int, size: int) -> Iterator[bytes]:
    """Yield the values of one block; after its ``size`` bytes come a compression byte and a 4-byte checksum."""
    block, checksum = table[offset : offset + size + 1], table[offset + size + 1 : offset + size + 5]
    if int.from_bytes(checksum, "little") != _masked_crc32c(block):
        raise ValueError(f"the checksum of the block at byte {offset} is wrong")
    if block[size] != NOT_COMPRESSED:
        raise ValueError("it is compressed, unlike those that TensorFlow writes")
    restart_points = int.from_bytes(block[size - 4 : size], "little")
    position = 0
    while position < size - 4 * (restart_points + 1):
        _, length_of_key, length, position = _varints(block, position, 3)
        position += length_of_key
        yield block[position : position + length]
        position += length


def _fields(message: bytes) -> dict[int, list[Any]]:
    """Values of each field of a protocol buffer by field number; all except integers as bytes."""
    fields: dict[int, list[Any]] = defaultdict(list)
    position = 0
    while position < len(message):
        tag, position = _varints(message, position, 1)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            number_read, position = _varints(message, position, 1)
            fields[number].append(number_read)
        else:
            if wire_type == 2:
                length, position = _varints(message, position, 1)
            else:
                length = {1: 8, 5: 4}[wire_type]
            fields[number].append(message[position : position + length])
            position += length
    return fields


def _varints(data: bytes, position: int, count: int) -> list[int]:
    """Read ``count`` varints (7 bits per byte, lowest first); returns them and the position after them."""
    values = []
    for _ in range(count):
        value = shift = 0
        while data[position] & 128:
            if shift == 63:
                raise ValueError("an integer in it is longer than 64 bits")
            value |= (data[position] & 127) << shift
            shift += 7
            position += 1
        values.append(value | data[position] << shift)
        position += 1
    return [*values, position]


def _masked_crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), rotated and shifted as LevelDB stores it."""
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder = CRC32C[(remainder ^ byte) & 255] ^ (remainder >> 8)
    checksum = remainder ^ 0xFFFFFFFF
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _crc32c_of_byte(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


CRC32C = [_crc32c_of_byte(byte) for byte in range(256)]
