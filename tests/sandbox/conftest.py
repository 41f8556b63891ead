from box_fixtures import engines, namespaces, own_parents, sandbox, separate

__all__ = ["engines", "namespaces", "own_parents", "sandbox", "separate"]
