"""What students write: their PDFs, read in the sandbox, as typed data for checks."""

from grader.documents.caption_numbers import disorder, follows
from grader.documents.captions import Caption
from grader.documents.described import Described, any_of, described_figures
from grader.documents.document import COUNTED, Document, read_document, understand
from grader.documents.labelled import (
    Labelled,
    labelled_figures,
    labelled_tables,
    once_more,
    with_something,
    without_caption,
)
from grader.documents.lines import Line, LineRole
from grader.documents.mentions import Mention
from grader.documents.number_tables import NumberTable
from grader.documents.other_formats import other_reports
from grader.documents.pictured import numbers_in_pictures
from grader.documents.raw import Image, Page, PageBox, UnreadableDocument, parse_frames
from grader.documents.regions import Region
from grader.documents.report_file import read_all, the_report, unread_reports, why_no_text
from grader.documents.sentences import Sentence

Box, Role = PageBox, LineRole  # assignments that were written earlier know them by these names

__all__ = [
    "COUNTED",
    "Box",
    "Caption",
    "Described",
    "Document",
    "Image",
    "Labelled",
    "Line",
    "LineRole",
    "Mention",
    "NumberTable",
    "Page",
    "PageBox",
    "Region",
    "Role",
    "Sentence",
    "UnreadableDocument",
    "any_of",
    "described_figures",
    "disorder",
    "follows",
    "labelled_figures",
    "labelled_tables",
    "numbers_in_pictures",
    "once_more",
    "other_reports",
    "parse_frames",
    "read_all",
    "read_document",
    "the_report",
    "understand",
    "unread_reports",
    "why_no_text",
    "with_something",
    "without_caption",
]
