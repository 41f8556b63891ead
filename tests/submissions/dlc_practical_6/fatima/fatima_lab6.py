import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

dev = 'cuda' if torch.cuda.is_available() else 'cpu'

cifar = torchvision.datasets.CIFAR10('./data/cifar10/', train=True, download=True)
images = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
images = ((images - images.mean()) / images.std()).to(dev)
labels = torch.tensor(cifar.targets, device=dev)


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.skip_connections = skip_connections
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.bn2 = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()

    def forward(self, x):
        out = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        if self.skip_connections:
            out = out + x
        return out.relu()


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=kernel_size // 2)
        self.bn = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.resnet_blocks = nn.Sequential(*[ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                                             for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.bn(self.conv(x)).relu()
        x = self.resnet_blocks(x)
        return self.fc(x.mean(dim=(-1, -2)))


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization).to(dev)
    result = torch.empty(30, 100)
    for n in range(100):
        model.zero_grad()
        F.cross_entropy(model(images[n:n + 1]), labels[n:n + 1]).backward()
        for d, b in enumerate(model.resnet_blocks):
            result[d, n] = b.conv1.weight.grad.norm()
    return result


plt.figure(figsize=(9, 6))
for skip in [True, False]:
    for bn in [True, False]:
        total = get_stats(skip, bn).sum(dim=1)
        plt.semilogy(range(1, 31), total, label=f'skip_connections={skip}, batch_normalization={bn}')
plt.xlabel('depth')
plt.ylabel('gradient norm')
plt.legend()
plt.savefig('gradients.png')
plt.show()
