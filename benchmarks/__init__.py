"""Measurements, not tests: how fast the engine and the window are, beside others on one machine."""
