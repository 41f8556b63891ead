"""Questions of a handout that students answer with functions of numbers, each asked on inputs from the secret seed."""
