"""The `simulcast` command."""
