"""Networks that users bring: which they are, what each is shown, and what it says of clips."""
