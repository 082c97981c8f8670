"""Reading the files that weights come in, and refusing all others with a reason."""

import functools
import importlib
import io
import operator
import os
import pickle
import struct
import sys
import tarfile
import types
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch

from sr_fingerprints.networks.architectures import build_network
from sr_fingerprints.networks.loading.state_dicts import read_state_dict, read_weights_file
from sr_fingerprints.runtime.errors import InputError

WEIGHTS = {"body.weight": torch.arange(24.0).view(2, 3, 2, 2), "body.bias": torch.tensor([0.5, -1.0])}
NUMPY_NUMBERS = [f"numpy.{core}.multiarray.scalar" for core in ("core", "_core")] + ["numpy.dtype"]


def same(found):
    return found.keys() == WEIGHTS.keys() and all(torch.equal(found[key], WEIGHTS[key]) for key in WEIGHTS)


@pytest.fixture(params=["zip", "legacy"])
def save(request, tmp_path):
    """Writes a file as ``torch.save`` does, now and before version 1.6."""

    def saved(content, **options):
        path = tmp_path / "weights"
        torch.save(content, path, _use_new_zipfile_serialization=request.param == "zip", **options)
        return path

    return saved


class EasyDict(dict):
    """As the class of this name in the package easydict: nested, and its attributes are its items."""

    def __init__(self, items):
        super().__init__()
        for name, value in items.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        value = EasyDict(value) if type(value) is dict else value
        super().__setattr__(name, value)
        super().__setitem__(name, value)

    __setitem__ = __setattr__


@pytest.fixture
def easydict(monkeypatch):
    """The package easydict, while a file is written that needs it."""
    monkeypatch.setitem(sys.modules, "easydict", types.SimpleNamespace(EasyDict=EasyDict))
    monkeypatch.setattr(EasyDict, "__module__", "easydict")
    return EasyDict


