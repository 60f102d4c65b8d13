"""What tools write into a cell that has no value, and what they leave where a value went wrong."""

from __future__ import annotations

NOTHING = frozenset(
    {"nan", "NaN", "NAN", "NaT", "None", "null", "NULL", "<NA>", "NA", "N/A", "\\N"}
)
"""pandas, Polars, R, SQL and Hive; no number, time, list or map is written so."""

UNSAID = frozenset({"nan", "NaN", "NaT", "None", "null", "NULL", "<NA>", "\\N"})
"""Those of them that no studio means as a text: a script of this kind would be spoken."""

SPREADSHEET_ERRORS = frozenset(
    {
        "#BLOCKED!",
        "#CALC!",
        "#DIV/0!",
        "#FIELD!",
        "#GETTING_DATA",
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#REF!",
        "#SPILL!",
        "#VALUE!",
        "Err:502",
        "Err:504",
        "Err:508",
        "Err:509",
        "Err:522",
    }
)
