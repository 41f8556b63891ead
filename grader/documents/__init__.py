"""What students write: their PDFs, read behind the wall, as typed data for checks."""

from grader.documents.captions import Caption, Mention
from grader.documents.document import Document, read_document, understand
from grader.documents.lines import Line, Role
from grader.documents.number_tables import NumberTable
from grader.documents.raw import Box, Image, Page, UnreadableDocument, parse_frames
from grader.documents.regions import Region
from grader.documents.sentences import Sentence

__all__ = [
    "Box",
    "Caption",
    "Document",
    "Image",
    "Line",
    "Mention",
    "NumberTable",
    "Page",
    "Region",
    "Role",
    "Sentence",
    "UnreadableDocument",
    "parse_frames",
    "read_document",
    "understand",
]
