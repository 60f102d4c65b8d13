"""What a night will cost and when it ends, said before it begins.

`lengths`, `load`, `fit`, `night`, `forecast`, `advice` and `telling` are pure; `history`, `survey`
and `keeping` read and write.
"""
