import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

from resnet_flags import ResNet, ResNetBlock     # partie 1, dans resnet_flags.py
from resnet_flags import normalise

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = normalise(torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float())
train_targets = torch.tensor(cifar.targets)


# ---------------------------------------------------------------------------
# partie 2
# ---------------------------------------------------------------------------

def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, kernel_size=3, nb_classes=10,
                   skip_connections=skip_connections,
                   batch_normalization=batch_normalization)
    criterion = nn.CrossEntropyLoss()
    monitored_parameters = [b.conv1.weight for b in model.resnet_blocks]
    result = torch.empty(len(monitored_parameters), 100)

    for n in range(100):
        model.zero_grad()
        output = model(train_input[n:n + 1])
        loss = criterion(output, train_targets[n:n + 1])
        loss.backward()
        for d, p in enumerate(monitored_parameters):
            result[d, n] = p.grad.norm()

    return result


# ---------------------------------------------------------------------------
# partie 3
# ---------------------------------------------------------------------------

fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_xlabel('Profondeur')
ax.set_ylabel('Norme du gradient')
ax.set_yscale('log')

for skip in [True, False]:
    for bn in [True, False]:
        ax.plot(range(30), get_stats(skip, bn).mean(1), label=f'skip={skip}, bn={bn}')

ax.legend(frameon=False)
plt.show()
