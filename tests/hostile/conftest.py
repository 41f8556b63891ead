import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "sandbox"))

from box_fixtures import engines, namespaces, sandbox

__all__ = ["engines", "namespaces", "sandbox"]
