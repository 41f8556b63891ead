"""Programs that use much, honestly: each has to come to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Honest:
    """A program that sends `{"right": true}`, and limits of its own."""

    name: str
    source: str
    limits: dict[str, Any] = field(default_factory=dict)


HONEST = (
    Honest(
        "a DataLoader with two workers",
        """
import torch
def main(request, arrays, send):
    data = torch.utils.data.TensorDataset(torch.arange(20.0))
    batches = [b[0] for b in torch.utils.data.DataLoader(data, batch_size=4, num_workers=2)]
    send({"right": bool((torch.cat(batches) == torch.arange(20.0)).all())}, {})
""",
    ),
    Honest(
        "a pool of processes",
        """
import multiprocessing
def square(n): return n * n
def main(request, arrays, send):
    with multiprocessing.get_context("fork").Pool(3) as pool:
        send({"right": pool.map(square, range(10)) == [n * n for n in range(10)]}, {})
""",
    ),
    Honest(
        "threads and a queue",
        """
import concurrent.futures, torch
def main(request, arrays, send):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sums = list(pool.map(lambda n: float(torch.ones(n).sum()), range(20)))
    send({"right": sums == [float(n) for n in range(20)]}, {})
""",
    ),
    Honest(
        "figures with matplotlib",
        """
import matplotlib.pyplot as plt
def main(request, arrays, send):
    figure, axes = plt.subplots(2)
    axes[0].plot(np.arange(100)); axes[1].imshow(np.eye(20)); axes[0].set_title("loss $\\\\alpha$")
    figure.savefig("figure.png"); plt.show()
    send({"right": os.path.getsize("figure.png") > 1000}, {})
""",
    ),
    Honest(
        "weights saved and loaded",
        """
import torch
def main(request, arrays, send):
    network = torch.nn.Linear(50, 20)
    for place in ("weights.pt", "/tmp/weights.pt", "/dev/shm/weights.pt"):
        torch.save(network.state_dict(), place)
        other = torch.nn.Linear(50, 20); other.load_state_dict(torch.load(place))
    send({"right": bool((other.weight == network.weight).all())}, {})
""",
    ),
    Honest(
        "temporary files and a program of the system",
        """
import tempfile
def main(request, arrays, send):
    with tempfile.TemporaryDirectory() as folder:
        open(f"{folder}/a", "w").write("hello")
        said = subprocess.run(["cat", f"{folder}/a"], capture_output=True, text=True, check=True).stdout
    send({"right": said == "hello"}, {})
""",
    ),
    Honest(
        "training on several threads",
        """
import torch
def main(request, arrays, send):
    torch.manual_seed(0); torch.set_num_threads(2)
    x = torch.randn(64, 20); y = (x.sum(1) > 0).long()
    network = torch.nn.Sequential(torch.nn.Linear(20, 32), torch.nn.ReLU(), torch.nn.Linear(32, 2))
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(60):
        optimizer.zero_grad(); torch.nn.functional.cross_entropy(network(x), y).backward(); optimizer.step()
    send({"right": float((network(x).argmax(1) == y).float().mean()) > 0.9}, {})
""",
    ),
    Honest(
        "processes that talk over the loopback",
        """
def main(request, arrays, send):
    server = socket.create_server(("127.0.0.1", 0))
    if os.fork() == 0:
        with socket.create_connection(server.getsockname()) as peer: peer.send(b"hello")
        os._exit(0)
    connection, _ = server.accept()
    send({"right": connection.recv(5) == b"hello"}, {})
""",
    ),
    Honest(
        "torch.compile, with gcc",
        """
import torch, torch._inductor.config as inductor
def main(request, arrays, send):
    # Less for gcc to do: no vector instructions to try out, no header compiled beforehand.
    inductor.cpp.simdlen, inductor.cpp_cache_precompile_headers = 1, False
    double = torch.compile(lambda x: x * 2 + 1)
    send({"right": double(torch.ones(3)).tolist() == [3.0, 3.0, 3.0]}, {})
""",
        {"cpu_s": 60.0, "wall_s": 300.0, "memory_mib": 3072, "processes": 64, "open_files": 512, "scratch_mib": 512},
    ),
)
