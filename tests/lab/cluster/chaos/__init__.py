"""Tests of Chaos Mesh in the lab."""
