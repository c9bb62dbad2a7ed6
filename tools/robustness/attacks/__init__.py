"""The attacks of `tools/robustness/attack.py`: a module for each group, and what they share."""
