from google.colab import drive
drive.mount('/content/drive')
import sys
sys.path.append('/content/drive/MyDrive/DLStudio')
from DLStudio import *
import torch, torch.nn as nn, torch.nn.functional as F
import cv2
from torchsummary import summary

SkipBlock = DLStudio.SkipConnections.SkipBlock


class HW5_Net(nn.Module):
    def __init__(self, dls, n_classes=5):
        super().__init__()
        self.dls = dls
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.first = nn.Sequential(*[SkipBlock(8, 8) for i in range(10)])
        self.down = SkipBlock(8, 16, downsample=True)
        self.second = nn.Sequential(*[SkipBlock(16, 16) for i in range(10)])
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(16 * 8 * 8, n_classes)

    def forward(self, x):
        x = self.pool(F.relu(self.conv(x)))
        x = self.second(self.down(self.pool(self.first(x))))
        return self.fc(self.drop(x.flatten(1)))


dls = DLStudio(dataroot='/content/drive/MyDrive/coco', image_size=[64, 64], learning_rate=1e-3, epochs=10,
               batch_size=16, classes=('boat', 'cake', 'couch', 'dog', 'motorcycle'), use_gpu=True)
net = HW5_Net(dls)
net = net.cuda()
print(len(list(net.parameters())))
summary(net, (3, 64, 64))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
loader = torch.load('/content/drive/MyDrive/coco/loader.pt')
for epoch in range(10):
    for images, labels in loader:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(net(images.cuda()), labels.cuda())
        loss.backward()
        optimizer.step()
