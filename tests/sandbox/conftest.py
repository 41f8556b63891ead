from box_fixtures import engines, namespaces, sandbox

__all__ = ["engines", "namespaces", "sandbox"]
