"""What a student's data loaders give: every image once, normalised, in batches, shuffled or not, with every option."""
