"""Uploaded bytes: in files or an object store, probed by content, served by signed URLs."""
