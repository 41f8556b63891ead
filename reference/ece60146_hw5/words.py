"""What the handout's things are called in reports: the network of homework 5, Net3 of homework 4, and their data."""

from __future__ import annotations

import re

from grader.checks import ReportSubjects

NET3 = re.compile(r"\bnet[\s_-]*3\b|\bhw[\s_-]*0?4|homework[\s_-]*0?4", re.IGNORECASE)
HOMEWORK = re.compile(r"hw[ _-]?0?5|homework[ _-]?0?5", re.IGNORECASE)
ABOUT = ReportSubjects(
    own=re.compile(r"\bhw[\s_-]*0?5|homework[\s_-]*0?5|skip|bme", re.IGNORECASE),
    earlier=NET3,
    earlier_name=re.compile(r"\bnet[\s_-]*3\b", re.IGNORECASE),
    borrowed=re.compile(
        r"(?:data\s?sets?|data|subset|images|pipelines?|routines?|code|data\s?loaders?)\s+(?:\w+\s+){0,2}?"
        r"(?:of|from|in|for)\s+(?:hw|homework)[\s_-]*0?4"
        r"|(?:hw|homework)[\s_-]*0?4(?:['’]?s)?\s+(?:coco\s+)?"
        r"(?:data|test|valid|train|image|subset|pipeline|routine|code)\w*",
        re.IGNORECASE,
    ),
    own_data=re.compile(r"\bcoco\b", re.IGNORECASE),
    other_data=re.compile(r"\bcifar", re.IGNORECASE),  # the handout's optional part
    says_what=re.compile(r"confusion|matrix|loss|learning[\s-]*rate|net[\s_-]*3", re.IGNORECASE),
    says_whose=re.compile(r"learning[\s-]*rate|\blrs?\b|net|hw|homework|skip|bme|cifar|coco|\d[.e]", re.IGNORECASE),
)
