"""AOI as an agent of AIOpsLab; see README.md beside this file."""
