"""Programs that use too much of something: time, processes, memory, disk."""

from __future__ import annotations

from hostile_attack import (
    CPU,
    CPU_SECOND,
    EXITED,
    MEMORY,
    NO_RESULT,
    ONE_SECOND,
    OUTPUT,
    RAISED,
    TIMED_OUT,
    Attack,
    body,
)

TIME = (
    Attack("an endless loop", (CPU,), body("while True: pass"), "of CPU time, limit 1.0 s", CPU_SECOND),
    Attack("an endless loop in C", (CPU,), body("sum(range(10**12))"), "of CPU time", CPU_SECOND),
    Attack(
        "ignoring all signals and sleeping",
        (TIMED_OUT,),
        body(
            "for number in range(1, 65):",
            "    attempt(lambda: signal.signal(number, signal.SIG_IGN))",
            "while True: time.sleep(100)",
        ),
        "limit 1.0 s",
        ONE_SECOND,
    ),
    Attack("two busy processes", (CPU,), body("os.fork()", "while True: pass"), "of CPU time", CPU_SECOND),
    Attack(
        "stopping itself",
        (TIMED_OUT,),
        body("os.kill(os.getpid(), signal.SIGSTOP)"),
        "limit 1.0 s",
        ONE_SECOND,
    ),
    Attack(
        "raising its own CPU limit",
        (RAISED,),
        body("import resource", "resource.setrlimit(resource.RLIMIT_CPU, (900, 900))"),
        "not allowed to raise",
    ),
    Attack(
        "patching the clocks",
        (EXITED,),
        body("time.perf_counter = time.time = time.monotonic = lambda: 0.0", "send({}, {})"),
    ),
)

PROCESSES = (
    Attack(
        "a fork bomb",
        (CPU, TIMED_OUT),
        body("while True:", "    attempt(os.fork)"),
        limits={"cpu_s": 1.0, "wall_s": 5.0},
    ),
    Attack(
        "a thread bomb",
        (RAISED,),
        body("while True:", "    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()"),
        "can't start new thread",
    ),
    Attack(
        "a daemon left behind after a right answer",
        (EXITED,),
        body(
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
        body("if os.fork() == 0:", "    os.setsid(); time.sleep(1000)", "os._exit(0)"),
        "exit status 0",
    ),
    Attack(
        "500 zombies",
        (RAISED,),
        body("for _ in range(500):", "    if os.fork() == 0: os._exit(0)"),
        "Resource temporarily unavailable",
    ),
    Attack(
        "a child that runs on into the box's own code",
        (EXITED,),
        body("child = os.fork()", "if child: os.waitpid(child, 0)"),
    ),
    Attack(
        "a child that sends results",
        (EXITED,),
        body(
            "if os.fork() == 0:",
            "    print(attempt(lambda: send({}, {})), flush=True); os._exit(0)",
            "os.wait()",
        ),
        "only the program's first process",
    ),
    Attack(
        "killing everybody",
        (NO_RESULT,),
        body("attempt(lambda: os.kill(-1, 9))", "os.kill(os.getpid(), 9)"),
        "SIGKILL",
    ),
    Attack(
        "names that are not text",
        (EXITED,),
        body(
            "prctl = ctypes.CDLL(None).prctl",
            "for name in (b'\\xff\\xfe) R 1 (', b'x\\nRssAnon: 9', b''):",
            "    prctl(15, name, 0, 0, 0); time.sleep(0.2)",
        ),
    ),
    Attack("a segmentation fault", (NO_RESULT,), body("ctypes.string_at(0)"), "killed by signal 11 (SIGSEGV)"),
    Attack("leaving at import", (NO_RESULT,), "os._exit(3)", "exit status 3"),
    Attack("sys.exit(0)", (RAISED,), body("sys.exit(0)"), "SystemExit: 0"),
    Attack("a keyboard interrupt", (RAISED,), body("raise KeyboardInterrupt"), "KeyboardInterrupt"),
    Attack(
        "a busy thread left behind",
        (EXITED,),
        body("threading.Thread(target=lambda: time.sleep(1000)).start()"),
    ),
    Attack(
        "recursion without end",
        (MEMORY, NO_RESULT, RAISED, CPU),
        "def f(n): return f(n + 1) + 1\n" + body("sys.setrecursionlimit(10**9)", "f(0)"),
    ),
)

MEMORY_ATTACKS = (
    Attack(
        "a memory hog",
        (MEMORY,),
        body("hoard = []", "while True: hoard.append(b'x' * (20 << 20))"),
        "limit of 256 MiB",
    ),
    Attack("an array of 80 terabytes", (MEMORY,), body("np.empty(10**13)"), "limit of 256 MiB"),
    Attack(
        "memory spread over ten children",
        (MEMORY,),
        body(
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
        body(
            "held = mmap.mmap(-1, 1 << 30)",
            "for i in range(0, 1 << 30, 4096): held[i] = 1",
            "time.sleep(100)",
        ),
        "limit 256 MiB",
    ),
    Attack("a memory file", (RAISED,), body("os.memfd_create('x')"), "Operation not permitted"),
    Attack(
        "System V shared memory",
        (EXITED,),
        body(
            "libc = ctypes.CDLL(None, use_errno=True)",
            "print(libc.shmget(0, 1 << 20, 0o1600), os.strerror(ctypes.get_errno()))",
        ),
        "-1 Operation not permitted",
    ),
    Attack(
        "an answer that is small until it is sent",
        (MEMORY,),
        body("send({}, {'y': np.broadcast_to(np.zeros(1), 10**12)})"),
    ),
    Attack(
        "socket buffers",
        (RAISED,),
        body(
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
        body(
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
        body(
            "paths = ('/big', '/dev/big', '/etc/big', '/harness/big')",
            "print('opened', [p for p in paths if 'Error' not in str(attempt(lambda: open(p, 'wb')))])",
        ),
        "opened []",
    ),
    Attack(
        "a flood of empty files",
        (OUTPUT,),
        body("for n in range(10**7): os.close(os.open(f'/tmp/{n}', os.O_CREAT))"),
        "files, limit 2000",
    ),
    Attack(
        "a sparse file of 1 TiB, then a core dump",
        (NO_RESULT,),
        body(
            "file = os.open('/tmp/s', os.O_CREAT | os.O_RDWR)",
            "print(attempt(lambda: os.truncate(file, 1 << 40)), flush=True)",
            "os.abort()",
        ),
        "File too large",
    ),
)
