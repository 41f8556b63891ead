# per-sample gradients with torch.func instead of a python loop over the samples
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, grad, vmap
from torchvision import datasets
import matplotlib.pyplot as plt

cifar = datasets.CIFAR10("./data/cifar10/", train=True, download=True)
train_input = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
train_targets = torch.tensor(cifar.targets)
train_input = (train_input - train_input.mean()) / train_input.std()


def make_bn(c):
    # running statistics are updated in place, vmap does not like that. In train mode
    # the batch statistics are used anyway so nothing changes
    return nn.BatchNorm2d(c, track_running_stats=False)


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size // 2)
        self.bn1 = make_bn(nb_channels)
        self.bn2 = make_bn(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.batch_normalization:
            y = self.bn1(y)
        y = self.conv2(F.relu(y))
        if self.batch_normalization:
            y = self.bn2(y)
        if self.skip_connections:
            y = y + x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=kernel_size // 2)
        self.bn = make_bn(nb_channels)
        self.batch_normalization = batch_normalization
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks))
        )
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization:
            x = self.bn(x)
        x = self.resnet_blocks(F.relu(x))
        return self.fc(x.mean((2, 3)))


def get_stats(skip_connections, batch_normalization, nb_samples=100):
    model = ResNet(30, 10, skip_connections=skip_connections, batch_normalization=batch_normalization)
    everything = dict(model.named_parameters())
    monitored = {k: v.detach() for k, v in everything.items() if k.endswith('conv1.weight')}
    others = {k: v.detach() for k, v in everything.items() if k not in monitored}

    def loss(mon, x, t):
        out = functional_call(model, {**others, **mon}, (x.unsqueeze(0),))
        return F.cross_entropy(out, t.unsqueeze(0))

    per_sample = vmap(grad(loss), in_dims=(None, 0, 0), chunk_size=10)
    g = per_sample(monitored, train_input[:nb_samples], train_targets[:nb_samples])
    # insertion order of the dict = order of the blocks
    return torch.stack([t.flatten(1).norm(dim=1) for t in g.values()])


if __name__ == "__main__":
    fig, ax = plt.subplots()
    for sc, bn in [(False, False), (False, True), (True, False), (True, True)]:
        stats = get_stats(sc, bn)
        ax.semilogy(range(30), stats.mean(1), label=f"skip_connections={sc}, batch_normalization={bn}")
    ax.set_xlabel("depth")
    ax.set_ylabel("gradient norm (mean over 100 samples)")
    ax.legend()
    plt.show()
