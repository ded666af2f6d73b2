"""What schools send: their accounts, the files that arrived, and who is kept out."""
