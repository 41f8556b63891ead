"""Scripts that count on folders, programs, settings and a GPU of the machine they were written on."""

from __future__ import annotations

FOLDERS = """
from facts import fact, attempt
import os
from pathlib import Path
import numpy as np, torch

os.makedirs("/content/out")
os.makedirs("/content/out", exist_ok=True)
os.mkdir("/kaggle/working/models")
Path("/Users/ada/hw/plots").mkdir(parents=True, exist_ok=True)
open("/content/out/log.txt", "w").write("hi")
with open("/content/drive/MyDrive/hw/log.txt", "a") as file:
    file.write("there")
torch.save(torch.ones(2), "/kaggle/working/models/net.pt")
torch.save({"a": 1}, Path("/home/ada/net.pt"))
np.save("/content/out/a.npy", np.ones(3))
Path("/content/out/b.txt").write_text("b")
os.chdir("/content/out")
open("D:/hw/x.txt".replace("D:/hw/", "D:"), "w").write("x")
os.makedirs("C:/Users/ada/out", exist_ok=True)
fact("read back", [open("/content/out/log.txt").read(), Path("/content/out/b.txt").read_text(),
                   torch.load("/kaggle/working/models/net.pt").tolist(), np.load("/content/out/a.npy").tolist()])
fact("there", [os.path.exists("/content/out"), os.path.isdir("/content/out"), os.path.exists("/content/other"),
               sorted(os.listdir("/content/out"))])
fact("handed in", [open("/content/drive/MyDrive/hw/data.txt").read(), open("C:\\\\hw\\\\data.txt").read(),
                   os.path.basename(os.getcwd())])
attempt("not handed in", lambda: open("/content/drive/MyDrive/hw/nothing.txt"))
attempt("system", lambda: open("/etc/passwd", "a"))
"""

PROGRAMS = """
from facts import fact, attempt
import locale, os, subprocess, sys
fact("locale", [locale.setlocale(locale.LC_ALL, "xx_YY.UTF-8")])
fact("programs", [subprocess.run(["nvidia-smi"], capture_output=True, text=True).stdout,
                  subprocess.check_output("nvidia-smi", shell=True).decode(),
                  subprocess.check_call([sys.executable, "-m", "pip", "install", "torchinfo"]),
                  subprocess.getoutput("nvidia-smi --query-gpu=name"),
                  subprocess.check_output(["echo", "hi"]).decode()])
os.system("nvidia-smi")
import matplotlib.pyplot as plt
plt.plot([1, 2, 3])
os._exit(0)
"""

APPLE = """
from facts import fact
import torch
device = torch.device("mps")
net = torch.nn.Linear(2, 2).to(device)
x = torch.ones(1, 2, device="mps")
fact("device", [str(net(x).device), str(torch.zeros(2).to("mps:0").device), str(x.to(device).device)])
torch.mps.manual_seed(1)
torch.mps.empty_cache()
torch.mps.synchronize()
g = torch.Generator(device="mps").manual_seed(3)
fact("generator", [torch.rand(1, generator=g).shape[0], torch.mps.current_allocated_memory()])
with torch.autocast(device_type="mps", enabled=False):
    net(x)
torch.set_default_device("mps")
fact("default", [str(torch.ones(1).device)])
"""
