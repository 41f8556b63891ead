import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

donnees = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
entree = torch.from_numpy(donnees.data).permute(0, 3, 1, 2).float()
cible = torch.tensor(donnees.targets)
entree = (entree - entree.mean()) / entree.std()

#-----------------------------------------------------------

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        y = self.conv1(x)
        y = self.bn1(y) if self.batch_normalization else y
        y = self.conv2(F.relu(y))
        y = self.bn2(y) if self.batch_normalization else y
        y = y + x if self.skip_connections else y
        return F.relu(y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 8).view(x.size(0), -1)
        return self.fc(x)

#-----------------------------------------------------------

def normes(i, skip, bn):
    # un modele neuf pour chaque echantillon, comme ca pas besoin de zero_grad
    model = ResNet(30, 10, 3, 10, skip, bn)
    F.cross_entropy(model(entree[i:i + 1]), cible[i:i + 1]).backward()
    return torch.tensor([b.conv1.weight.grad.norm() for b in model.resnet_blocks])

def get_stats(skip_connections, batch_normalization):
    return torch.stack([normes(i, skip_connections, batch_normalization) for i in range(100)], dim=1)

#-----------------------------------------------------------

plt.figure()
plt.yscale('log')
for sc in (False, True):
    for bn in (False, True):
        plt.plot(range(30), get_stats(sc, bn).mean(1), label='skip: %s bn: %s' % (sc, bn))
plt.legend(loc='lower right')
plt.show()
