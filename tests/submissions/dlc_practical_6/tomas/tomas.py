import torch
import torch.nn as nn
import torch.nn.functional as F
import matplotlib.pyplot as plt
from torchvision import datasets

def load():
    d = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
    x = torch.from_numpy(d.data).permute(0, 3, 1, 2).float()
    return (x - x.mean()) / x.std(), torch.tensor(d.targets)

train_input, train_targets = load()

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.s = skip_connections
        self.b = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.b:
            y = self.bn1(y)
        y = self.conv2(F.relu(y))
        if self.b:
            y = self.bn2(y)
        return F.relu(y + x) if self.s else F.relu(y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*[ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                                             for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 8)
        return self.fc(x.squeeze(3).squeeze(2))

def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    loss_fn = nn.CrossEntropyLoss()
    stats = torch.empty(30, 100)
    for n in range(100):
        model.zero_grad()
        loss_fn(model(train_input[n:n+1]), train_targets[n:n+1]).backward()
        for d, blk in enumerate(model.resnet_blocks):
            # squared L2 norm of the gradient
            stats[d, n] = blk.conv1.weight.grad.pow(2).sum()
    return stats

if __name__ == "__main__":
    fig, axs = plt.subplots(1, 4, figsize=(16, 4))
    k = 0
    for s in (False, True):
        for b in (False, True):
            axs[k].semilogy(get_stats(s, b).mean(1).numpy())
            axs[k].set_title(f"s={s} b={b}")
            k += 1
    plt.show()
