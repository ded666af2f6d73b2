"""
What a run did, or would do, for people: an Excel workbook, CSV files, the rows to mend, a page on the terminal.

Nothing here needs a database: `rollbook check` uses it as it is.
"""

from rollbook.runs.report.docs import issue_page
from rollbook.runs.report.findings import effects
from rollbook.runs.report.summary import Summary
from rollbook.runs.report.write import Draft, write_reports

__all__ = ["Draft", "Summary", "effects", "issue_page", "write_reports"]
