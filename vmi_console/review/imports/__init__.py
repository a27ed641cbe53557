"""Estates that other programs wrote down, as moments. Their files may come from anybody."""
