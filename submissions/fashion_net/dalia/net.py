import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    """Strides in place of pooling, and an average over places."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 32, 3, stride=2, padding=1), nn.ReLU(),
        )
        self.head = nn.Linear(32 * 16, 10)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))


def train(net, loader, epochs):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002)
    criterion = nn.CrossEntropyLoss()
    net.train()
    for epoch in range(epochs):
        total = 0.0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = criterion(net(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / len(loader):.3f}")
