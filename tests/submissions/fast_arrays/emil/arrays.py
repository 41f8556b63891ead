import numpy as np
import torch
import torch.nn.functional as F


def distances(x, y):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    return (x.unsqueeze(1) - y.unsqueeze(0)).pow(2).sum(dim=2).numpy()


def convolve(x, w):
    return F.conv2d(torch.as_tensor(x), torch.as_tensor(w)).numpy()
