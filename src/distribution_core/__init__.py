"""The pure core: domain, ports, use cases. It imports attrs and the standard library, nothing else."""
