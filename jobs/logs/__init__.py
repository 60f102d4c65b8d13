"""The one logger: what a run tells people on the terminal, and what it writes under
`OUT/_run/logs` (docs/logs.md)."""
