"""Hostile programs that work on what leaves the box: results, console, exceptions."""

from __future__ import annotations

from hostile_attack import BAD_RESULT, EXITED, NO_RESULT, ONE_SECOND, OUTPUT, RAISED, TIMED_OUT, Attack, body

CHANNEL = (
    Attack("a flood on stdout", (OUTPUT,), body("while True: os.write(1, b'A' * 65536)"), "printed more than 1 MiB"),
    Attack(
        "a flood on stderr without a line end",
        (OUTPUT,),
        body("while True: sys.stderr.write('A' * 99999)"),
        "printed more than 1 MiB",
    ),
    Attack("900 KiB of print, then an answer", (EXITED,), body("print('A' * 900_000)"), "bytes left out"),
    Attack(
        "a frame that claims 2^60 bytes",
        (OUTPUT,),
        body("forge(struct.pack('<QI', 1 << 60, 20))", "time.sleep(9)"),
        "more than 4 MiB of results",
    ),
    Attack(
        "a header that claims 4 GiB", (BAD_RESULT,), body("forge(b'\\xff' * 4096)", "time.sleep(9)"), "header claims"
    ),
    Attack(
        "a frame that comes byte by byte",
        (TIMED_OUT,),
        body("forge(struct.pack('<QI', 0, 10**5))", "while True: forge(b' '); time.sleep(0.05)"),
        "limit 1.0 s",
        ONE_SECOND,
    ),
    Attack(
        "a forged verdict",
        (BAD_RESULT,),
        body("forge(wire({'ok': True, 'passed': True, 'score': 100}))", "os._exit(0)"),
        "neither a result nor an end",
    ),
    Attack(
        "a forged failure of the grader",
        (BAD_RESULT,),
        body("forge(wire({'end': 'not_started', 'error': 'the sandbox broke'}))", "os._exit(0)"),
        "neither a result nor an end",
    ),
    Attack("a header that is not JSON", (BAD_RESULT,), body("forge(wire(b'{]'))", "time.sleep(9)"), "not JSON"),
    Attack(
        "a header nested 100,000 deep",
        (BAD_RESULT,),
        body("forge(wire(b'{\"frame\":{\"a\":' + b'[' * 10**5 + b']' * 10**5 + b'}}'))", "time.sleep(9)"),
        "JSON",
    ),
    Attack(
        "arrays outside their own bytes",
        (BAD_RESULT,),
        body(
            "entry = {'dtype': 'F32', 'shape': [1 << 40], 'data_offsets': [0, 4]}",
            "forge_arrays({'y': entry}, b'abcd')",
            "time.sleep(9)",
        ),
        "is given 4 bytes",
    ),
    Attack(
        "a dtype that is a list",
        (BAD_RESULT,),
        body(
            "entry = {'dtype': ['F32'], 'shape': [1], 'data_offsets': [0, 4]}",
            "forge_arrays({'y': entry}, b'abcd')",
            "time.sleep(9)",
        ),
        "unknown dtype",
    ),
    Attack(
        "a million empty frames",
        (OUTPUT,),
        body("for _ in range(1000): forge(wire({'frame': {}}) * 1000)"),
        "more than",
    ),
    Attack(
        "more results than allowed",
        (OUTPUT,),
        body("for _ in range(9): send({}, {'y': np.zeros(1 << 17)})"),
        "limit 4 MiB",
    ),
    Attack(
        "closing every descriptor",
        (NO_RESULT,),
        body("os.closerange(0, 256)", "time.sleep(3)"),
        "ended without a result",
    ),
    Attack(
        "an object that runs code when unpickled",
        (RAISED,),
        "class Bomb:\n    def __reduce__(self): return os.system, ('true',)\n"
        + body("send({}, {'y': np.array([Bomb()], dtype=object)})"),
        "has dtype object",
    ),
    Attack("a header that is no data", (RAISED,), body("send({'y': object()}, {})"), "not JSON serializable"),
    Attack(
        "an exception whose text is 50 MB",
        (RAISED,),
        body("raise ValueError('x' * 50_000_000)"),
    ),
    Attack(
        "an exception that exits when it is printed",
        (RAISED, NO_RESULT),
        "class Odd(Exception):\n    def __str__(self): os._exit(7)\n" + body("raise Odd"),
    ),
    Attack("a stdout that cannot be flushed", (EXITED,), body("sys.stdout = sys.stderr = None")),
    Attack("reading from the keyboard", (RAISED,), body("input('grade? ')"), "EOFError"),
)
