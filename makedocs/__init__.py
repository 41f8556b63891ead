"""What of the documents is made by a program: reference from code, pictures from samples, output of commands."""
