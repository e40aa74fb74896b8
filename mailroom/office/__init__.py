"""What the office does with what it knows: the part that needs code rather than rule files."""
