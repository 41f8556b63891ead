"""One student's feedback."""
