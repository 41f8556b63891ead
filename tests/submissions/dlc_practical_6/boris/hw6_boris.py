import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

mnist_or_cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
x = torch.from_numpy(mnist_or_cifar.data).permute(0, 3, 1, 2).float()
y = torch.tensor(mnist_or_cifar.targets)
m, s = x.mean(), x.std()
x = (x - m) / s

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.bn = batch_normalization
        self.skip = skip_connections
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, u):
        v = self.conv1(u)
        if self.bn: v = self.bn1(v)
        v = self.conv2(torch.relu(v))
        if self.bn: v = self.bn2(v)
        if self.skip: v = v + u
        return torch.relu(v)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size-1)//2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*[ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization) for i in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, u):
        u = torch.relu(self.bn(self.conv(u)))
        u = self.resnet_blocks(u)
        return self.fc(F.avg_pool2d(u, 8).view(u.size(0), -1))

def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, skip_connections=skip_connections, batch_normalization=batch_normalization)
    params = [b.conv1.weight for b in model.resnet_blocks]
    res = torch.empty(30, 100)
    # take one sample
    sample, label = x[0:1], y[0:1]
    for n in range(100):
        model.zero_grad()
        out = model(sample)
        loss = F.cross_entropy(out, label)
        loss.backward()
        for d in range(30):
            res[d, n] = params[d].grad.norm()
    return res

plt.figure(figsize=(6, 6))
i = 0
for skip in [True, False]:
    for bn in [True, False]:
        plt.semilogy(get_stats(skip, bn).mean(1), 'rgbk'[i], label=f'{skip}/{bn}')
        i += 1
plt.legend(title='skip/bn')
plt.show()
