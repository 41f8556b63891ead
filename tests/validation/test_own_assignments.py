"""Nothing done earns nothing in any assignment that comes with the grader."""

from __future__ import annotations

import pytest
from tiny_course import Quiet

from grader.catalog import assignment_ids, load_assignment, reference_root
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.validation.expected import expected_in, samples_folder
from grader.validation.trial import Trials
from grader.validation.trial_work import solution_of
from grader.validation.validate import nothing_done


@pytest.mark.whole_sample
@pytest.mark.parametrize("name", assignment_ids(reference_root()))
def test_an_empty_file_a_solution_without_bodies_and_the_starter_earn_nothing(name, tmp_path):
    assignment = load_assignment(name, reference_root())
    solution = solution_of(assignment, None, expected_in(samples_folder(assignment, None)))
    trials = Trials(
        assignment=assignment,
        sandbox=BubblewrapSandbox(tuple(assignment.warm)),
        progress=Quiet(),
        space=tmp_path,
        jobs=1,
    )

    found = nothing_done(trials, solution, seed=5)

    assert [note.message for note in found.notes if note.problem] == []
