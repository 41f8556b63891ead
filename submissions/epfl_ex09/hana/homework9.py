import random
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from torchvision import datasets, transforms


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
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (std,))])
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
    train_loader = torch.utils.data.DataLoader(
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
    val_loader = torch.utils.data.DataLoader(val_set, batch_size=batch_size, shuffle=False, num_workers=2)

    if show_examples:
        fig, axes = plt.subplots(3, 3, figsize=(8, 8))
        for ax in axes.flat:
            img, label = train_set[torch.randint(len(train_set), size=(1,)).item()]
            ax.imshow(img.squeeze(), cmap="gray")
            ax.set_title(label)
        plt.show()
    return train_loader, val_loader


temp = get_dataloaders(
    datasets.MNIST, batch_size=32, img_size=56, random_shift=True, scramble_image=False, noise=1.0, show_examples=True
)
del temp


Get_MLP = lambda image_size: torch.nn.Sequential(
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


get_CNN = lambda image_size: torch.nn.Sequential(
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


def train_epoch(model, optimizer, scheduler, criterion, train_loader, epoch, device):
    # TODO: Set model to training mode
    model.train()
    loss_history = []
    accuracy_history = []
    lr_history = []
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        scheduler.step()

        accuracy_float = (output.argmax(dim=1) == target).float().mean().item()
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


if __name__ == "__main__":
    image_size = 56
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    result = run_training(
        model_factory=lambda: Get_MLP(image_size),
        num_epochs=50,
        optimizer_kwargs=dict(lr=1e-3, weight_decay=1e-2),
        data_kwargs=dict(base_dataset=datasets.MNIST, batch_size=128, img_size=image_size, noise=1.0),
        device=device,
    )


class Residual_Block(torch.nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        # TODO: INSERT YOUR CODE HERE
        self.C1 = torch.nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        self.N1 = torch.nn.BatchNorm2d(out_channels)
        self.R1 = torch.nn.ReLU()
        self.C2 = torch.nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.N2 = torch.nn.BatchNorm2d(out_channels)
        self.R2 = torch.nn.ReLU()

        self.has_skip_conv = stride != 0 or in_channels != out_channels
        if self.has_skip_conv:
            self.C3 = torch.nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
            self.N3 = torch.nn.BatchNorm2d(out_channels)

    def forward(self, x):
        skip_x = x
        x = self.R1(self.N1(self.C1(x)))
        x = self.N2(self.C2(x))
        if self.has_skip_conv:
            skip_x = self.N3(self.C3(skip_x))
        return self.R2(x + skip_x)


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
    block = {"ResidualBlock": Residual_Block, "NonResidualBlock": NonResidualBlock}[block_type]
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




"""Answers to problems 2 and 3."""


def adam_values_per_parameter():
    return 2


def sgdm_values_per_parameter():
    return 1


def sgdm_constant_gradient(c, t, eta, beta):
    m = c * (1 - beta**t) / (1 - beta)
    w = -eta * c / (1 - beta) * (t - beta * (1 - beta**t) / (1 - beta))
    return w, m


def adam_constant_gradient(c, t, eta, beta1, beta2):
    return -eta * t, c * (1 - beta1**t), c * c * (1 - beta2**t), c, c * c


def conv1d_output_width(width, kernel, padding, stride):
    return (width + 2 * padding - kernel) // stride + 1


def conv1d_min_input_width(output_width, kernel, padding, stride):
    return (output_width - 1) * stride + kernel - 2 * padding


def receptive_field(kernels, paddings, strides):
    size = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides)):
        size = (size - 1) * stride + kernel
    return size
