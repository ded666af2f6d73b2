"""One module for each family of layouts: a district in, sheets with the exact headers of the layout out."""
