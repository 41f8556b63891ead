#!/usr/bin/env bash
# How well this machine's NVIDIA GPU serves: one command, without a network, in at most 8 minutes, one JSON file.
#   benchmarks/gpu.sh [--packages FOLDER] [--out FILE] [--trial] [--steps NAME...]
# PYTHON is the machine's own Python 3.12 with PyTorch 2.11 or newer (python3 unless another is named). What else is
# needed is taken from FOLDER (benchmarks/packages), which benchmarks/gather_for_gpu.sh fills elsewhere; nothing of the
# machine is changed. --trial does as much as can be done without a GPU.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-python3}
packages=$here/benchmarks/packages
given=()
while [ $# -gt 0 ]; do
  case $1 in
    --packages) packages=$(realpath "$2"); shift 2 ;;
    *) given+=("$1"); shift ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # boxes run as another user

own=$("$python" -c 'import os, torch; print(os.path.dirname(os.path.dirname(torch.__file__)))') ||
  { echo "expected a Python with PyTorch, found none in $python; hint: PYTHON=/path/to/python3 $0" >&2; exit 2; }
"$python" -m venv --without-pip "$work/venv" || exit 2
python=$work/venv/bin/python

# Wheels are archives: unpacking them needs no pip. Ours come first, the machine's own packages after them.
"$python" - "$packages" "$own" "$here" <<'PYTHON' || exit 2
import sys, sysconfig, zipfile
from pathlib import Path

packages, own, checkout = sys.argv[1:]
site = Path(sysconfig.get_paths()["purelib"])
for wheel in sorted(Path(packages).glob("*.whl")):
    zipfile.ZipFile(wheel).extractall(site)
(site / "machine.pth").write_text(f"{own}\n{checkout}\n")
PYTHON

if ! command -v bwrap >/dev/null; then
  for package in "$packages"/bubblewrap_*.deb; do dpkg --extract "$package" "$work/system"; done
  export PATH="$work/system/usr/bin:$PATH"
fi

cd "$here" && PYTHONDONTWRITEBYTECODE=1 timeout --kill-after 5 475 "$python" -m benchmarks.gpu "${given[@]}"
