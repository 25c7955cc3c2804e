"""One folder for each platform, the same files in each."""
