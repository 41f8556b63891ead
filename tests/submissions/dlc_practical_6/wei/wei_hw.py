import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import datasets
import matplotlib.pyplot as plt
from collections import OrderedDict

train = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
X = torch.from_numpy(train.data).permute(0, 3, 1, 2) / 1.0
Y = torch.tensor(train.targets)
X = (X - torch.mean(X)) / torch.std(X)


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=False, batch_normalization=False, **kwargs):
        super(ResNetBlock, self).__init__(**kwargs)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size=(kernel_size, kernel_size), stride=(1, 1),
                               padding=((kernel_size - 1) // 2, (kernel_size - 1) // 2), bias=True)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size=(kernel_size, kernel_size), stride=(1, 1),
                               padding=((kernel_size - 1) // 2, (kernel_size - 1) // 2), bias=True)
        self.bn1 = nn.BatchNorm2d(nb_channels, momentum=0.1, affine=True)
        self.bn2 = nn.BatchNorm2d(nb_channels, momentum=0.1, affine=True)
        self.act1 = nn.ReLU(inplace=True)
        self.act2 = nn.ReLU(inplace=True)

    def forward(self, x):
        shortcut = x
        x = self.conv1(x)
        x = self.bn1(x) if self.batch_normalization else x
        x = self.act1(x)
        x = self.conv2(x)
        x = self.bn2(x) if self.batch_normalization else x
        x = x + shortcut if self.skip_connections else x
        x = self.act2(x)
        return x


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=False, batch_normalization=False):
        super(ResNet, self).__init__()
        self.head = nn.Sequential(nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2),
                                  nn.BatchNorm2d(nb_channels), nn.ReLU())
        blocks = OrderedDict()
        for i in range(nb_residual_blocks):
            blocks['res_%02d' % i] = ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
        self.resnet_blocks = nn.Sequential(blocks)
        self.tail = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(nb_channels, nb_classes))

    def forward(self, x):
        return self.tail(self.resnet_blocks(self.head(x)))


def grad_norm(p):
    return torch.norm(p.grad.detach(), p='fro')


def get_stats(skip_connections, batch_normalization):
    net = ResNet(30, 10, skip_connections=skip_connections, batch_normalization=batch_normalization)
    ce = nn.CrossEntropyLoss(reduction='sum')    # one sample, sum = mean
    stats = torch.zeros((30, 100))
    for n in range(100):
        net.zero_grad()
        logits = net(X[[n]])
        loss = ce(logits, Y[[n]])
        loss.backward()
        for k, blk in enumerate(net.resnet_blocks.children()):
            stats[k, n] = grad_norm(blk.conv1.weight)
    return stats


if __name__ == "__main__":
    fig, (a, b) = plt.subplots(1, 2, figsize=(11, 4))
    for bn, ax in ((False, a), (True, b)):
        for sc in (False, True):
            ax.plot(range(1, 31), get_stats(sc, bn).mean(1), label=f"skip={sc}")
        ax.set_yscale("log")
        ax.set_title("with BN" if bn else "without BN")
        ax.legend()
    plt.show()
