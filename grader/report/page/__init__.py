"""One page of HTML or PDF: templates, fonts, numbered blocks, accessibility."""
