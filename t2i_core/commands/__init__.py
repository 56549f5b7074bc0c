"""What the commands of `t2i` do. Their heavy imports stand inside them, so that `t2i --help` answers at once."""
