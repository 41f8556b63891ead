"""What is kept of how something ran."""

from __future__ import annotations

from grader.collect import execution_records


def test_a_machine_without_torchvision_says_so_in_the_evidence(monkeypatch):
    monkeypatch.setattr(execution_records, "ENVIRONMENT", ("torch", "torchvision-of-another-machine"))

    found = execution_records.environment("cpu")

    assert found["torchvision-of-another-machine"] == "none"
    assert found["torch"] != "none"
