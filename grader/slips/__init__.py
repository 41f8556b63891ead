"""What an instructor may have got wrong: said before a student is graded with it, all of it at once."""

from grader.slips.data import check_data, data_slips
from grader.slips.folder import folder_slips, raised_in
from grader.slips.rules import slips

__all__ = ["check_data", "data_slips", "folder_slips", "raised_in", "slips"]
