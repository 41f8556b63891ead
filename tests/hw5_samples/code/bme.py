"""HW5, ECE 60146. A larger BMEnet, see DLStudio -> SkipConnections -> BMEnet (A. Kak)."""
import argparse
import os
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision.transforms as tvt
from PIL import Image
from sklearn.metrics import confusion_matrix
import seaborn as sns
import matplotlib.pyplot as plt
from pycocotools.coco import COCO

classes = ['boat', 'cake', 'couch', 'dog', 'motorcycle']
device = torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')


class SkipBlock(nn.Module):
    # taken from DLStudio
    def __init__(self, in_ch, out_ch, downsample=False, skip_connections=True):
        super(SkipBlock, self).__init__()
        self.downsample = downsample
        self.skip_connections = skip_connections
        self.in_ch = in_ch
        self.out_ch = out_ch
        self.convo1 = nn.Conv2d(in_ch, in_ch, 3, stride=1, padding=1)
        self.convo2 = nn.Conv2d(in_ch, out_ch, 3, stride=1, padding=1)
        self.bn1 = nn.BatchNorm2d(in_ch)
        self.bn2 = nn.BatchNorm2d(out_ch)
        self.in2out = nn.Conv2d(in_ch, out_ch, 1)
        if downsample:
            self.downsampler1 = nn.Conv2d(in_ch, in_ch, 1, stride=2)
            self.downsampler2 = nn.Conv2d(out_ch, out_ch, 1, stride=2)

    def forward(self, x):
        identity = x
        out = F.relu(self.bn1(self.convo1(x)))
        out = F.relu(self.bn2(self.convo2(out)))
        if self.downsample:
            identity = self.downsampler1(identity)
            out = self.downsampler2(out)
        if self.skip_connections:
            if (self.in_ch == self.out_ch) and (self.downsample is False):
                out = out + identity
            elif (self.in_ch != self.out_ch) and (self.downsample is False):
                out = out + self.in2out(identity)
            elif (self.in_ch != self.out_ch) and (self.downsample is True):
                out = out + torch.cat((identity, identity), dim=1)
        return out


class HW5Net(nn.Module):
    def __init__(self, skip_connections=True, depth=8, ch=8):
        super(HW5Net, self).__init__()
        self.depth = depth
        self.conv = nn.Conv2d(3, ch, 3, padding=1)
        self.skip64_arr = nn.ModuleList(
            [SkipBlock(ch, ch, skip_connections=skip_connections) for _ in range(depth)])
        self.skip64ds = SkipBlock(ch, ch, downsample=True, skip_connections=skip_connections)
        self.skip64to128ds = SkipBlock(ch, 2 * ch, downsample=True, skip_connections=skip_connections)
        self.skip128_arr = nn.ModuleList(
            [SkipBlock(2 * ch, 2 * ch, skip_connections=skip_connections) for _ in range(depth)])
        self.skip128ds = SkipBlock(2 * ch, 2 * ch, downsample=True, skip_connections=skip_connections)
        self.fc1 = nn.Linear(2 * ch * 16, 100)
        self.fc2 = nn.Linear(100, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        for block in self.skip64_arr[:self.depth // 4]:
            x = block(x)
        x = self.skip64ds(x)
        for block in self.skip64_arr[self.depth // 4:]:
            x = block(x)
        x = self.skip64to128ds(x)
        for block in self.skip128_arr:
            x = block(x)
        x = self.skip128ds(x)
        x = x.view(x.shape[0], -1)
        return self.fc2(F.relu(self.fc1(x)))


class CocoDataset(torch.utils.data.Dataset):
    def __init__(self, root):
        self.files = [os.path.join(root, c, f) for c in classes for f in os.listdir(os.path.join(root, c))]
        self.transform = tvt.Compose([tvt.ToTensor(), tvt.Normalize([0.5] * 3, [0.5] * 3)])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        image = Image.open(self.files[index]).convert('RGB')
        return self.transform(image), classes.index(self.files[index].split('/')[-2])


def train(net, loader, lr, epochs):
    net = net.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, betas=(0.9, 0.99))
    losses = []
    for epoch in range(epochs):
        running = 0.0
        for i, (images, labels) in enumerate(loader):
            optimizer.zero_grad()
            loss = criterion(net(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            running += loss.item()
            if i % 100 == 99:
                losses.append(running / 100)
                running = 0.0
    return losses


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--depth', type=int, default=9)
    parser.add_argument('--epochs', type=int, default=15)
    args = parser.parse_args()
    data = torch.utils.data.DataLoader(CocoDataset('/content/drive/MyDrive/coco/train'), batch_size=16, shuffle=True)
    for lr in (1e-3, 1e-4):
        net = HW5Net(skip_connections=True, depth=args.depth)
        num_layers = len(list(net.parameters()))
        print('number of learnable layers:', num_layers)
        plt.plot(train(net, data, lr, args.epochs), label=str(lr))
    plt.legend()
    plt.show()
