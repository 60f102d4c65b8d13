"""The report's page, live: what runs is shown as it goes on, and decided there."""
