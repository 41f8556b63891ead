import torch
import matplotlib.pyplot as plt
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets

# ------------------------------------------------------------------ data
raw = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
x = torch.from_numpy(raw.data).permute(0, 3, 1, 2).float()
y = torch.tensor(raw.targets, dtype=torch.long)
x = x.sub(x.mean()).div(x.std())
loader = DataLoader(TensorDataset(x, y), batch_size=1, shuffle=True)

use_gpu = torch.cuda.is_available()


class ResNetBlock(nn.Module):
    """ conv - (bn) - relu - conv - (bn) - (+x) - relu """

    def __init__(self, nb_channels, kernel_size, skip_connections: bool, batch_normalization: bool):
        super().__init__()
        args = dict(kernel_size=kernel_size, padding=(kernel_size - 1) // 2)
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, **args)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, **args)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.sc, self.bn = skip_connections, batch_normalization

    def forward(self, inp):
        out = self.conv1(inp)
        out = self.bn1(out) if self.bn else out
        out = F.relu(out)
        out = self.conv2(out)
        out = self.bn2(out) if self.bn else out
        out = out + inp if self.sc else out
        out = F.relu(out)
        return out


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size=kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, inp):
        out = F.relu(self.bn(self.conv(inp)))
        out = self.resnet_blocks(out)
        out = F.avg_pool2d(out, 16).view(inp.size(0), -1)
        return self.fc(out)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, skip_connections=skip_connections, batch_normalization=batch_normalization)
    if use_gpu:
        model = model.cuda()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)   # only used for zero_grad
    result = []
    for i, (image, label) in enumerate(loader):
        if i >= 100:
            break
        if use_gpu:
            image, label = image.cuda(), label.cuda()
        optimizer.zero_grad()
        criterion(model(image), label).backward()
        result.append([b.conv1.weight.grad.norm().item() for b in model.resnet_blocks])
    return torch.tensor(result).t()


def main_plot():
    plt.figure(figsize=(8, 5))
    for bn in (0, 1):
        for sc in (0, 1):
            r = get_stats(bool(sc), bool(bn))
            print(sc, bn, tuple(r.shape), r.mean().item())
            plt.plot(range(30), r.mean(1).numpy(), label=f'skip: {bool(sc)}, bn: {bool(bn)}')
    plt.yscale('log')
    plt.legend()
    plt.title('Gradient norm vs depth')
    plt.xlabel('Depth')
    plt.show()


main_plot()
