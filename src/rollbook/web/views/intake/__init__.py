"""What senders send, and how they send it; one module a page."""
