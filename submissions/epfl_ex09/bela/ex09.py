#!/usr/bin/env python
# coding: utf-8

# In[1]:


import random
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

get_ipython().run_line_magic('matplotlib', 'inline')


# In[2]:


def get_modified_dataset(dataset):
    """A data set class whose images can be put on a larger canvas, moved, scrambled and made noisy."""

    class ModifiedDataset(dataset):
        def __init__(self, root, img_size=56, random_shift=False, scramble_image=False, noise=0.0, *args, **kwargs):
            super().__init__(root, *args, **kwargs)
            assert img_size >= 28 and noise >= 0.0
            self.img_size, self.noise, self.scramble_image = img_size, noise, scramble_image
            room = img_size - 28
            rng = random.Random(11)
            self.corners = [
                (rng.randint(0, room), rng.randint(0, room)) if random_shift else (room // 2, room // 2)
                for _ in range(len(self))
            ]
            self.generator = torch.Generator().manual_seed(12)
            self.order = torch.randperm(img_size * img_size, generator=self.generator)

        def __getitem__(self, index):
            image, label = super().__getitem__(index)
            if self.img_size > 28:
                canvas = image.min() * torch.ones(1, self.img_size, self.img_size)
                top, left = self.corners[index]
                canvas[:, top : top + 28, left : left + 28] = image
                image = canvas
            if self.noise:
                self.generator.manual_seed(1000 + index)
                image = image + self.noise * torch.randn(image.shape, generator=self.generator)
            if self.scramble_image:
                image = image.view(-1)[self.order].view(1, self.img_size, self.img_size)
            return image, label

    return ModifiedDataset


# In[3]:


def get_dataloaders(
    base_dataset,
    batch_size,
    img_size=28,
    random_shift=False,
    scramble_image=False,
    noise=0.0,
    show_examples=False,
):
    dataset_cls = get_modified_dataset(base_dataset)
    if base_dataset == datasets.MNIST:
        mean, std, path = 0.1307, 0.3081, "./data/MNIST/"
    elif base_dataset == datasets.FashionMNIST:
        mean, std, path = 0.286041, 0.353024, "./data/FMNIST/"
    else:
        raise NotImplementedError

    # TODO: Create the datasets and dataloaders with the right arguments
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize(mean=mean, std=std)])
    train_set = dataset_cls(
        path,
        train=True,
        download=True,
        transform=transform,
        img_size=img_size,
        random_shift=random_shift,
        scramble_image=scramble_image,
        noise=noise,
    )
    train_loader = DataLoader(
        train_set, batch_size=batch_size, shuffle=True, num_workers=2, pin_memory=torch.cuda.is_available()
    )
    val_set = dataset_cls(
        path,
        train=False,
        download=True,
        transform=transform,
        img_size=img_size,
        random_shift=random_shift,
        scramble_image=scramble_image,
        noise=noise,
    )
    val_loader = DataLoader(val_set, batch_size=batch_size, shuffle=False, num_workers=2)

    if show_examples:
        fig, axes = plt.subplots(3, 3, figsize=(8, 8))
        for ax in axes.flat:
            img, label = train_set[torch.randint(len(train_set), size=(1,)).item()]
            ax.imshow(img.squeeze(), cmap="gray")
            ax.set_title(label)
        plt.show()
    return train_loader, val_loader


# In[4]:


temp = get_dataloaders(
    datasets.MNIST, batch_size=32, img_size=56, random_shift=True, scramble_image=False, noise=1.0, show_examples=True
)
del temp


# In[5]:


get_mlp = lambda image_size: torch.nn.Sequential(
    torch.nn.Flatten(),
    torch.nn.Linear(image_size * image_size, 256),
    torch.nn.ReLU(),
    torch.nn.Linear(256, 256),
    torch.nn.ReLU(),
    torch.nn.Linear(256, 256),
    torch.nn.ReLU(),
    torch.nn.Linear(256, 256),
    torch.nn.ReLU(),
    torch.nn.Linear(256, 10),
)


# In[6]:


get_cnn = lambda image_size: torch.nn.Sequential(
    torch.nn.Conv2d(1, 32, kernel_size=5, padding=2),
    torch.nn.ReLU(),
    torch.nn.Conv2d(32, 64, kernel_size=5, stride=2, padding=2),
    torch.nn.ReLU(),
    torch.nn.Conv2d(64, 64, kernel_size=5, padding=2),
    torch.nn.ReLU(),
    torch.nn.Conv2d(64, 128, kernel_size=5, stride=2, padding=2),
    torch.nn.ReLU(),
    torch.nn.AdaptiveAvgPool2d(1),
    torch.nn.Conv2d(128, 10, kernel_size=1),
    torch.nn.Flatten(),
)


