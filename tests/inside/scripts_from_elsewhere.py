"""Scripts that count on folders, programs, settings and a GPU of the machine they were written on."""

from __future__ import annotations

import contextlib
import io
import sqlite3
import tarfile

import h5py

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

HANDED_OUT = """
from facts import fact, attempt
import glob, os, shutil
from pathlib import Path
import numpy as np

HERE = Path(__file__).parent if "__file__" in globals() else Path.cwd()
NAMES = ["given.csv", "given/a.csv", "given/deep/b.csv", "shared/theirs.csv", "shared/mine.csv", "data.txt",
         "nothing.csv", "given/nothing.csv", "/content/drive/given.csv", "C:/hw/given.csv", HERE / "given" / "a.csv",
         "~/hw/data.txt"]

def opens(name):
    try:
        return bool(open(name).read())
    except FileNotFoundError:
        return False

def found(way, name):
    try:
        return bool(way(name))
    except FileNotFoundError:
        return False

fact("agree", [[opens(name), found(os.stat, name), found(os.lstat, name), found(os.path.getmtime, name),
                os.access(name, os.R_OK), os.path.exists(name), os.path.isfile(name), os.path.lexists(name),
                Path(name).exists(), Path(name).is_file(), bool(glob.glob(glob.escape(str(name))))]
               for name in NAMES])
fact("sizes", [Path("given.csv").stat().st_size, os.path.getsize("given.csv"), len(Path("given.csv").read_text()),
               os.stat("given.csv").st_size, os.stat("/content/drive/given.csv").st_size])
for way in (shutil.copy, shutil.copy2, shutil.copyfile):
    way("given.csv", "copied.txt")
    way("/content/drive/given.csv", "/content/elsewhere/" + way.__name__)
    fact(f"{way.__name__}", [open("copied.txt").read(), open("/content/elsewhere/" + way.__name__).read()])
shutil.copytree("given", "copied")
fact("tree", [open("copied/a.csv").read(), open("copied/deep/b.csv").read(),
              os.path.samefile("given", "given/deep/..")])
shutil.rmtree("copied")
attempt("copies nothing", lambda: shutil.copy("nothing.csv", "copied.txt"))
import h5py, sqlite3, tarfile
with h5py.File("/content/new.h5", "w") as file:
    file["numbers"] = [1, 2]
connection = sqlite3.connect("/content/new.db")
connection.execute("create table numbers (one)")
connection.close()
with tarfile.open("/content/copied.tar", "w") as archive:
    archive.add("copied.txt")
fact("libraries", [sqlite3.connect("/content/drive/given.db").execute("select * from numbers").fetchall(),
                   os.path.isfile("/content/new.db"), h5py.File("/content/new.h5")["numbers"][:].tolist(),
                   h5py.File("given.h5", "r")["numbers"][:].tolist(), tarfile.open("/content/copied.tar").getnames(),
                   tarfile.open("hw/given/given.tar").getnames()])
os.symlink("data.txt", "link")
shutil.copystat("link", "link", follow_symlinks=False)
attempt("looks at nothing", lambda: os.stat("nothing.csv"))
fact("folders", [Path("given").is_dir(), os.path.isdir("given"), (HERE / "given" / "deep").is_dir(),
                 Path("no").is_dir()])
fact("listed", [sorted(os.listdir("given")), sorted(p.name for p in Path("given").iterdir()),
                sorted(os.path.basename(p) for p in glob.glob("given/*")),
                sorted(p.name for p in Path("given").glob("*")),
                sorted(entry.name for entry in os.scandir("given"))])
fact("both", [sorted(os.listdir("shared")), sorted(p.name for p in Path("shared").iterdir()),
              sorted(os.path.basename(p) for p in glob.glob("shared/*.csv")),
              sorted(p.name for p in (HERE / "shared").glob("*.csv"))])
fact("here", [sorted(glob.glob("*.csv")), sorted(p.name for p in Path().glob("*.csv")),
              "given.csv" in os.listdir(), "theirs.py" in os.listdir(), "work.py" in os.listdir()])
fact("within", [sorted(p.name for p in Path().rglob("*.csv")), sorted(glob.glob("**/*.csv", recursive=True)),
                sorted(name for _, _, names in os.walk(".") for name in names if name.endswith(".csv"))])
fact("read", [Path(p).read_text() for p in sorted(glob.glob("given/**/*.csv", recursive=True))])
fact("entry", [[e.name, e.is_file(), open(e.path).read()] for e in os.scandir("shared")])
attempt("no folder", lambda: os.listdir("no"))
attempt("no folder of a path", lambda: list(Path("no").iterdir()))

def lower(name):
    number = os.open(name, os.O_RDONLY)
    try:
        return os.read(number, 100).decode()
    finally:
        os.close(number)

import io, linecache
NUMBERS = "measured/numbers.txt"
ways = [np.loadtxt, np.genfromtxt, np.fromfile, lambda name: np.loadtxt(io.StringIO(lower(name))),
        lambda name: [float(line) for line in linecache.getlines(name)]]
fact("numbers", [[[float(number) for number in (way(name, sep=" ") if way is np.fromfile else way(name))]
                  for way in ways]
                 for name in (NUMBERS, "/content/drive/hw/" + NUMBERS, str(HERE / NUMBERS))])
attempt("no numbers", lambda: np.loadtxt("measured/others.txt"))
attempt("nothing lower", lambda: lower("measured/others.txt"))
np.savetxt("measured.txt", [3.0])
fact("own numbers", float(np.loadtxt("measured.txt")))
before = os.getcwd()
os.chdir("measured")
fact("gone into", [open("numbers.txt").read().split(), os.listdir(), os.path.relpath(os.getcwd(), before)])
os.chdir("..")
fact("and back", [os.getcwd() == before, open("given.csv").read()])
attempt("gone nowhere", lambda: os.chdir("no"))
"""


def _data_base() -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table numbers (one)")
        connection.execute("insert into numbers values (1)")
        connection.commit()
        return connection.serialize()


def _hdf5() -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["numbers"] = [3]
    return stream.getvalue()


def _archive() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("packed.csv"))
    return stream.getvalue()


OF_THE_COURSE = {
    "given.h5": _hdf5(),
    "given.db": _data_base(),
    "given/given.tar": _archive(),
    "given.csv": "of the course",
    "given/a.csv": "a",
    "given/deep/b.csv": "b",
    "shared/theirs.csv": "theirs",
    "shared/mine.csv": "not mine",
    "measured/numbers.txt": "1\n2\n",
    "theirs.py": "x = 1",
    "work.py": "",
}
OF_THE_STUDENT = {"work.py": HANDED_OUT, "shared/mine.csv": "mine", "data.txt": "mine"}
