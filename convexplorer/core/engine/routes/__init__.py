"""The ways to correlate an image with filters, and the choice between them."""
