"""The operations that a network may be made of: what PyTorch records of a forward pass, and what that stands for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import torch

from grader.checks.operations import NotReplayable, UnknownOperation
from grader.inside.known_operations import ALLOWED

# Operations whose twin that writes nothing, and reads no memory that nobody wrote, has another name.
_TWINS = {
    "aten.pow_.Scalar": ("pow", "Tensor_Scalar"),
    "aten.pow_.Tensor": ("pow", "Tensor_Tensor"),
    "aten.float_power_.Scalar": ("float_power", "Tensor_Scalar"),
    "aten.float_power_.Tensor": ("float_power", "Tensor_Tensor"),
    "aten.floor_divide_.Tensor": ("floor_divide", "default"),
    "aten.transpose_.default": ("transpose", "int"),
    "aten.__iand__.Scalar": ("__and__", "Scalar"),
    "aten.__iand__.Tensor": ("__and__", "Tensor"),
    "aten.__ior__.Scalar": ("__or__", "Scalar"),
    "aten.__ior__.Tensor": ("__or__", "Tensor"),
    "aten.__ixor__.Scalar": ("__xor__", "Scalar"),
    "aten.__ixor__.Tensor": ("__xor__", "Tensor"),
    "aten.empty.memory_format": ("zeros", "default"),
    "aten.empty_like.default": ("zeros_like", "default"),
    "aten.new_empty.default": ("new_zeros", "default"),
    "aten.cudnn_batch_norm.default": ("native_batch_norm", "default"),
    # The formula: what a processor runs in its place depends on the processor, and does not check all sizes.
    "aten.scaled_dot_product_attention.default": ("_scaled_dot_product_attention_math", "default"),
    "aten._scaled_dot_product_flash_attention_for_cpu.default": ("_scaled_dot_product_attention_math", "default"),
}
# Of these, only overloads whose sizes are known before they run; most others read sizes out of a tensor.
_OVERLOADS = {
    **dict.fromkeys(("addmm", "baddbmm", "bmm", "einsum", "mm", "narrow"), ("default",)),
    "gru": ("input",),
    "index": ("Tensor",),
    "index_put": ("default",),
    "lstm": ("input",),
    "repeat_interleave": ("self_int",),
    "rnn_relu": ("input",),
    "rnn_tanh": ("input",),
    "tensor_split": ("sections", "indices"),
    "to": ("device", "dtype", "dtype_layout", "other"),
    "view": ("default",),  # the other one reads the bits as other numbers
    "where": ("Scalar", "ScalarOther", "ScalarSelf", "self"),
}


@lru_cache(maxsize=1)
def _names_in_pytorch() -> frozenset[str]:
    listed = torch._C._dispatch_get_all_op_names()
    return frozenset(name.removeprefix("aten::").partition(".")[0] for name in listed if name.startswith("aten::"))


@lru_cache(maxsize=1024)
def operation(op: str, name: str) -> torch._ops.OpOverload:
    """A known operation that only makes new tensors. The overload is a name out of PyTorch's own list:
    looking up any other attribute could change PyTorch itself.

    Raises NotReplayable, and UnknownOperation for what PyTorch has and the grader has not.
    """
    if name not in ALLOWED or not op.startswith("aten."):
        # A real operation of PyTorch is our gap, not the student's mistake.
        kind = UnknownOperation if op.startswith("aten.") and op.split(".")[1] in _names_in_pytorch() else NotReplayable
        raise kind(f"operation {op[:80]!r} is not known here")
    name, overload = _TWINS.get(op) or (name, op.partition(".")[2].partition(".")[2] or "default")
    packet = getattr(torch.ops.aten, name)
    if overload in packet.overloads() and overload not in _OVERLOADS.get(name, (overload,)):
        raise UnknownOperation(f"operation {op[:80]!r} is not known here")
    found = getattr(packet, overload) if overload in packet.overloads() else None
    if not isinstance(found, torch._ops.OpOverload) or found._schema.is_mutable or not _makes_tensors(found):
        raise NotReplayable(f"operation {op[:80]!r} is not known here")
    return found


def _makes_tensors(found: torch._ops.OpOverload) -> bool:
    return all(str(part.type) in ("Tensor", "List[Tensor]") for part in found._schema.returns)


def twins() -> Mapping[str, tuple[str, str]]:
    """Operations that run under another name and overload."""
    return _TWINS
