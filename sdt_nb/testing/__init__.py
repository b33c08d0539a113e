"""What only the tests of the notebooks import; it is not installed."""
