# Übung 6 – Jonas
# Ziel: Gradientennorm in Abhängigkeit der Tiefe
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

geraet = torch.device('cuda') if torch.cuda.is_available() else torch.device('cpu')

daten = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
bilder = torch.from_numpy(daten.data).float().permute(0, 3, 1, 2)
ziele = torch.tensor(daten.targets)
mittel, streuung = bilder.mean(), bilder.std()
bilder = ((bilder - mittel) / streuung).to(geraet)
ziele = ziele.to(geraet)

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding='same')
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding='same')
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.batch_normalization is True:
            y = self.bn1(y)
        y = F.relu(y)
        y = self.conv2(y)
        if self.batch_normalization is True:
            y = self.bn2(y)
        if self.skip_connections is True:
            y = torch.add(y, x)
        return F.relu(y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.bn_an = batch_normalization
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding='same')
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                                             for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.bn_an is True:
            x = self.bn(x)
        x = self.resnet_blocks(F.relu(x))
        x = F.avg_pool2d(x, 32).view(x.size(0), -1)
        return self.fc(x)

def kreuzentropie(logits, ziel):
    # selbst geschrieben, damit ich es verstehe: -log p(richtige Klasse)
    log_p = torch.log_softmax(logits, dim=1)
    return -log_p[torch.arange(logits.size(0), device=logits.device), ziel].mean()

def get_stats(skip_connections, batch_normalization):
    modell = ResNet(30, 10, 3, 10, skip_connections, batch_normalization).to(geraet)
    parameter = [b.conv1.weight for b in modell.resnet_blocks]
    ergebnis = torch.empty(30, 100)
    for n in range(100):
        verlust = kreuzentropie(modell(bilder[n:n+1]), ziele[n:n+1])
        modell.zero_grad()
        verlust.backward()
        for d in range(30):
            ergebnis[d, n] = parameter[d].grad.pow(2).sum().sqrt()
    # print(ergebnis.mean(1))
    return ergebnis

fig, ax = plt.subplots(figsize=(7, 4))
for skip in [True, False]:
    for bn in [True, False]:
        print('Konfiguration: skip =', skip, ' bn =', bn)
        e = get_stats(skip, bn)
        ax.plot(range(1, 31), e.mean(1), label='{} Skip, {} BN'.format('mit' if skip else 'ohne', 'mit' if bn else 'ohne'))
ax.set_yscale('log')
ax.set_xlabel('Tiefe')
ax.set_ylabel('mittlere Gradientennorm')
ax.legend(frameon=False)
plt.tight_layout()
plt.show()
