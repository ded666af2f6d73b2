"""What programs ask the hub over HTTPS, with a token of an account: upload files, say that was all, read receipts."""
