import torch as t
import torch.nn as nn
import torch.nn.functional as F
import torchvision.datasets as D
import matplotlib.pyplot as plt

ds = D.CIFAR10('./data/cifar10/', train=True, download=True)
xs = t.from_numpy(ds.data).permute(0, 3, 1, 2).float()
ys = t.tensor(ds.targets)
xs = (xs - xs.mean()) / xs.std()

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        p = (kernel_size - 1) // 2
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=p)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=p)
        norm = nn.BatchNorm2d if batch_normalization else nn.Identity
        self.bn1 = norm(nb_channels)
        self.bn2 = norm(nb_channels)
        self.skip = skip_connections

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(x + y) if self.skip else F.relu(y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                                             for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        return self.fc(x.mean(3).mean(2))

def get_stats(skip_connections, batch_normalization, nb_blocks=30, nb_channels=32, nb_samples=100):
    net = ResNet(nb_blocks, nb_channels, 3, 10, skip_connections, batch_normalization)
    w = [b.conv1.weight for b in net.resnet_blocks]
    out = t.zeros(nb_blocks, nb_samples)
    for i in range(nb_samples):
        g = t.autograd.grad(F.cross_entropy(net(xs[i:i+1]), ys[i:i+1]), w)
        out[:, i] = t.stack([k.norm() for k in g])
    return out

for (s, b), c in zip([(0, 0), (0, 1), (1, 0), (1, 1)], ['red', 'orange', 'green', 'blue']):
    plt.plot(get_stats(s == 1, b == 1).mean(1), color=c, label=f'skip={s} bn={b}')
plt.yscale('log')
plt.xlabel('profondità')
plt.legend()
plt.show()
