"""German, French, Spanish and Italian as they are read aloud, on ICU's spelled-out numbers."""
