"""The canonical database: tables, the one writer of them, and undo."""
