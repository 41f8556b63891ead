#!/usr/bin/env bash
# Gather what benchmarks/gpu.sh needs on a machine without a network: wheels and the package bubblewrap.
#   benchmarks/gather_for_gpu.sh [FOLDER] [MORE...]
# FOLDER is benchmarks/packages unless another is named. MORE are packages of requirements.lock that the machine
# may lack besides (such as scipy); torch, numpy, scipy, matplotlib, pandas and scikit-learn are taken from the machine.
# Variables: VERSION, the machine's Python (3.12); MOST_MIB, how much may be gathered (60).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-$here/benchmarks/packages}
version=${VERSION:-3.12}
most=${MOST_MIB:-60}

wanted=(annotated-types brotli cffi click cssselect2 filelock fonttools iniconfig Jinja2 latex2mathml markdown-it-py
  MarkupSafe mdit-py-plugins mdurl packaging pluggy pycparser pydantic pydantic_core pydyf Pygments pypdfium2 pyphen
  pytest PyYAML rich safetensors tinycss2 tinyhtml5 typing-inspection typing_extensions weasyprint webencodings ziafont
  ziamath zopfli "${@:2}")

pinned=()
for name in "${wanted[@]}"; do
  pinned+=("$(grep -iE "^$name==" "$here/requirements.lock")") ||
    { echo "expected $name in requirements.lock, found none" >&2; exit 2; }
done
platforms=()
for glibc in 2_28 2_27 2_17; do platforms+=(--platform "manylinux_${glibc}_x86_64"); done
platforms+=(--platform manylinux2014_x86_64)

rm -rf "$folder"
mkdir -p "$folder"
python3 -m pip download --quiet --no-deps --only-binary :all: --implementation cp --python-version "$version" \
  "${platforms[@]}" --dest "$folder" "${pinned[@]}"
(cd "$folder" && apt-get download --quiet --quiet bubblewrap)

size=$(du --summarize --bytes "$folder" | cut -f 1)
echo "$(find "$folder" -type f | wc -l) packages, $((size >> 20)) MiB in $folder"
[ "$size" -le $((most << 20)) ] || { echo "expected at most $most MiB" >&2; exit 1; }
