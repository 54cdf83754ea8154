"""The benchmark of the producer as a process: `python3 -m suite`, with bench/ in PYTHONPATH; ./dev bench runs it."""
