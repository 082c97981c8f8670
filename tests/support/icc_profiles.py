"""ICC profiles as photos carry them (ICC.1:2001-04), made here of the published primaries and gammas."""

import struct

import numpy as np

ADAPTED_TO_D50 = np.array([[1.0478112, 0.0228866, -0.0501270], [0.0295424, 0.9904844, -0.0170491],
                           [-0.0092345, 0.0150436, 0.7521316]])  # fmt: skip
"""Bradford's adaptation from D65 to D50."""

D65, D50 = (0.3127, 0.3290), (0.3457, 0.3585)

SPACES = {
    "sRGB": ([(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)], D65, "sRGB"),
    "Display P3": ([(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)], D65, "sRGB"),
    "Adobe RGB (1998)": ([(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)], D65, 563 / 256),
    "ProPhoto RGB": ([(0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)], D50, 1.8),
}
"""By name: primaries, white, and the transfer function: a gamma, or that of sRGB (IEC 61966-2-1)."""


def rgb_profile(name, description=None):
    """A profile of class monitor with a matrix and one curve for all channels."""
    _, _, gamma = SPACES[name]
    columns = dict(zip(("rXYZ", "gXYZ", "bXYZ"), map(_xyz, to_xyz(name).T), strict=True))
    curves = dict.fromkeys(("rTRC", "gTRC", "bTRC"), _curve(gamma))
    return profile(b"RGB ", {**columns, **curves}, description or name)


def grey_profile(gamma, description="Gray Gamma"):
    """A profile of class monitor with one curve."""
    return profile(b"GRAY", {"kTRC": _curve(gamma)}, description)


def cmyk_profile(description="Press"):
    """A profile of class printer whose inks make CIELAB by a table of the 16 full overprints."""
    inks = np.array(np.meshgrid(*[[0, 1]] * 4, indexing="ij")).reshape(4, 16).T
    lightness = 100 * (1 - inks[:, 3]) * (1 - inks[:, :3].sum(1) / 4)
    a, b = 40 * (inks[:, 1] - inks[:, 0]), 40 * (inks[:, 2] - inks[:, 1])
    lab = np.stack([lightness * 2.55, a + 128, b + 128], 1).round().clip(0, 255).astype(np.uint8)
    straight = bytes(range(256))
    matrix = struct.pack(">9i", *(round(value * 65536) for value in np.eye(3).flat))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + straight * 4 + lab.tobytes() + straight * 3
    return profile(b"CMYK", {"A2B0": table, "A2B1": table}, description, kind=b"prtr", connection=b"Lab ")


def profile(space, tags, description, kind=b"mntr", connection=b"XYZ "):
    """A profile of these tags and those that every profile has."""
    text = description.encode() + b"\0"
    tags = {
        "desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        "cprt": b"text\0\0\0\0none\0",
        "wtpt": _xyz((0.9642, 1, 0.8249)),
        **tags,
    }
    start, table, content = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name.encode(), start + len(content), len(data))
        content += data + bytes(-len(data) % 4)
    header = struct.pack(">I4sI4s4s4s", start + len(content), b"none", 0x02400000, kind, space, connection)
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + content


def to_xyz(name):
    """The matrix from linear RGB to CIE XYZ relative to D50."""
    primaries, white, _ = SPACES[name]
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    x, y = white
    matrix = columns * np.linalg.solve(columns, [x / y, 1, (1 - x - y) / y])
    return ADAPTED_TO_D50 @ matrix if white == D65 else matrix


def as_srgb(pixels, name):
    """The sRGB colours, uint8, of uint8 pixels (..., 3) of a space, computed without a profile; clipped."""
    _, _, gamma = SPACES[name]
    linear = _decoded(pixels / 255, gamma) @ (np.linalg.inv(to_xyz("sRGB")) @ to_xyz(name)).T
    linear = linear.clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (255 * encoded).round().astype(np.uint8)


def _decoded(values, gamma):
    if gamma == "sRGB":
        return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return values**gamma


def _curve(gamma):
    if gamma != "sRGB":
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    levels = (65535 * _decoded(np.linspace(0, 1, 1024), gamma)).round().astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", 1024) + levels.tobytes()


def _xyz(values):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(float(value) * 65536) for value in values))
