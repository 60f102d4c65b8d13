"""Who is told how a run goes: people, programs, dashboards."""
