from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(432, 56), nn.ReLU(), nn.Linear(56, 6))

    def forward(self, x):
        return self.layers(x)
