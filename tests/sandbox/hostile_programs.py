"""Hostile programs, what becomes of each, and how the outcome is put. A list of data: each is one row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.sandbox.protocol import Status

EXITED, RAISED, NO_RESULT, BAD_RESULT = Status.EXITED, Status.RAISED, Status.NO_RESULT, Status.BAD_RESULT
TIMED_OUT, CPU, MEMORY = Status.TIMED_OUT, Status.CPU_EXCEEDED, Status.OUT_OF_MEMORY
OUTPUT = Status.TOO_MUCH_OUTPUT


@dataclass(frozen=True)
class Attack:
    """A program, the statuses it may end with, a text that reason or console must hold, limits of its own."""

    name: str
    expected: tuple[Status, ...]
    source: str
    says: str = ""
    limits: dict[str, Any] = field(default_factory=dict)


def _main(*lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"def main(request, arrays, send):\n{body}\n"


ONE_SECOND = {"wall_s": 1.0}
CPU_SECOND = {"cpu_s": 1.0}

TIME = (
    Attack("an endless loop", (CPU,), _main("while True: pass"), "of CPU time, limit 1.0 s", CPU_SECOND),
    Attack("an endless loop in C", (CPU,), _main("sum(range(10**12))"), "of CPU time", CPU_SECOND),
    Attack(
        "ignoring all signals and sleeping",
        (TIMED_OUT,),
        _main(
            "for number in range(1, 65):",
            "    attempt(lambda: signal.signal(number, signal.SIG_IGN))",
            "while True: time.sleep(100)",
        ),
        "limit 1.0 s",
        ONE_SECOND,
    ),
    Attack("two busy processes", (CPU,), _main("os.fork()", "while True: pass"), "of CPU time", CPU_SECOND),
    Attack(
        "stopping itself",
        (TIMED_OUT,),
        _main("os.kill(os.getpid(), signal.SIGSTOP)"),
        "limit 1.0 s",
        ONE_SECOND,
    ),
    Attack(
        "raising its own CPU limit",
        (RAISED,),
        _main("import resource", "resource.setrlimit(resource.RLIMIT_CPU, (900, 900))"),
        "not allowed to raise",
    ),
    Attack(
        "patching the clocks",
        (EXITED,),
        _main("time.perf_counter = time.time = time.monotonic = lambda: 0.0", "send({}, {})"),
    ),
)

PROCESSES = (
    Attack(
        "a fork bomb",
        (CPU, TIMED_OUT),
        _main("while True:", "    attempt(os.fork)"),
        limits={"cpu_s": 1.0, "wall_s": 5.0},
    ),
    Attack(
        "a thread bomb",
        (RAISED,),
        _main("while True:", "    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()"),
        "can't start new thread",
    ),
    Attack(
        "a daemon left behind after a right answer",
        (EXITED,),
        _main(
            "if os.fork() == 0:",
            "    os.setsid()",
            "    if os.fork() == 0:",
            "        while True: time.sleep(1)",
            "    os._exit(0)",
        ),
    ),
    Attack(
        "a daemon that keeps stdout while the program is gone",
        (NO_RESULT,),
        _main("if os.fork() == 0:", "    os.setsid(); time.sleep(1000)", "os._exit(0)"),
        "exit status 0",
    ),
    Attack(
        "500 zombies",
        (RAISED,),
        _main("for _ in range(500):", "    if os.fork() == 0: os._exit(0)"),
        "Resource temporarily unavailable",
    ),
    Attack(
        "a child that runs on into the box's own code",
        (EXITED,),
        _main("child = os.fork()", "if child: os.waitpid(child, 0)"),
    ),
    Attack(
        "a child that sends results",
        (EXITED,),
        _main(
            "if os.fork() == 0:",
            "    print(attempt(lambda: send({}, {})), flush=True); os._exit(0)",
            "os.wait()",
        ),
        "only the program's first process",
    ),
    Attack(
        "killing everybody",
        (NO_RESULT,),
        _main("attempt(lambda: os.kill(-1, 9))", "os.kill(os.getpid(), 9)"),
        "SIGKILL",
    ),
    Attack(
        "a segmentation fault", (NO_RESULT,), _main("ctypes.string_at(0)"), "killed by signal 11 (SIGSEGV)"
    ),
    Attack("leaving at import", (NO_RESULT,), "os._exit(3)", "exit status 3"),
    Attack("sys.exit(0)", (RAISED,), _main("sys.exit(0)"), "SystemExit: 0"),
    Attack("a keyboard interrupt", (RAISED,), _main("raise KeyboardInterrupt"), "KeyboardInterrupt"),
    Attack(
        "a busy thread left behind",
        (EXITED,),
        _main("threading.Thread(target=lambda: time.sleep(1000)).start()"),
    ),
    Attack(
        "recursion without end",
        (MEMORY, NO_RESULT, RAISED, CPU),
        "def f(n): return f(n + 1) + 1\n" + _main("sys.setrecursionlimit(10**9)", "f(0)"),
    ),
)

MEMORY_ATTACKS = (
    Attack(
        "a memory hog",
        (MEMORY,),
        _main("hoard = []", "while True: hoard.append(b'x' * (20 << 20))"),
        "limit of 256 MiB",
    ),
    Attack("an array of 80 terabytes", (MEMORY,), _main("np.empty(10**13)"), "limit of 256 MiB"),
    Attack(
        "memory spread over ten children",
        (MEMORY,),
        _main(
            "for _ in range(10):",
            "    if os.fork() == 0:",
            "        held = b'x' * (60 << 20); time.sleep(100)",
            "time.sleep(100)",
        ),
        "limit 256 MiB",
    ),
    Attack(
        "a shared anonymous map of 1 GiB",
        (MEMORY,),
        _main(
            "held = mmap.mmap(-1, 1 << 30)",
            "for i in range(0, 1 << 30, 4096): held[i] = 1",
            "time.sleep(100)",
        ),
        "limit 256 MiB",
    ),
    Attack("a memory file", (RAISED,), _main("os.memfd_create('x')"), "Operation not permitted"),
    Attack(
        "System V shared memory",
        (EXITED,),
        _main(
            "libc = ctypes.CDLL(None, use_errno=True)",
            "print(libc.shmget(0, 1 << 20, 0o1600), os.strerror(ctypes.get_errno()))",
        ),
        "-1 Operation not permitted",
    ),
    Attack(
        "an answer that is small until it is sent",
        (MEMORY,),
        _main("send({}, {'y': np.broadcast_to(np.zeros(1), 10**12)})"),
    ),
    Attack(
        "socket buffers",
        (RAISED,),
        _main(
            "held = []",
            "while True:",
            "    a, b = socket.socketpair(); a.setblocking(False); held += [a, b]",
            "    try:",
            "        while True: a.send(bytes(65536))",
            "    except BlockingIOError: pass",
        ),
        "Too many open files",
    ),
)

DISK = (
    Attack(
        "filling /tmp and /dev/shm",
        (EXITED,),
        _main(
            "for folder in ('/tmp', '/dev/shm'):",
            "    def fill():",
            "        for n in range(8):",
            "            with open(f'{folder}/{n}', 'wb') as file: file.write(bytes(4 << 20))",
            "    print(folder, attempt(fill))",
        ),
        "/dev/shm OSError: [Errno 28] No space left on device",
    ),
    Attack(
        "filling / and /dev",
        (EXITED,),
        _main(
            "paths = ('/big', '/dev/big', '/etc/big', '/harness/big')",
            "print('opened', [p for p in paths if 'Error' not in str(attempt(lambda: open(p, 'wb')))])",
        ),
        "opened []",
    ),
    Attack(
        "a flood of empty files",
        (OUTPUT,),
        _main("for n in range(10**7): os.close(os.open(f'/tmp/{n}', os.O_CREAT))"),
        "files, limit 2000",
    ),
    Attack(
        "a sparse file of 1 TiB, then a core dump",
        (NO_RESULT,),
        _main(
            "print(attempt(lambda: os.truncate(os.open('/tmp/s', os.O_CREAT | os.O_RDWR), 1 << 40)), flush=True)",
            "os.abort()",
        ),
        "File too large",
    ),
)

CHANNEL = (
    Attack(
        "a flood on stdout",
        (OUTPUT,),
        _main("while True: os.write(1, b'A' * 65536)"),
        "printed more than 1 MiB",
    ),
    Attack(
        "a flood on stderr without a line end",
        (OUTPUT,),
        _main("while True: sys.stderr.write('A' * 99999)"),
        "printed more than 1 MiB",
    ),
    Attack("900 KiB of print, then an answer", (EXITED,), _main("print('A' * 900_000)"), "bytes left out"),
    Attack(
        "a frame that claims 2^60 bytes",
        (OUTPUT,),
        _main("forge(struct.pack('<QI', 1 << 60, 20))", "time.sleep(9)"),
        "more than 4 MiB of results",
    ),
    Attack(
        "a header that claims 4 GiB",
        (BAD_RESULT,),
        _main("forge(b'\\xff' * 4096)", "time.sleep(9)"),
        "header claims",
    ),
    Attack(
        "a frame that comes byte by byte",
        (TIMED_OUT,),
        _main("forge(struct.pack('<QI', 0, 10**5))", "while True: forge(b' '); time.sleep(0.05)"),
        "limit 1.0 s",
        ONE_SECOND,
    ),
    Attack(
        "a forged verdict",
        (BAD_RESULT,),
        _main("forge(wire({'ok': True, 'passed': True, 'score': 100}))", "os._exit(0)"),
        "neither a result nor an end",
    ),
    Attack(
        "a forged failure of the grader",
        (BAD_RESULT,),
        _main("forge(wire({'end': 'not_started', 'error': 'the sandbox broke'}))", "os._exit(0)"),
        "neither a result nor an end",
    ),
    Attack(
        "a header that is not JSON", (BAD_RESULT,), _main("forge(wire(b'{]'))", "time.sleep(9)"), "not JSON"
    ),
    Attack(
        "a header nested 100,000 deep",
        (BAD_RESULT,),
        _main("forge(wire(b'{\"frame\":{\"a\":' + b'[' * 10**5 + b']' * 10**5 + b'}}'))", "time.sleep(9)"),
        "JSON",
    ),
    Attack(
        "arrays outside their own bytes",
        (BAD_RESULT,),
        _main(
            "table = json.dumps({'y': {'dtype': 'F32', 'shape': [1 << 40], 'data_offsets': [0, 4]}}).encode()",
            "forge(wire({'frame': {}}, struct.pack('<Q', len(table)) + table + b'abcd'))",
            "time.sleep(9)",
        ),
        "is given 4 bytes",
    ),
    Attack(
        "a million empty frames",
        (OUTPUT,),
        _main("for _ in range(1000): forge(wire({'frame': {}}) * 1000)"),
        "more than",
    ),
    Attack(
        "more results than allowed",
        (OUTPUT,),
        _main("for _ in range(9): send({}, {'y': np.zeros(1 << 17)})"),
        "limit 4 MiB",
    ),
    Attack(
        "closing every descriptor",
        (NO_RESULT,),
        _main("os.closerange(0, 256)", "time.sleep(9)"),
        "closed its result channel",
    ),
    Attack(
        "an object that runs code when unpickled",
        (RAISED,),
        "class Bomb:\n    def __reduce__(self): return os.system, ('true',)\n"
        + _main("send({}, {'y': np.array([Bomb()], dtype=object)})"),
        "has dtype object",
    ),
    Attack(
        "a header that is no data", (RAISED,), _main("send({'y': object()}, {})"), "not JSON serializable"
    ),
    Attack(
        "an exception whose text is 50 MB",
        (RAISED,),
        _main("raise ValueError('x' * 50_000_000)"),
    ),
    Attack(
        "an exception that exits when it is printed",
        (RAISED, NO_RESULT),
        "class Odd(Exception):\n    def __str__(self): os._exit(7)\n" + _main("raise Odd"),
    ),
    Attack("a stdout that cannot be flushed", (EXITED,), _main("sys.stdout = sys.stderr = None")),
    Attack("reading from the keyboard", (RAISED,), _main("input('grade? ')"), "EOFError"),
)

ATTACKS = (*TIME, *PROCESSES, *MEMORY_ATTACKS, *DISK, *CHANNEL)
