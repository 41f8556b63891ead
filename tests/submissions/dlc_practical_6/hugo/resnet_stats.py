# Hugo L. -- TP6
from typing import List

import torch as th
import torch.nn as nn
import matplotlib.pyplot as plt
from torchvision.datasets import CIFAR10

dev = th.device("cuda:0" if th.cuda.is_available() else "cpu")

_set = CIFAR10("./data/cifar10/", train=True, download=True)
imgs = th.from_numpy(_set.data).permute(0, 3, 1, 2).float().to(dev)
labs = th.tensor(_set.targets).to(dev)
imgs = (imgs - imgs.mean()) / imgs.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels: int, kernel_size: int, batch_norm: bool = False, skip_connection: bool = False) -> None:
        super().__init__()
        self.batch_norm = batch_norm
        self.skip_connection = skip_connection
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, 1, kernel_size // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, 1, kernel_size // 2)
        if self.batch_norm:
            self.bn1 = nn.BatchNorm2d(nb_channels)
            self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x: th.Tensor) -> th.Tensor:
        identity = x
        x = self.conv1(x)
        if self.batch_norm:
            x = self.bn1(x)
        x = self.conv2(th.relu(x))
        if self.batch_norm:
            x = self.bn2(x)
        if self.skip_connection:
            x += identity
        return th.relu(x)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks: int, nb_channels: int, batch_norm: bool = False,
                 skip_connection: bool = False, kernel_size: int = 3, nb_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, nb_channels, kernel_size, 2, kernel_size // 2)
        self.stem_bn = nn.BatchNorm2d(nb_channels)
        blocks: List[ResNetBlock] = []
        for _ in range(nb_residual_blocks):
            blocks.append(ResNetBlock(nb_channels, kernel_size, batch_norm=batch_norm,
                                      skip_connection=skip_connection))
        self.resnet_blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(nb_channels, nb_classes)

    def forward(self, x: th.Tensor) -> th.Tensor:
        x = th.relu(self.stem_bn(self.stem(x)))
        x = self.resnet_blocks(x)
        x = nn.functional.avg_pool2d(x, 16)
        return self.head(x.reshape(x.shape[0], -1))


def get_stats(skip_connection: bool, batch_norm: bool) -> th.Tensor:
    net = ResNet(30, 10, batch_norm=batch_norm, skip_connection=skip_connection).to(dev)
    weights = [blk.conv1.weight for blk in net.resnet_blocks]
    stats = th.empty((30, 100))
    for s in range(100):
        net.zero_grad()
        loss = nn.functional.cross_entropy(net(imgs[s][None]), labs[s][None])
        loss.backward()
        stats[:, s] = th.tensor([w.grad.norm().item() for w in weights])
    return stats


res = {
    "no skip, no bn": get_stats(False, False),
    "no skip, bn": get_stats(False, True),
    "skip, no bn": get_stats(True, False),
    "skip, bn": get_stats(True, True),
}

for name, st in res.items():
    plt.semilogy(st.mean(dim=1), label=name)
plt.legend(loc="best")
plt.xlabel("depth"); plt.ylabel("||grad||")
plt.show()