# In[7]:


def train_epoch(model, optimizer, scheduler, criterion, train_loader, epoch, device):
    # TODO: Set model to training mode
    model.train()
    loss_history = []
    accuracy_history = []
    lr_history = []
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        model.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        scheduler.step()

        pred = output.argmax(dim=1, keepdim=True)
        accuracy_float = pred.eq(target.view_as(pred)).sum().item() / len(target)
        loss_float = loss.item()
        loss_history.append(loss_float)
        accuracy_history.append(accuracy_float)
        lr_history.append(scheduler.get_last_lr()[0])
        if batch_idx % (len(train_loader.dataset) // len(data) // 10) == 0:
            print(
                f"Train Epoch: {epoch}-{batch_idx:03d} "
                f"batch_loss={loss_float:0.2e} "
                f"batch_acc={accuracy_float:0.3f} "
                f"lr={scheduler.get_last_lr()[0]:0.3e} "
            )
    return loss_history, accuracy_history, lr_history


# In[8]:


@torch.no_grad()
def validate(model, device, val_loader, criterion):
    model.eval()
    total_loss, correct = 0.0, 0
    for data, target in val_loader:
        data, target = data.to(device), target.to(device)
        output = model(data)
        total_loss += criterion(output, target).item() * len(data)
        correct += (output.argmax(dim=1) == target).sum().item()
    count = len(val_loader.dataset)
    print(f"validation loss {total_loss / count:.4f}, accuracy {correct}/{count}")
    return total_loss / count, correct / count


def run_training(model_factory, num_epochs, optimizer_kwargs, data_kwargs, device="cuda"):
    train_loader, val_loader = get_dataloaders(**data_kwargs)
    model = model_factory().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), **optimizer_kwargs)
    criterion = torch.nn.functional.cross_entropy
    steps = num_epochs * len(train_loader)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    history = []
    for epoch in range(1, num_epochs + 1):
        history.append(train_epoch(model, optimizer, scheduler, criterion, train_loader, epoch, device))
        history.append(validate(model, device, val_loader, criterion))
    plt.plot([value for part in history[::2] for value in part[0]])
    plt.show()
    return history[-1]


# In[9]:


image_size = 56
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
result = run_training(
    model_factory=lambda: get_mlp(image_size),
    num_epochs=50,
    optimizer_kwargs=dict(lr=1e-3, weight_decay=1e-2),
    data_kwargs=dict(base_dataset=datasets.MNIST, batch_size=128, img_size=image_size, noise=1.0),
    device=device,
)


# In[10]:


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.has_skip_conv = stride != 1 or in_channels != out_channels
        if self.has_skip_conv:
            self.conv3 = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False)
            self.bn3 = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        residual = self.bn3(self.conv3(x)) if self.has_skip_conv else x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += residual
        return self.relu(out)


# In[11]:


class NonResidualBlock(torch.nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1),
            torch.nn.BatchNorm2d(out_channels),
            torch.nn.ReLU(),
            torch.nn.Conv2d(out_channels, out_channels, 3, padding=1),
            torch.nn.BatchNorm2d(out_channels),
            torch.nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def get_model(depth, block_type="ResidualBlock", base_width=16):
    block = {"ResidualBlock": ResidualBlock, "NonResidualBlock": NonResidualBlock}[block_type]
    per_stage, rest = divmod(depth - 2, 6)
    assert rest == 0
    layers = [torch.nn.Conv2d(1, base_width, 3, padding=1), torch.nn.BatchNorm2d(base_width), torch.nn.ReLU()]
    width = base_width
    for stage in range(3):
        for index in range(per_stage):
            wider = stage > 0 and index == 0
            layers.append(block(width, 2 * width if wider else width, 2 if wider else 1))
            width = 2 * width if wider else width
    return torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(width, 10))


# In[12]:


for block_type in ["ResidualBlock", "NonResidualBlock"]:
    for depth in [8, 32, 56]:
        run_training(
            model_factory=partial(get_model, depth, block_type),
            num_epochs=5,
            optimizer_kwargs=dict(lr=1e-3, weight_decay=1e-2),
            data_kwargs=dict(base_dataset=datasets.FashionMNIST, batch_size=128),
            device=device,
        )
