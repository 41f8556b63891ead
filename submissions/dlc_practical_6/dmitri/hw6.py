import torch, math
from torch import nn, autograd
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

torch.manual_seed(1234)

ds = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
X = torch.from_numpy(ds.data).permute(0, 3, 1, 2).to(torch.float32)
Y = torch.as_tensor(ds.targets)
X = (X - X.mean()) / X.std()

# ---- network ---------------------------------------------------------

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        pad = (kernel_size - 1) // 2
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=pad)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=pad)
        self.bn1 = nn.BatchNorm2d(nb_channels) if batch_normalization else None
        self.bn2 = nn.BatchNorm2d(nb_channels) if batch_normalization else None
        self.skip = skip_connections

    def forward(self, x):
        h = self.conv1(x)
        if self.bn1 is not None:
            h = self.bn1(h)
        h = self.conv2(h.relu())
        if self.bn2 is not None:
            h = self.bn2(h)
        if self.skip:
            h = h + x
        return h.relu()


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels) if batch_normalization else None
        self.resnet_blocks = nn.ModuleList(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.bn is not None:
            x = self.bn(x)
        x = x.relu()
        for block in self.resnet_blocks:
            x = block(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))

# ---- stats -----------------------------------------------------------

def get_stats(skip_connections, batch_normalization, nb_samples=100):
    model = ResNet(30, 10, skip_connections=skip_connections, batch_normalization=batch_normalization)
    params = [b.conv1.weight for b in model.resnet_blocks]
    columns = []
    for x, y in zip(X[:nb_samples].split(1), Y[:nb_samples].split(1)):
        loss = F.cross_entropy(model(x), y)
        grads = autograd.grad(loss, params)      # nothing accumulates this way
        columns.append(torch.stack([g.norm() for g in grads]))
    return torch.stack(columns, dim=1)

# ---- plot ------------------------------------------------------------

styles = {(True, True): 'b-', (True, False): 'b--', (False, True): 'r-', (False, False): 'r--'}
for (sc, bn), st in styles.items():
    s = get_stats(sc, bn)
    assert s.shape == (30, 100), s.shape
    plt.plot(s.mean(1).tolist(), st, label='sc=%d, bn=%d' % (sc, bn))
    # plt.fill_between(range(30), s.min(1)[0], s.max(1)[0], alpha=.1)   # too messy
plt.yscale('log')
plt.xlabel('block')
plt.ylabel('avg grad norm')
plt.grid(True, which='both', alpha=0.3)
plt.legend()
plt.savefig('hw6.png', dpi=150)
plt.show()
