"""
usage: python run_p6.py [--samples 100] [--seed 0] [--out fig.png]
"""
import argparse

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets, transforms

parser = argparse.ArgumentParser(description='gradient norm in a resnet')
parser.add_argument('--samples', type=int, default=100)
parser.add_argument('--blocks', type=int, default=30)
parser.add_argument('--channels', type=int, default=10)
parser.add_argument('--seed', type=int, default=0)
parser.add_argument('--data', default='./data/cifar10/')
parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
parser.add_argument('--out', default=None)
args = parser.parse_args()

torch.manual_seed(args.seed)

dataset = datasets.CIFAR10(args.data, train=True, download=True)
train_input = torch.from_numpy(dataset.data).permute(0, 3, 1, 2).float().to(args.device)
train_targets = torch.tensor(dataset.targets, device=args.device)
train_input = (train_input - train_input.mean()) / train_input.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()

        def conv():
            return nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)

        def bn():
            return nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Sequential()

        self.conv1, self.bn1 = conv(), bn()
        self.conv2, self.bn2 = conv(), bn()
        self.skip_connections = skip_connections

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.skip_connections:
            y += x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Sequential()
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = F.avg_pool2d(self.resnet_blocks(x), 16).flatten(1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization, nb_samples=args.samples):
    model = ResNet(args.blocks, args.channels, 3, 10, skip_connections, batch_normalization).to(args.device)
    stats = torch.empty(args.blocks, nb_samples)
    for n in range(nb_samples):
        model.zero_grad(set_to_none=True)
        F.cross_entropy(model(train_input[n:n + 1]), train_targets[n:n + 1]).backward()
        for d, block in enumerate(model.resnet_blocks):
            stats[d, n] = torch.linalg.vector_norm(block.conv1.weight.grad)
    return stats


for skip in (True, False):
    for bn in (True, False):
        curve = get_stats(skip, bn).mean(dim=-1)
        plt.plot(curve.cpu(), label=f'{"skip" if skip else "no skip"} / {"bn" if bn else "no bn"}')
plt.yscale('log')
plt.xlabel('depth')
plt.ylabel('gradient norm')
plt.legend()
if args.out:
    plt.savefig(args.out)
plt.show()
