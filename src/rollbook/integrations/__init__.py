"""What an admin sets up: integrations and the code mappings they share."""
