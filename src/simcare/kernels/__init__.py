"""Compiled building blocks: elementary functions, quantiles and addressed chance."""
