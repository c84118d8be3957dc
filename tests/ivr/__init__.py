"""Tests of what a caller hears and presses, and of the sounds it is made of."""
