"""`consistent_runs`, `claims_hold`: whether logs can be true, and whether a report says what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.checks.blocks.demands import Demand
from grader.checks.blocks.run_logs import RunLogs
from grader.checks.logged import doubts
from grader.checks.logged.claim import Claim, KnownOfRun
from grader.checks.logged.claims import claims
from grader.checks.logged.doubts import RightLog
from grader.checks.logged.hyperparameters import contradictions, lengths, of_files
from grader.checks.logged.training_run import TrainingRun
from grader.documents import unread_reports
from grader.evidence import Evidence
from grader.finding import Finding, Outcome
from grader.rubric import Block

HINT_UNREAD = "read it, with macros switched off, and grade it by hand"
HINT = "hand in the log as the run wrote it, and let the report give its numbers"


def consistent_runs(
    logs: RunLogs,
    *,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    start: Mapping[str, tuple[float, float]] | None = None,
    counted: bool = False,
    what: str | None = None,
) -> Block:
    """The logs can be those of runs of this code.

    Caught: values out of `bounds` (by what a curve holds), a curve that does not `start` as an untrained network
    does (lowest and highest mean of its first points), returns that are not the lengths of their episodes
    (`counted`), episodes longer together than the run, or without a row among others that have one (`counted`),
    time that goes back, steps out of order, parts that are copied, straight lines, also rounded ones, damaged event
    files, copies among seeds, more or fewer steps than the code has, settings (learning rate, discount, …) in the
    log that are not those of the code or of any other text that was handed in.

    Accepted: smoothed curves, evaluation every so many steps, restarts that log some steps again, runs that were
    stopped early by code that does so, options given on a command line that is written down somewhere, logs without
    settings. Tolerances: `start` and `bounds` come from runs of the reference; the others are what no run can do.
    A log that was made up with care is not found: nothing but running the code again shows that.
    """
    expected = RightLog(bounds=bounds or {}, start=start or {}, counted=counted)

    def check(evidence: Evidence) -> Finding:
        runs = logs.runs(evidence, what)
        code, _ = logs.written(evidence)
        return _judged(runs, inconsistencies(runs, code, expected))

    return Block(check, reads=(logs.reading, logs.reading_texts), artefact=Demand(logs, logs.patterns))


def inconsistencies(runs: Sequence[TrainingRun], code: Mapping[str, str], expected: RightLog) -> list[str]:
    """What is odd in logs, between them, and between them and the code (texts by path)."""
    settings = of_files(code)
    found = [words for run in runs for words in doubts.of_run(run, expected)]
    found += doubts.between(runs)
    for run in runs:
        found += [f"{run.name}: {words}" for words in contradictions(run.facts, settings, list(code.values()))]
        found += [f"{run.name}: {words}" for words in lengths(run, settings, code)]
    return list(dict.fromkeys(found))


def _judged(runs: Sequence[TrainingRun], found: Sequence[str]) -> Finding:
    if not found:
        return Finding.passed(f"nothing in {len(runs)} log{'s' * (len(runs) != 1)} speaks against them")
    more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
    words = f"the logs are not those of this code's runs: {found[0]}{more}"
    return Finding.failed(words, HINT, details=tuple(found[:50]))


def claims_hold(
    logs: RunLogs,
    *,
    levels: Sequence[float] = (),
    needed: Sequence[str] = (),
    what: str | None = None,
) -> Block:
    """What the report says of its runs is what the logs give: results with their spread, the best and the start, where
    a level is passed, how long runs are, how many seeds, learning rates and other settings.

    Reports are text files, text cells of notebooks, and PDFs (name them in `documents`). A number is wrong only if no
    right way of reading the logs gives it: last values, means and medians of the last points, of one run or over all,
    rounded as it is written; "about" allows 5 %. `levels` are numbers of the assignment's own, such as what counts as
    solved. `needed` names what must be said (`"return"`, `"seeds"`, `"steps"`, `"learning rate"`).

    Accepted: any wording, tables, rounding, several figures for one thing. Caught: numbers that no log gives. Not
    seen: claims in pictures, claims without a number. With `needed` a report that says nothing fails; one that is not
    read, such as a Word document, is left to a person.
    """

    def check(evidence: Evidence) -> Finding:
        runs = logs.runs(evidence, what)
        code, said = logs.written(evidence)
        found = claims(said, KnownOfRun(runs=runs, settings=of_files(code), levels=levels))
        finding = judged_claims(found, needed)
        unread = [] if any(claim.wrong for claim in found) else unread_reports(evidence, any_pdf=not said)
        if finding.outcome is Outcome.PASSED or not unread:
            return finding
        path, words = unread[0]
        return Finding.ungraded(f"{finding.message}; {path} may say it: {words}, not read here", HINT_UNREAD)

    return Block(check, reads=(logs.reading, logs.reading_texts))


def judged_claims(found: Sequence[Claim], needed: Sequence[str]) -> Finding:
    """The finding on all claims of a report."""
    wrong = [claim for claim in found if claim.wrong]
    details = tuple(f"{claim.wrong} (“{claim.words}”)" for claim in wrong)
    lacking = [name for name in needed if name not in {claim.about for claim in found}]
    if wrong:
        more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return Finding.failed(f"{details[0]}{more}", "give the numbers of the logs that are handed in", details=details)
    if lacking:
        hint = "say it with its number, such as: Final return: 187.3 ± 4.1 over 3 seeds"
        return Finding.failed(f"expected the report to give {', '.join(lacking)}, found no such number", hint)
    if not found:
        return Finding.ungraded("the report claims nothing of the runs that could be told from its text")
    return Finding.passed(f"{len(found)} claim{'s' * (len(found) != 1)} of the report agree with the logs")
