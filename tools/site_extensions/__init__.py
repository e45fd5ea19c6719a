"""What the website of the book needs beyond Jupyter Book: a module for each need, listed in _config.yml."""
