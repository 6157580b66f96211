"""Rows of whole tables: what identifies them, copies of them, and one table taking another's name."""
