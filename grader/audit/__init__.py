"""How often an assignment's grading is wrong: right and wrong versions of its solution, graded like students' work."""

from grader.audit.audit import AuditError, AuditPlan, audit, written
from grader.audit.audit_result import Audit

__all__ = ["Audit", "AuditError", "AuditPlan", "audit", "written"]
