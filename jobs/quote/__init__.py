"""What a night will cost and when it ends, said before it begins.

`lengths`, `workload`, `cost_fit`, `outcomes`, `forecast`, `advice`, `quote` and `render` are pure;
`history`, `finish_history`, `made`, `done`, `stored_finish`, `workload_reader`, `best_cuts`,
`device` and `record` read and write.
"""
