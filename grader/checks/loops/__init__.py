"""A student's function that trains for an epoch, followed call by call and compared with the reference's epoch."""
