"""Discrete-event simulation of addiction services: capacity, waiting, and what waiting does."""

__version__ = "0.1.0"
