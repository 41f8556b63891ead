"""3  Evidence → Finding: checks that several assignments share. Each is pure and trusted."""
