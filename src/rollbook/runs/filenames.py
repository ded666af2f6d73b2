"""What files in the folder of a run are called. Needs neither Polars nor Django."""

ISSUES, REJECTED = "issues.parquet", "rejected.parquet"
EXCEL = "report.xlsx"