class Malicious:
    """Unpickled by Python itself, it would write a file."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (WEIGHTS, {}),
        ({"params_ema": WEIGHTS, "iteration": 3}, {"inside": "params_ema"}),
        ({"model": {"name": "liif", "sd": WEIGHTS}, "epoch": 7}, {"inside": "model.sd"}),
        ({f"module.{key}": value for key, value in WEIGHTS.items()}, {}),
        ({"state_dict": WEIGHTS, "best": np.float64(32.1)}, {"inside": "state_dict", "classes": NUMPY_NUMBERS}),
    ],
)
def test_state_dict_is_found_in_files_of_torch(save, content, where):
    assert same(read_state_dict(save(content), **where))


def test_state_dict_is_found_in_safetensors_whatever_the_suffix(tmp_path):
    for name in ("weights.safetensors", "weights.pth"):
        safetensors.torch.save_file(WEIGHTS, tmp_path / name)
        assert same(read_state_dict(tmp_path / name))
    torch.save(WEIGHTS, tmp_path / "torch.safetensors")
    assert same(read_state_dict(tmp_path / "torch.safetensors"))


def test_classes_of_settings_become_plain_dicts(save, easydict, monkeypatch):
    settings = easydict({"G": {"max_scale": 8, "level_config": [[8, 8], [8]]}, "scale": [2, 4]})
    path = save({"state_dict": WEIGHTS, "params": settings})
    monkeypatch.delitem(sys.modules, "easydict")
    with pytest.raises(InputError, match=r"weights: mentions easydict\.EasyDict, .* among the `classes`"):
        read_state_dict(path, "state_dict")
    assert same(read_state_dict(path, "state_dict", classes=["easydict.EasyDict"]))
    found = read_weights_file(path, ["easydict.EasyDict"])["params"]
    assert found == {"G": {"max_scale": 8, "level_config": [[8, 8], [8]]}, "scale": [2, 4]}
    assert not isinstance(found, EasyDict)


@pytest.mark.parametrize(("function", "name"), [(os.system, r"\w+\.system"), (exec, "exec")])
def test_nothing_in_a_file_is_executed(save, tmp_path, function, name):
    trace = tmp_path / "executed"
    malicious = Malicious(
        function, f"echo > {trace}" if function is os.system else f"open({str(trace)!r}, 'w').close()"
    )
    path = save({"state_dict": WEIGHTS, "extra": malicious})
    with pytest.raises(InputError, match=f"weights: mentions {name}, and nothing is executed"):
        read_state_dict(path, "state_dict")
    assert not trace.exists()
    pickle.loads(pickle.dumps(malicious))
    assert trace.exists()  # so it would have worked


HIDDEN = {
    "functools": (lambda code: Malicious(functools.partial(exec, code)), "functools.partial"),
    "importlib": (lambda _: Malicious(importlib.import_module, "antigravity"), "importlib.import_module"),
    "operator": (lambda code: Malicious(operator.methodcaller("replace", code, ""), "x"), "operator.methodcaller"),
    "numpy": (lambda code: np.array([Malicious(exec, code)], dtype=object), r"numpy\.\w+\.multiarray\._reconstruct"),
    "torch.load": (lambda code: Malicious(torch.load, code), "torch.serialization.load"),
    "torch.hub": (lambda code: Malicious(torch.hub.load, "owner/repository", code), "torch.hub.load"),
    "module": (lambda _: torch.nn.Linear(1, 1), "torch.nn.modules.linear.Linear"),
    "in a tensor": (
        lambda code: Malicious(torch._utils._rebuild_tensor_v2, Malicious(exec, code), 0, (1,), (1,), False, {}),
        "exec",
    ),
    "as a tensor's type": (
        lambda code: Malicious(torch._tensor._rebuild_from_type_v2, exec, torch.Tensor, (code,), {}),
        "exec",
    ),
    "in a parameter's state": (
        lambda code: Malicious(
            torch._utils._rebuild_parameter_with_state, torch.ones(1), False, {}, {"a": Malicious(exec, code)}
        ),
        "exec",
    ),
}
"""Ways to code that do not begin with a call of it, and what has to be refused."""


@pytest.mark.parametrize("way", HIDDEN)
def test_hidden_ways_to_code_are_refused_too(save, tmp_path, way):
    made, name = HIDDEN[way]
    path = save({"state_dict": WEIGHTS, "extra": made(f"open({str(tmp_path / 'executed')!r}, 'w').close()")})
    with pytest.raises(InputError, match=f"weights: mentions {name}, and nothing is executed"):
        read_state_dict(path, "state_dict")
    assert not (tmp_path / "executed").exists()


def test_files_of_the_oldest_torch_are_refused(tmp_path):
    """Before version 0.1.10 they were tar archives, with a pickle that nothing restricts."""
    path = tmp_path / "weights.pth"
    content = pickle.dumps(Malicious(exec, f"open({str(tmp_path / 'executed')!r}, 'w').close()"))
    with tarfile.open(path, "w") as archive:
        for name in ("sys_info", "storages", "tensors", "pickle"):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    with pytest.raises(InputError, match=r"weights.pth: begins with b'sys_info.*; expected a whole file of torch"):
        read_state_dict(path)
    assert not (tmp_path / "executed").exists()


def test_allowing_a_class_does_not_execute_it_either(save, tmp_path):
    trace = tmp_path / "executed"
    path = save({"state_dict": WEIGHTS, "extra": Malicious(exec, f"open({str(trace)!r}, 'w').close()")})
    assert same(read_state_dict(path, "state_dict", classes=["builtins.exec"]))
    assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        (
            {"params": WEIGHTS, "iteration": 3},
            {},
            "at the top level, only a dict of 'params', 'iteration'; .* 'params'",
        ),
        (
            {"a": {"params": WEIGHTS}},
            {"inside": "a.sd"},
            "at 'a.sd', only a dict of 'params'; expected 'a.params'",
        ),
        (WEIGHTS, {"inside": "params.ema"}, "at 'params.ema', only .* 'body.bias'; expected the top level"),
        (
            {"G": {"epoch": 3}},
            {"inside": "G.epoch"},
            "at 'G.epoch', only a value of type int; expected another file",
        ),
        ({"params": {}}, {"inside": "params"}, "at 'params', only an empty dict; expected another file"),
        ([WEIGHTS], {}, "holds a value of type list; expected a dict of tensors"),
    ],
)
def test_another_layout_is_described(save, content, where, reason):
    path = save(content)
    with pytest.raises(InputError, match=f"{path}: .*{reason}") as error:
        read_state_dict(path, **where)
    assert "\n" not in str(error.value)


def write_zip(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4")
@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda path: None, "cannot be read .No such file"),
        (lambda path: path.mkdir(), "cannot be read .Is a directory"),
        (lambda path: path.write_bytes(b""), "is empty; expected"),
        (lambda path: path.write_text("<!DOCTYPE html><html>"), "begins with .*<!DOCTYPE html>.*; expected"),
        (
            lambda path: path.write_bytes(pickle.dumps({"a": 1})),
            "begins with .*; expected a whole file of torch",
        ),
        (
            lambda path: write_zip(path, "proSR/proSR_x4.pth", "README"),
            "a zip archive of 'proSR/proSR_x4.pth', 'README'; expected the file of weights in it",
        ),
        (
            lambda path: write_zip(path, "a/data.pkl", "a/constants.pkl"),
            "a TorchScript program; expected a state dict",
        ),
        (
            lambda path: torch.save(WEIGHTS, path, pickle_protocol=4),
            "cannot be read without executing it .Unsupported operand",
        ),
    ],
)
def test_other_files_are_described(tmp_path, write, reason):
    path = tmp_path / "weights.pth"
    write(path)
    with pytest.raises(InputError, match=f"weights.pth: {reason}") as error:
        read_state_dict(path)
    assert "\n" not in str(error.value)


def write_safetensors(path):
    safetensors.torch.save_file(WEIGHTS, path)


def write_tensorflow(path):
    path.write_bytes(table_of(VARIABLES))


@pytest.mark.parametrize(
    "write",
    [
        lambda path: torch.save(WEIGHTS, path),
        lambda path: torch.save(WEIGHTS, path, _use_new_zipfile_serialization=False),
        write_safetensors,
        write_tensorflow,
    ],
)
def test_a_file_cut_anywhere_is_refused(tmp_path, write):
    path = tmp_path / "weights"
    write(path)
    content = path.read_bytes()
    for length in {1, 8, 30, len(content) // 2, len(content) - 60, len(content) - 1}:
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match=f"{path}: "):
            read_state_dict(path)


@pytest.mark.parametrize("write", [lambda path: torch.save(WEIGHTS, path), write_tensorflow])
def test_a_changed_weight_is_noticed_where_there_are_checksums(tmp_path, write):
    path = tmp_path / "weights"
    write(path)
    content = bytearray(path.read_bytes())
    content[content.index(struct.pack("<2f", 0.5, -1.0))] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"weights: damaged or cut short \(the checksum"):
        read_state_dict(path)


# ---- Small files that would fill the memory or never end ----


def in_itself():
    checkpoint = {"step": 1}
    checkpoint["checkpoint"] = checkpoint
    return checkpoint


def doubled(depth):
    """As text 2 ** ``depth`` dicts."""
    checkpoint = {"step": 1}
    for _ in range(depth):
        checkpoint = {"a": checkpoint, "b": checkpoint}
    return checkpoint


@pytest.mark.parametrize("content", [in_itself(), doubled(100)], ids=["in itself", "doubled"])
def test_dicts_within_dicts_without_end_are_gone_through_once(save, content):
    with pytest.raises(InputError, match=r"no state dict at the top level, .* expected another file"):
        read_state_dict(save(content))


def test_dicts_nested_deeper_than_python_recurses_are_described(tmp_path):
    depth = 20_000
    with zipfile.ZipFile(tmp_path / "weights", "w") as archive:
        archive.writestr("a/version", "3")
        archive.writestr("a/data.pkl", b"\x80\x02" + b"}U\x01a" * depth + b"}" + b"s" * depth + b".")
    with pytest.raises(InputError, match=r"weights: no state dict at the top level, only a dict of 'a'"):
        read_state_dict(tmp_path / "weights")


def test_a_tensor_that_claims_more_numbers_than_the_file_has_is_refused(save):
    """spandrel would build a network of its shape."""
    path = save({"conv.weight": torch.zeros(1).expand(10**6, 10**6)})
    with pytest.raises(
        InputError, match=r"weights: 4,000,000,000,000 bytes as tensors, of a file of [\d,]+; expected"
    ):
        read_state_dict(path)


def test_weights_that_two_layers_share_are_no_such_claim(save):
    shared = torch.zeros(3, 3)
    assert read_state_dict(save({"first": shared, "second": shared, "third": shared})).keys() == {
        "first",
        "second",
        "third",
    }


def test_memory_asked_for_by_a_number_is_refused(save):
    """torch admits bytearray, which takes as much memory as it is told to."""
    path = save({"state_dict": WEIGHTS, "extra": Malicious(bytearray, 1 << 40)})
    with pytest.raises(InputError, match="weights: mentions bytearray; expected"):
        read_state_dict(path, "state_dict")


def test_a_second_pickle_in_the_archive_hides_nothing(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({"extra": Malicious(bytearray, 1 << 40)}, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("another/data.pkl", pickle.dumps({}, protocol=2))
    with pytest.raises(InputError, match=r"weights.pth: mentions bytearray"):
        read_state_dict(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(WEIGHTS, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights/data/9", bytes(50_000_000))
    with pytest.raises(InputError, match=r"weights.pth: 50,\d+,\d+ bytes unpacked, of a file of \d\d,\d+; expected"):
        read_state_dict(path)


def test_integers_of_tensorflow_end(tmp_path):
    """Each further byte of one takes as long as all before it: a million would take hours."""
    table = table_of(VARIABLES)
    (tmp_path / "weights").write_bytes(table[:-48] + b"\xff" * 40 + table[-8:])
    with pytest.raises(InputError, match=r"weights: damaged or cut short .an integer in it is longer than 64 bits"):
        read_state_dict(tmp_path / "weights")


def test_blocks_of_tensorflow_are_read_once(tmp_path):
    """An index may list a block a million times, and each would be read and its checksum computed."""
    (tmp_path / "weights").write_bytes(table_of(VARIABLES, listed=2))
    with pytest.raises(InputError, match=r"weights: .*the block at byte 0 is listed twice"):
        read_state_dict(tmp_path / "weights")


VARIABLES = {
    "generator/Conv/biases": np.array([0.5, -1], "<f4"),
    "generator/Conv/weights": np.arange(36, dtype="<f4").reshape(3, 3, 2, 2),
    "step": np.array(7, "<f4"),
}


def test_checksums_are_those_of_leveldb():
    assert with_checksum(b"12345678", ord("9")) == b"123456789" + struct.pack("<I", 0xC78AB0E5)  # masked 0xE3069283


def test_variables_of_tensorflow_have_the_layout_of_torch(tmp_path):
    write_tensorflow(tmp_path / "weights")
    found = read_state_dict(tmp_path / "weights")
    assert found.keys() == VARIABLES.keys()
    assert found["generator/Conv/biases"].tolist() == [0.5, -1]
    assert found["step"].shape == ()
    weights, theirs = found["generator/Conv/weights"], VARIABLES["generator/Conv/weights"]
    assert weights.shape == (2, 2, 3, 3)
    assert weights.is_contiguous()
    assert weights[1, 0, 2, 1] == theirs[2, 1, 0, 1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"data_type": 3}, "generator/Conv/biases is not of 32-bit floats"),
        ({"compression": 1}, "it is compressed"),
        ({"missing": "step"}, "step is missing"),
    ],
)
def test_what_is_not_known_of_tensorflow_is_refused(tmp_path, changes, reason):
    (tmp_path / "weights").write_bytes(table_of(VARIABLES, **changes))
    with pytest.raises(InputError, match=f"weights: .*{reason}"):
        read_state_dict(tmp_path / "weights")


def test_enhancenet_loads_from_its_variables(tmp_path):
    network = build_network("EnhanceNet", 4)
    weights = network.state_dict()
    theirs = {key: (each.permute(2, 3, 1, 0) if each.ndim == 4 else each).numpy() for key, each in weights.items()}
    (tmp_path / "weights").write_bytes(table_of(theirs))
    other = build_network("EnhanceNet", 4)
    other.load_state_dict(read_state_dict(tmp_path / "weights"))
    assert all(torch.equal(weights[key], found) for key, found in other.state_dict().items())


def table_of(variables, data_type=1, compression=0, missing=None, listed=1):
    """A checkpoint of TensorFlow 1: two blocks, the second with shared beginnings of keys, an index and a footer."""
    tensors = [
        field(1, name.encode()) + field(2, b"".join(field(2, field(1, n)) for n in each.shape)) + field(3, data_type)
        for name, each in variables.items()
    ]
    description = field(1, b"".join(field(1, tensor) for tensor in tensors))
    saved = [
        (name.encode(), field(2, field(1, name.encode()) + field(3, field(5, np.ascontiguousarray(each).tobytes()))))
        for name, each in variables.items()
        if name != missing
    ]
    table, places = b"", []
    for entries in ([(b"", description)], saved):
        places.append((b"key", varint(len(table)) + varint(len(block(entries)))))
        table += with_checksum(block(entries), compression)
    index = block(places * listed)
    footer = varint(0) + varint(0) + varint(len(table)) + varint(len(index))
    return table + with_checksum(index, 0) + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def block(entries):
    content, before = b"", b""
    for key, value in entries:
        shared = next((i for i, (a, b) in enumerate(zip(key, before, strict=False)) if a != b), 0)
        content += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return content + struct.pack("<2I", 0, 1)


def with_checksum(content, compression):
    content += bytes([compression])
    remainder = 0xFFFFFFFF
    for byte in content:
        remainder = remainder >> 8 ^ REMAINDERS[(remainder ^ byte) & 255]
    checksum = remainder ^ 0xFFFFFFFF
    return content + struct.pack("<I", ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def remainders():
    """What each byte leaves when it is divided by the polynomial of CRC-32C."""
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, values >> 1 ^ 0x82F63B78, values >> 1)
    return values.tolist()


REMAINDERS = remainders()


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value):
    return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])
