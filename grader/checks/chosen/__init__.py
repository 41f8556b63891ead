"""The network that a submission's scripts make, whatever it is called: its layers, its outputs, what it learns.

`inside/chosen/` finds it; training scripts never run. Assignments that name their classes ask for them by name.
"""
