"""The report: what a night came to, read from its output folder, and the page that shows it."""
