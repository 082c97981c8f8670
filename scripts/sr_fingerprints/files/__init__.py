"""The files that stages write for one another, and how they are written so that none is ever half there."""
