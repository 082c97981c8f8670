"""A stand-in for NVIDIA's management library (NVML), below the real Python bindings: functions of C that they call.

Each returns 0, or the number of an error, and writes what it has into its last arguments.
"""

from ctypes import POINTER, c_void_p, cast


class Nvml:
    """A library with GPUs of these UUIDs; ``status`` is what its initialisation returns, ``lost`` what a GPU does."""

    def __init__(self, uuids=(), status=0, lost=0):
        self._uuids, self._status, self._lost = uuids, status, lost

    def nvmlInitWithFlags(self, flags):
        return self._status

    def nvmlDeviceGetCount_v2(self, count):
        count._obj.value = len(self._uuids)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index, handle):
        cast(handle, POINTER(c_void_p))[0] = index.value + 1
        return self._lost

    def nvmlDeviceGetUUID(self, handle, uuid, size):
        uuid.value = self._uuids[cast(handle, c_void_p).value - 1].encode()
        return 0
