"""Writes format/python.safetensors: one tensor of each kind that the order of a file depends on.

No metadata: the Python package writes them in random order.
"""

import pathlib

import torch
from safetensors.torch import save

tensors = {
    "conv1.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3) - 2.5,
    "Conv1.weight": torch.tensor([float("nan"), float("inf"), -0.0]),
    "conv1.bias": torch.tensor(0.1),
    "empty": torch.zeros(0, 3),
    "double": torch.tensor([0.1], dtype=torch.float64),
    "count": torch.tensor([-1, 2**40]),
    "mask": torch.tensor([True, False, True]),
    "half": torch.tensor([1.0], dtype=torch.bfloat16),
    'é "quoted" \\ \t\x01\x7f 犬 🐕': torch.tensor([1.0]),
    "\uffff": torch.tensor([2.0]),
    "\U00010000": torch.tensor([3.0]),
}
folder = pathlib.Path(__file__).parent / "format"
folder.mkdir(exist_ok=True)
(folder / "python.safetensors").write_bytes(save(tensors))
