import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt
from torchvision import datasets


# everything lives in main, globals are evil

def main():
    torch.manual_seed(0)
    cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
    train_input = torch.from_numpy(cifar.data).transpose(3, 1).transpose(2, 3).float()
    train_targets = torch.tensor(cifar.targets)
    train_input.sub_(train_input.mean()).div_(train_input.std())

    class ResNetBlock(nn.Module):
        def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
            super().__init__()
            self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
            self.bn1 = nn.BatchNorm2d(nb_channels)
            self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
            self.bn2 = nn.BatchNorm2d(nb_channels)
            self.skip_connections = skip_connections
            self.batch_normalization = batch_normalization

        def forward(self, x):
            y = self.conv1(x)
            if self.batch_normalization:
                y = self.bn1(y)
            y = self.conv2(F.relu(y))
            if self.batch_normalization:
                y = self.bn2(y)
            if self.skip_connections:
                y = x + y
            return F.relu(y)

    class ResNet(nn.Module):
        def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                     skip_connections=True, batch_normalization=True):
            super().__init__()
            self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
            self.bn = nn.BatchNorm2d(nb_channels)
            self.resnet_blocks = nn.Sequential(
                *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                  for _ in range(nb_residual_blocks)))
            self.fc = nn.Linear(nb_channels, nb_classes)

        def forward(self, x):
            x = self.resnet_blocks(F.relu(self.bn(self.conv(x))))
            return self.fc(F.avg_pool2d(x, 16).view(x.size(0), -1))

    def get_stats(skip_connections, batch_normalization):
        model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
        monitored_parameters = [b.conv1.weight for b in model.resnet_blocks]
        out = torch.empty(30, 100)
        for k in range(100):
            model.zero_grad()
            loss = F.cross_entropy(model(train_input[k:k + 1]), train_targets[k:k + 1])
            loss.backward()
            for i, w in enumerate(monitored_parameters):
                out[i, k] = w.grad.norm()
        return out

    fig, ax = plt.subplots()
    for flags in [(True, True), (True, False), (False, True), (False, False)]:
        ax.plot(get_stats(*flags).mean(1).numpy(), label='skip=%s, bn=%s' % flags)
    ax.set_yscale('log')
    ax.legend()
    plt.show()


main()
