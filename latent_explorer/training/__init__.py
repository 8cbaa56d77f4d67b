"""The training interface: jobs, live view, controls, form."""
