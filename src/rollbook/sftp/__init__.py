"""The hub's own SFTP server: one closed folder for each sender, and nothing else."""
