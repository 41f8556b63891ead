"""Programs that want out: to the host's network, files, processes, rights, and to what others left.

Each prints which of its ways worked: none may.
"""

from __future__ import annotations

from hostile_attack import EXITED, NO_RESULT, RAISED, Attack


def ways(**actions: str) -> str:
    """A program that tries each action and prints the names of those that did not raise an exception."""
    tried = "".join(f"    {name!r}: lambda: {action},\n" for name, action in actions.items())
    return f"""
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)

def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as sock:
        sock.settimeout(1); sock.connect(address); sock.send(b"x")

WAYS = {{
{tried}}}

def main(request, arrays, send):
    failed = {{name for name, way in WAYS.items() if "error" in str(attempt(way)).lower()}}
    print("worked:", sorted(set(WAYS) - failed), flush=True)
"""


def escape(name: str, **actions: str) -> Attack:
    return Attack(name, (EXITED,), ways(**actions), "worked: []")


ESCAPES = (
    escape(
        "reaching the internet",
        tcp="connect(socket.AF_INET, ('1.1.1.1', 53))",
        tcp6="connect(socket.AF_INET6, ('2606:4700:4700::1111', 53))",
        udp="connect(socket.AF_INET, ('1.1.1.1', 53), socket.SOCK_DGRAM)",
        names="socket.getaddrinfo('example.org', 443)",
        cards="[n for _, n in socket.if_nameindex() if n != 'lo'][0] or 1 / 0",
    ),
    escape(
        "other kinds of sockets",
        hypervisor="connect(40, (2, 5001))",
        packets="socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        raw="socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        crypto="socket.socket(38, 5)",
        bluetooth="socket.socket(31, 5)",
    ),
    escape(
        "sockets of services",
        docker="connect(socket.AF_UNIX, '/var/run/docker.sock')",
        dbus="connect(socket.AF_UNIX, '/run/dbus/system_bus_socket')",
        systemd="connect(socket.AF_UNIX, '/run/systemd/private')",
        display="connect(socket.AF_UNIX, '\\0/tmp/.X11-unix/X0')",
    ),
    escape(
        "reading the host",
        shadow="open('/etc/shadow').read()",
        machine="open('/etc/machine-id').read()",
        homes="os.listdir('/root') + os.listdir('/home')",
        logs="os.listdir('/var/log')",
        kernel="open('/proc/kcore', 'rb').read(1)",
        disk="open('/dev/sda', 'rb').read(1)",
        root_of_1="os.listdir('/proc/1/root/var')",
    ),
    escape(
        "reading the grader",
        environment="open('/proc/1/environ').read()[0]",
        memory="open('/proc/1/mem', 'rb').read(1)",
        descriptors="os.readlink('/proc/1/fd/0')",
        solution="[f for f in ('solution.py', 'expected.toml') for _ in __import__('pathlib').Path('/').rglob(f)][0]",
    ),
    escape(
        "writing the system",
        root="open('/x', 'w')",
        usr="open('/usr/x', 'w')",
        etc="open('/etc/x', 'w')",
        dev="open('/dev/x', 'w')",
        harness="open('/harness/inside/box.py', 'a')",
        packages="open(os.path.join(os.path.dirname(np.__file__), 'x.pth'), 'w')",
        python="open(sys.executable, 'ab')",
        host_name="open('/proc/sys/kernel/hostname', 'w').write('x')",
        sysrq="open('/proc/sysrq-trigger', 'w').write('b')",
    ),
    escape(
        "new rights",
        user_namespace="call('unshare', 0x10000000)",
        network_namespace="call('unshare', 0x40000000)",
        mount="call('mount', b'none', b'/tmp', b'tmpfs', 0, None)",
        chroot="call('chroot', b'/tmp')",
        root="call('setuid', 0)",
        device="os.mknod('/tmp/disk', 0o60666, 0x800)",
        host_name="call('sethostname', b'x', 1)",
        swap="call('swapoff', b'/x')",
        priority="os.nice(-5)",
        realtime="os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
    ),
    escape(
        "other processes",
        trace="call('ptrace', 16, os.getppid() or 1, 0, 0)",
        memory="open('/proc/1/mem', 'r+b')",
        spare_oneself="open('/proc/self/oom_score_adj', 'w').write('-1000')",
        many="[p for p in os.listdir('/proc') if p.isdigit()][8]",
    ),
    escape(
        "programs that give rights",
        su="subprocess.run(['su', '-c', 'id'], stdin=subprocess.DEVNULL, capture_output=True, check=True)",
        mount="subprocess.run(['mount', '-t', 'tmpfs', 'x', '/tmp'], capture_output=True, check=True)",
        unshare="subprocess.run(['unshare', '-U', 'id'], capture_output=True, check=True)",
        nested="subprocess.run(['bwrap', '--ro-bind', '/', '/', 'true'], capture_output=True, check=True)",
    ),
    Attack(
        "killing the box's first process",
        (EXITED, NO_RESULT),
        "def main(request, arrays, send):\n    attempt(lambda: os.kill(1, 9)); time.sleep(0.2); print('alive')\n",
    ),
    Attack("killing the harness", (NO_RESULT,), "def main(*_): os.kill(os.getpid(), 9)\n", "SIGKILL"),
    Attack(
        "a call of another kind of machine",
        (NO_RESULT, RAISED),
        "def main(*_): ctypes.CDLL(None).syscall(0x40000027)\n",
    ),
    Attack(
        "what it can see of the host in its environment",
        (EXITED,),
        "def main(request, arrays, send): print([n for n in os.environ if 'GRADER' in n or n in ('SSH_AUTH_SOCK',"
        " 'LD_PRELOAD', 'PYTHONPATH', 'XDG_RUNTIME_DIR')])\n",
        "[]",
    ),
)
