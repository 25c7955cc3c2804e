"""One file for each thing that the product does. They drive ports and hold no state."""
