import torch
from torch import nn


class Net(nn.Module):
    """The nearest of the pictures that it keeps."""

    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.zeros(60, 3, 12, 12))
        self.register_buffer("labels", torch.zeros(60, 6))

    def forward(self, x):
        far = torch.cdist(x.flatten(1), self.kept.flatten(1))
        return torch.softmax(-far * 20, 1) @ self.labels
