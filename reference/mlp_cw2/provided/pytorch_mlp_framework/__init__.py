"""The course's framework as student code imports it: the submission's own files first, then the given ones."""

from pathlib import Path

_FILES = ("model_architectures.py", "experiment_builder.py", "arg_extractor.py", "storage_utils.py")

_given = Path(__file__).parent.parent / "mlp_framework_given"
_own = {path.parent for name in _FILES for path in Path.cwd().rglob(name) if path.is_file()}
# The folder that was handed in under the framework's name comes before copies elsewhere.
_ordered = sorted(_own, key=lambda folder: (folder.name != "pytorch_mlp_framework", len(folder.parts), str(folder)))
__path__ = [*map(str, _ordered), str(_given)]
