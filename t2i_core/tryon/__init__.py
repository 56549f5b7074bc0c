"""Try-on: a garment of a shop on a customer's own photo."""
