"""What `grade.json` holds, as types; `json_schema()` is the same for other programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from grader.gradebook.grade_json import SCHEMA

CLOSED = ConfigDict(extra="forbid", strict=True)
Points = Annotated[float, Field(ge=0)]
Outcome = Literal["passed", "partial", "failed", "ungraded"]


@with_config(CLOSED)
class Execution(TypedDict):
    """How the student's code ran, measured outside it."""

    status: Annotated[str, Field(description="how it ended: `exited` is by itself")]
    wall_s: Annotated[float, Field(description="seconds")]
    cpu_s: Annotated[float, Field(description="CPU seconds")]
    peak_mib: Annotated[int, Field(description="the most memory, MiB")]
    device: Annotated[str, Field(description="`cpu` or `cuda`")]
    sandbox: Annotated[str, Field(description="the sandbox around it; `none` marks a grade made without one")]


@with_config(CLOSED)
class ByHand(TypedDict):
    """A mark by a person."""

    author: Annotated[str, Field(description="who gave it")]
    at: Annotated[str, Field(description="when, UTC in ISO 8601")]
    reason: Annotated[str, Field(description="why; students read it")]
    previous_points: Annotated[Points | None, Field(description="what stood there before")]
    previous_author: Annotated[str, Field(description="who gave that")]


@with_config(CLOSED)
class MarkJson(TypedDict):
    """One row of the rubric."""

    criterion: Annotated[str, Field(description="its id")]
    title: Annotated[str, Field(description="as the rubric has it")]
    outcome: Annotated[Outcome, Field(description="`ungraded` waits for a person and is never zero")]
    points: Annotated[Points | None, Field(description="null while it is ungraded")]
    points_possible: Annotated[Points, Field(description="the rubric's")]
    manual: Annotated[bool, Field(description="whether a person grades it")]
    message: Annotated[str, Field(description="what was expected and what was found")]
    hint: Annotated[str | None, Field(description="what to do")]
    extra: NotRequired[Annotated[Literal[True], Field(description="counts, but not among the possible points")]]
    by_hand: NotRequired[Annotated[ByHand, Field(description="there if a person gave the points")]]


@with_config(CLOSED)
class GradeJson(TypedDict):
    """One student's grade."""

    schema: Annotated[Literal[SCHEMA], Field(description="the version of this form")]  # type: ignore[valid-type]
    assignment: Annotated[str, Field(description="the assignment's id")]
    student: Annotated[str, Field(description="the name in the gradebook")]
    attempt: Annotated[int, Field(ge=1, description="the gradebook's count")]
    submitted_at: Annotated[str | None, Field(description="UTC in ISO 8601; null where nobody knows")]
    points: Annotated[
        Points | None, Field(description="the total after the late penalty; null while a mark is ungraded")
    ]
    points_so_far: NotRequired[Annotated[Points, Field(description="there only while `points` is null")]]
    points_possible: Annotated[Points, Field(description="the rubric's total")]
    late_penalty: Annotated[Points, Field(description="points that being late costs")]
    late_reason: NotRequired[Annotated[str, Field(description="there only if late: how it was counted")]]
    status: Annotated[Literal["graded", "ungraded"], Field(description="`ungraded` needs a person")]
    execution: Annotated[Execution, Field(description="how the code ran")]
    marks: Annotated[list[MarkJson], Field(description="one for each criterion, in the rubric's order")]


_GRADE: TypeAdapter[GradeJson] = TypeAdapter(GradeJson)


def checked(value: Any) -> GradeJson:
    """The content of a `grade.json`. Raises ValueError with all that is not as the schema says."""
    return _GRADE.validate_python(value)


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of `grade.json`; further fields are allowed, since later versions may add some."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "grade.schema.json"}
    found = head | _GRADE.json_schema()
    for one in (found, *found["$defs"].values()):
        del one["additionalProperties"]
    return found
