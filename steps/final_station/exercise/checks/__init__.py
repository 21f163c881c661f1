"""What check.py is made of: the format, programs and folders, and the checks of the three exercises."""
