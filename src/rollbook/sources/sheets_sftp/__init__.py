"""Data sheets that a school puts on an SFTP server of its own, fetched by the hub."""
