"""What people are told about runs: in the bell, by e-mail and by webhook."""
