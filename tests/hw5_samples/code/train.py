import torch
from model import build_network
from settings import RATES, EPOCHS
from torchvision import datasets, transforms

t = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3)])
train_set = datasets.ImageFolder('data/train', t)
val_set = datasets.ImageFolder('data/val', t)
loader = torch.utils.data.DataLoader(train_set, batch_size=16, shuffle=True)
for rate in RATES:
    network = build_network(width=8, num_classes=5)
    print(len(list(network.parameters())), 'learnable layers')
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    for epoch in range(EPOCHS):
        for x, y in loader:
            loss = torch.nn.functional.cross_entropy(network(x), y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
