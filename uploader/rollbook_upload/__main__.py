"""Start the program: python -m rollbook_upload, or the zipapp."""

import sys

from rollbook_upload.main import main

if __name__ == "__main__":
    sys.exit(main())
