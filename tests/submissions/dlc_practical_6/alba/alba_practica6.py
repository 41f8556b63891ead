import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

conjunto = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(conjunto.data).permute(0, 3, 1, 2).float()
train_input = (train_input - train_input.mean()) / train_input.std()
train_target = torch.tensor(conjunto.targets)
# etiquetas one-hot, como en la practica 3
one_hot = F.one_hot(train_target, num_classes=10).float()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        pad = int((kernel_size - 1) / 2)
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=pad)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=pad)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.relu = nn.ReLU()
        self.saltar = skip_connections
        self.normalizar = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.normalizar:
            y = self.bn1(y)
        y = self.relu(y)
        y = self.conv2(y)
        if self.normalizar:
            y = self.bn2(y)
        if self.saltar:
            y = y + x
        return self.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=int((kernel_size - 1) / 2))
        self.bn = nn.BatchNorm2d(nb_channels)
        bloques = [ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                   for _ in range(nb_residual_blocks)]
        self.resnet_blocks = nn.Sequential(*bloques)
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 8).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    modelo = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    criterio = nn.MSELoss()
    parametros = [b.conv1.weight for b in modelo.resnet_blocks]
    stats = torch.zeros(30, 100)
    for n in range(100):
        modelo.zero_grad()
        loss = criterio(modelo(train_input[n:n + 1]), one_hot[n:n + 1])
        loss.backward()
        for d, p in enumerate(parametros):
            stats[d, n] = p.grad.norm()
    return stats


for sc in [True, False]:
    for bn in [True, False]:
        plt.plot(range(1, 31), get_stats(sc, bn).mean(1).numpy(), label='SC=%s BN=%s' % (sc, bn))
plt.yscale('log')
plt.xlabel('Profundidad')
plt.ylabel('Norma')
plt.legend()
plt.show()
