"""Sandboxes that answer as they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from grader.sandbox.protocol import Command, Execution, Frame, Status, Usage

ATTACKS = ("reach the host's network", "write to the system", "find what an earlier program left")


@dataclass
class Answers:
    """Gives each command the next answer, the last one for ever."""

    executions: list[Execution]
    commands: list[Command] = field(default_factory=list)

    def run(self, command: Command) -> Execution:
        self.commands.append(command)
        return self.executions[min(len(self.commands), len(self.executions)) - 1]


@dataclass
class Answered:
    """Gives each command what a function makes of it."""

    answer: Callable[[Command], Execution]
    wall: str = "bubblewrap"

    def run(self, command: Command) -> Execution:
        return self.answer(command)


def told(header: dict[str, Any], status: Status = Status.EXITED) -> Execution:
    return Execution(status, "ran to its end", (Frame(header),), usage=Usage(start_cpu_s=0.1))


def resisted(**worked: bool) -> Execution:
    return told(dict.fromkeys(ATTACKS, False) | worked)
