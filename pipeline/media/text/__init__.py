"""Scripts, languages, and how words are said."""
