"""Regrade requests: brought in from files as far as the policy allows, answered with a reason, shown to the student."""

from grader.requests.answering import answer_request, request_numbered
from grader.requests.bringing_in import Policy, Refused, RequestsError, RequestsRead, bring_in, read_asked

__all__ = [
    "Policy",
    "Refused",
    "RequestsError",
    "RequestsRead",
    "answer_request",
    "bring_in",
    "read_asked",
    "request_numbered",
]
