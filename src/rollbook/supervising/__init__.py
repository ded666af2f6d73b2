"""Child processes that are kept running, and that never outlive whoever started them."""
