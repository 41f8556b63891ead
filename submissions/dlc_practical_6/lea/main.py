import matplotlib.pyplot as plt
import torch
from torch import nn
from torchvision import datasets

from model import ResNet

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(cifar.data).transpose(1, 3).transpose(2, 3).float()
train_targets = torch.tensor(cifar.targets, dtype=torch.int64)
train_input = (train_input - train_input.mean()) / train_input.std()


def get_stats(skip_connections, batch_normalization):
    model = ResNet(nb_residual_blocks=30, nb_channels=10,
                   skip_connections=skip_connections,
                   batch_normalization=batch_normalization)
    criterion = nn.CrossEntropyLoss()
    poids = [b.conv1.weight for b in model.resnet_blocks]
    resultat = torch.empty(len(poids), 100)
    for n in range(100):
        loss = criterion(model(train_input[n:n + 1]), train_targets[n:n + 1])
        model.zero_grad()
        loss.backward()
        resultat[:, n] = torch.tensor([p.grad.norm() for p in poids])
    return resultat


if __name__ == '__main__':
    couleurs = ['tab:blue', 'tab:orange', 'tab:green', 'tab:red']
    for i, (sc, bn) in enumerate([(False, False), (False, True), (True, False), (True, True)]):
        moyenne = get_stats(sc, bn).mean(dim=1)
        plt.plot(moyenne.numpy(), color=couleurs[i], label=f'SC: {sc} - BN: {bn}')
    plt.yscale('log')
    plt.xlabel('Profondeur du bloc')
    plt.ylabel('Norme moyenne du gradient')
    plt.legend()
    plt.savefig('figure.pdf')
    plt.show()
