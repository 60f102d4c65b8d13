"""What people ask of jobs, by commands and by the page: looked at, then written as instructions."""
